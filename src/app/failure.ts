/** A failure as every surface shows it: code, words, the next step, details; redacted, whatever was thrown. */
import { type ErrorCode, MfmError, errorTable } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import { redact, redactData } from "./redact.ts";

export { errnoOf, reasonOf } from "../kernel/errno.ts";

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details: { readonly [name: string]: Json };
}

/** Makes a failure of any code of the table. */
export function failure(code: ErrorCode, message: string, details: { readonly [name: string]: Json } = {}, cause?: unknown): MfmError {
  return new MfmError(code, message, details, cause);
}

/** The error of a command line that is wrong. */
export function usage(message: string, details: { readonly [name: string]: Json } = {}): MfmError {
  return new MfmError("USAGE", message, details);
}

/** The reason with which a signal stops a command. */
export function interruption(signal: "SIGINT" | "SIGTERM"): MfmError {
  return new MfmError("INTERRUPTED", `stopped by ${signal}`, { signal });
}

export interface FailureView {
  /** Added to the details: the run that exists when the failure happened. */
  readonly runId: string | undefined;
  /** The command that was called, such as `run start`: the hint of a wrong command line names it. */
  readonly command: string | undefined;
  /** With the stack in the details, for whoever looks for a defect. */
  readonly withStack: boolean;
}

/** What to show of a thrown value, and the exit code that belongs to it. */
export function describeFailure(thrown: unknown, view: FailureView): { readonly failure: Failure; readonly exit: number } {
  const error = thrown instanceof MfmError ? thrown : unexpected(thrown);
  const details: { [name: string]: Json } = { ...redactData(error.details) };
  if (view.runId !== undefined && details["runId"] === undefined) details["runId"] = view.runId;
  if (view.withStack) details["stack"] = stackOf(thrown);
  const { command } = view;
  const hint =
    error.code === "USAGE" && command !== undefined ? `\`mfm ${command} --help\` shows how.` : hintFor(error.entry.hint, details["runId"]);
  return { failure: { code: error.code, message: redact(error.message), hint, details }, exit: exitOf(error) };
}

/** What helps where a step of the run failed with this code; undefined of a code that an author made. */
export function hintOf(code: string, runId: string): string | undefined {
  return Object.hasOwn(errorTable, code) ? hintFor(errorTable[code as ErrorCode].hint, runId) : undefined;
}

/** The commands of a hint, with the run that it is about. */
function hintFor(hint: string, runId: Json | undefined): string {
  if (typeof runId !== "string") return hint;
  return hint.replaceAll(
    /`(mfm run (?:status|events|resume|obligations|approve))(?: RUN)?(?=[` ])/g,
    (_all, command: string) => `\`${command} ${runId.slice(0, shortRunId)}`,
  );
}

/** Enough of a run id to find the run again among millions. */
const shortRunId = "run:".length + 12;

function exitOf(error: MfmError): number {
  const { signal } = error.details;
  return error.code === "INTERRUPTED" && signal === "SIGTERM" ? 143 : error.entry.exit;
}

function unexpected(thrown: unknown): MfmError {
  return new MfmError("INTERNAL", `unexpected: ${causeOf(thrown)}`, {}, thrown);
}

/** A thrown thing in one line: name and message, and those of its causes. Not redacted. */
export function causeOf(thrown: unknown): string {
  const words: string[] = [];
  for (let at: unknown = thrown; at !== undefined && words.length < 5; at = at instanceof Error ? at.cause : undefined) {
    if (at instanceof MfmError) words.push(`${at.code}: ${at.message}`);
    else if (at instanceof Error) words.push(`${at.name}: ${at.message}`);
    else words.push(typeof at === "string" ? at : typeof at);
  }
  return words.join(" < ");
}

/** Redacted. */
export function stackOf(thrown: unknown): string {
  return redact(thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown);
}
