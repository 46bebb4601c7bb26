/** What a command has to say beside its result, for programs: in the one document, where no stream is left to say it on. */
import { plainData } from "../app/evm/plain-data.ts";
import { redact, redactData } from "../app/redact.ts";

type Fields = { readonly [name: string]: unknown };

/** The first so many; each is one that somebody has to look at. */
const kept = 100;

export class Warnings {
  readonly #all: { readonly message: string; readonly details: Fields }[] = [];

  add(message: string, fields: Fields): void {
    if (this.#all.length < kept) this.#all.push({ message: redact(message), details: redactData(plainData(fields) as Fields) });
  }

  /** `{warnings}`, or nothing where there are none. */
  members(): { readonly warnings?: readonly Fields[] } {
    return this.#all.length === 0 ? {} : { warnings: this.#all };
  }
}
