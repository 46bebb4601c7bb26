/** Structured logs: pino's JSON lines, every string redacted. pino is loaded when there is something to write. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Logger } from "pino";
import type { Moment } from "../kernel/ports.ts";
import { causeOf, reasonOf, failure, stackOf } from "./failure.ts";
import { redact, redactData } from "./redact.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Takes each line, with its newline. */
  readonly write: (line: string) => void;
  readonly close?: () => void;
}

type Fields = { readonly [name: string]: unknown };

export class Logs {
  readonly level: LogLevel;
  readonly #options: LogOptions;
  readonly #threshold: number;
  #logger: Logger | undefined;
  #loading: Promise<void> | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(options: LogOptions) {
    this.level = options.level;
    this.#options = options;
    this.#threshold = logLevels.indexOf(options.level);
  }

  isOn(level: LogLevel): boolean {
    return logLevels.indexOf(level) >= this.#threshold && level !== "silent";
  }

  write(level: Exclude<LogLevel, "silent">, message: string, fields: Fields = {}): void {
    if (!this.isOn(level)) return;
    const line = redactData(fields);
    const words = redact(message);
    if (this.#logger !== undefined) return this.#logger[level](line, words);
    this.#waiting.push(() => this.#logger?.[level](line, words));
    this.#loading ??= this.#load();
  }

  async #load(): Promise<void> {
    const { pino } = await import("pino");
    const { level, write } = this.#options;
    this.#logger = pino(
      { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
      { write },
    );
    for (const write of this.#waiting.splice(0)) write();
  }

  /** Logs what happens to runs. */
  readonly watch = (moment: Moment): void => {
    if (this.#threshold > logLevels.indexOf("error")) return;
    logMoment(this, moment);
  };

  async close(): Promise<void> {
    await this.#loading;
    this.#options.close?.();
  }
}

/** Appends to a file that only this user can read. @throws FILE_UNWRITABLE */
export function openLogFile(path: string, level: LogLevel): Logs {
  try {
    const file = openSync(path, "a", 0o600);
    return new Logs({ level, write: (line) => void writeSync(file, line), close: () => closeSync(file) });
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("FILE_UNWRITABLE", `the log file ${path} cannot be written: ${reason}`, { file: path, reason });
  }
}

function logMoment(logs: Logs, moment: Moment): void {
  const { runId } = moment;
  switch (moment.kind) {
    case "drive.before":
      return logs.write("info", "driving", { runId });
    case "drive.after":
      return logs.write(needsLooking(moment.run.status) ? "warn" : "info", `run is ${moment.run.status}`, {
        runId,
        entryPoint: moment.run.entryPoint,
        ...why(moment.run),
      });
    case "append.before":
      return;
    case "append.after":
      return logs.write("debug", "appended", { runId, seq: moment.seq, types: moment.types });
    case "step.before":
      return logs.write("debug", "step starts", { runId, step: moment.step, attempt: moment.attempt });
    case "step.after": {
      const at = { runId, step: moment.step, attempt: moment.attempt };
      if (moment.failure === null) return logs.write("debug", "step done", at);
      const { code, cause } = moment.failure;
      return logs.write("warn", "step failed", { ...at, code, ...explained(logs, cause) });
    }
    case "call.before":
      return;
    case "call.after":
      return logs.write("trace", "capability answered", {
        runId,
        step: moment.step,
        capability: moment.capability,
        method: moment.method,
        call: moment.call,
      });
    case "effect.before":
      return logs.write("debug", "effect call starts", effectOf(moment));
    case "effect.after": {
      if (moment.failure === null) return logs.write("debug", "effect call answered", effectOf(moment));
      const { code, cause } = moment.failure;
      return logs.write("warn", "effect call failed", { ...effectOf(moment), code, ...explained(logs, cause) });
    }
  }
}

function effectOf({ runId, step, effect, call }: Extract<Moment, { kind: "effect.before" | "effect.after" }>): Fields {
  return { runId, step, effect, call };
}

function explained(logs: Logs, cause: unknown): Fields {
  return { cause: causeOf(cause), ...(logs.isOn("debug") && cause !== undefined ? { stack: stackOf(cause) } : {}) };
}

function needsLooking(status: string): boolean {
  return status === "failed" || status === "paused" || status === "blocked";
}

function why(run: Extract<Moment, { kind: "drive.after" }>["run"]): Fields {
  if (run.failure !== null) return { step: run.failure.step, code: run.failure.code };
  return run.waitingFor.length === 0 ? {} : { waitingFor: run.waitingFor };
}
