/** Commands as data: the parser, the help, the completion and the table for the docs are all made from these. */
import type { Call } from "./call.ts";

/** What a shell may offer for a word. */
export type Completes = "op" | "run" | "file" | "network" | "portfolio" | "transaction" | "lane";

export interface ArgumentSpec {
  /** As help shows it: `<run>`, `[file]`. */
  readonly name: string;
  readonly about: string;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
}

export interface OptionSpec {
  /** As help shows them: `-k, --key <key>`, `--follow`. */
  readonly flags: string;
  readonly about: string;
  readonly required?: true;
  readonly repeats?: true;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
}

export interface Example {
  readonly line: string;
  readonly about: string;
}

/** What a command leaves on stdout. */
export interface Result {
  /** The member `data` of the JSON document. */
  readonly data: unknown;
  readonly text: () => string;
  /** 0 where it says nothing. */
  readonly exit?: number;
}

export interface CommandSpec {
  /** Words after `mfm`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** More than the summary, for `--help`. */
  readonly about?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** Nothing is returned where the command wrote its output itself. */
  readonly run: (call: Call) => Promise<Result | undefined>;
}

/** Commands whose paths begin alike. */
export interface Group {
  readonly path: readonly string[];
  readonly summary: string;
  readonly examples: readonly Example[];
}
