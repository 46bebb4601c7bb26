/** One call of a command: its arguments and options as text, where it works, and how it speaks. */
import { usage } from "../app/failure.ts";
import type { Logs } from "../app/logs.ts";
import type { Input, InputSource } from "../app/op-input.ts";
import type { Place } from "../app/place.ts";
import type { Interrupts } from "./interrupts.ts";
import type { Format } from "./surroundings.ts";
import type { Terminal } from "./terminal.ts";

export type OptionValues = { readonly [name: string]: unknown };

export interface CallParts {
  readonly arguments: readonly string[];
  /** By camelCase name. */
  readonly options: OptionValues;
  readonly place: Place;
  readonly format: Format;
  readonly terminal: Terminal;
  readonly logs: Logs;
  readonly interrupts: Interrupts;
}

export class Call {
  readonly place: Place;
  readonly format: Format;
  readonly terminal: Terminal;
  readonly logs: Logs;
  readonly interrupts: Interrupts;
  /** The run that this call is about, as soon as it is known: failures name it. */
  runId: string | undefined;
  /** As soon as it is known. */
  exit: number | undefined;
  readonly #arguments: readonly string[];
  readonly #options: OptionValues;

  constructor(parts: CallParts) {
    this.place = parts.place;
    this.format = parts.format;
    this.terminal = parts.terminal;
    this.logs = parts.logs;
    this.interrupts = parts.interrupts;
    this.#arguments = parts.arguments;
    this.#options = parts.options;
  }

  /** A required argument: the parser saw to it that it is there. */
  argument(index: number): string {
    return this.#arguments[index] ?? "";
  }

  /** Of a command that takes any number of them. */
  get allArguments(): readonly string[] {
    return this.#arguments;
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** An option that the parser requires. */
  required(name: string): string {
    return this.text(name) ?? "";
  }

  has(name: string): boolean {
    return this.#options[name] === true;
  }

  list(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** A whole number within bounds. @throws USAGE */
  count(name: string, bounds: { readonly default: number; readonly min: number; readonly max: number }): number {
    const text = this.text(name);
    if (text === undefined) return bounds.default;
    const count = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= bounds.min && count <= bounds.max) return count;
    throw usage(`--${name} ${JSON.stringify(text)} is no whole number from ${bounds.min} to ${bounds.max}`, { option: `--${name}` });
  }

  /** What `--config`, `--payload`, `--value` and `--set` say together. */
  input(file: string): Input {
    return { file: this.text(file), value: this.text("value"), set: this.list("set") };
  }

  get inputSource(): InputSource {
    return { folder: this.place.folder, readStdin: async () => (await readStdin()).toString("utf8") };
  }
}

/** All of standard input. */
export async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
