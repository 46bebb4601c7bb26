/** A bank for the sample effect kind: it keeps books by key, and answers as it is told to, whatever it has booked. */
import type * as z from "zod";
import { MfmError } from "../../src/kernel/errors.ts";
import { type EffectBackend, type EffectContext, implementEffect } from "../../src/kernel/effects/backend.ts";
import type { Subject } from "../../src/kernel/effects/kind.ts";
import type { transfer } from "./writes.ts";
import { transfer as kind } from "./writes.ts";

export type Said = z.output<(typeof transfer)["schemas"]["evidence"]>;
type Intent = z.output<(typeof transfer)["schemas"]["intent"]>;
type Envelope = z.output<(typeof transfer)["schemas"]["envelope"]>;

/**
 * What becomes of one call: `books` it and says so; says what it is told to; throws, before or after it booked; books and never answers; or
 * throws, and arrives after somebody has looked.
 */
export type Fate = "books" | "throws" | "books and throws" | "books and hangs" | "arrives late" | Said;

export interface Script {
  /** What becomes of each send and each look, by receiver, in order; after the last: `books` of a send, the truth of a look. */
  readonly sends?: { readonly [to: string]: readonly Fate[] };
  readonly looks?: { readonly [to: string]: readonly Fate[] };
  readonly prepare?: (subject: Subject<Intent>, call: number) => Envelope | Promise<Envelope>;
}

export const booked: Extract<Said, { kind: "booked" }> = { kind: "booked", status: "success", block: 7, isFinal: true };

export class Bank {
  /** What was booked, by key. */
  readonly books = new Map<string, Envelope>();
  /** Everything that was asked, in order. */
  readonly calls: string[] = [];
  readonly #script: Script;
  readonly #counts = new Map<string, number>();
  readonly #late: Envelope[] = [];

  constructor(script: Script = {}) {
    this.#script = script;
  }

  /** What each received, by the bank's own books. */
  get received(): { readonly [to: string]: bigint } {
    const sums: { [to: string]: bigint } = {};
    for (const { to, amount } of this.books.values()) sums[to] = (sums[to] ?? 0n) + amount;
    return sums;
  }

  backend(): EffectBackend {
    return implementEffect(kind, {
      prepare: (subject) => {
        const { to, amount } = subject.intent;
        const call = this.#count("prepare", to);
        return this.#script.prepare?.(subject, call) ?? { key: `${subject.id}:0`, to, amount };
      },
      dispatch: ({ envelope }, context) => this.#send(envelope, context),
      observe: ({ envelope }, context) => this.#look(envelope, context),
    });
  }

  #count(name: string, to: string): number {
    this.calls.push(`${name} ${to}`);
    const count = this.#counts.get(`${name} ${to}`) ?? 0;
    this.#counts.set(`${name} ${to}`, count + 1);
    return count;
  }

  #send(envelope: Envelope, context: EffectContext): Said | Promise<Said> {
    const call = this.#count("send", envelope.to);
    const fate = this.#script.sends?.[envelope.to]?.[call] ?? "books";
    context.attribute("main-branch");
    if (fate === "arrives late") this.#late.push(envelope);
    else if (fate === "books" || fate === "books and throws" || fate === "books and hangs") this.#book(envelope);
    return say(fate, booked);
  }

  /** Whatever comes with a key that is in the books changes nothing. */
  #book(envelope: Envelope): void {
    if (!this.books.has(envelope.key)) this.books.set(envelope.key, envelope);
  }

  #look({ key, to }: Envelope, context: EffectContext): Said | Promise<Said> {
    const call = this.#count("look", to);
    const fate = this.#script.looks?.[to]?.[call] ?? "books";
    context.attribute("main-branch");
    const said = say(fate, this.books.has(key) ? booked : { kind: "nothing" });
    for (const envelope of this.#late.splice(0)) this.#book(envelope);
    return said;
  }
}

function say(fate: Fate, truth: Said): Said | Promise<Said> {
  if (typeof fate === "object") return fate;
  if (fate === "books and hangs") return new Promise(() => undefined);
  if (fate === "books") return truth;
  throw new MfmError("CAPABILITY_FAILED", "the line is dead, on purpose");
}
