/**
 * What the simulation's write steps change: a till, which books each key once, by rules of its own and in its own time, whatever becomes of
 * its answers. Its books are the truth that every run's ledger is held to.
 */
import * as z from "zod";
import { digest } from "../../src/kernel/codecs.ts";
import { defineEffect } from "../../src/kernel/effects/kind.ts";
import { defineState } from "../../src/kernel/state.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { hashText } from "./chance.ts";

const number = z
  .int()
  .min(0)
  .max(2 ** 31);

/** How the till takes it: at once, after a while, for good only after it was taken back once, not at all; or it cannot even be prepared. */
export const spendings = ["plain", "slow", "shaky", "refused", "unprepared"] as const;
export type Spending = (typeof spendings)[number];

const intent = z.strictObject({ amount: number, spending: z.enum(spendings) });

export const booking = defineEffect({
  id: "test.simulation/booking@1",
  intent,
  envelope: z.strictObject({ key: digest, amount: number, spending: z.enum(spendings) }),
  evidence: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({ kind: z.literal("pending") }),
    z.strictObject({ kind: z.literal("booked"), amount: number, isFinal: z.boolean() }),
    z.strictObject({ kind: z.literal("refused") }),
  ]),
  settlement: z.strictObject({ slip: number }),
  covers: ({ id, intent: given, envelope }) =>
    envelope.key === id && envelope.amount === given.amount && envelope.spending === given.spending,
  identify: ({ key }) => key,
  weigh({ intent: given, evidence }) {
    switch (evidence.kind) {
      case "none":
        return { kind: "notFound" };
      case "pending":
        return { kind: "accepted" };
      case "refused":
        return { kind: "final", status: "reverted" };
      case "booked":
        if (evidence.amount !== given.amount) return { kind: "contradiction" };
        if (!evidence.isFinal) return { kind: "included", status: "success" };
        return { kind: "final", status: "success", settlement: { slip: hashText(`slip ${evidence.amount}`) } };
    }
  },
});
export type Said = z.output<(typeof booking)["schemas"]["evidence"]>;
export type Order = z.output<(typeof booking)["schemas"]["envelope"]>;

export const spend = defineState({
  id: "test.simulation/spend@1",
  effect: "write",
  needs: { till: booking },
  config: intent,
  input: z.strictObject({ values: z.array(number).max(400) }),
  output: z.strictObject({ value: number }),
  // What was computed before is part of what is spent, so that a wrong value would show in the books.
  intend: ({ config, input }) => ({ ...config, amount: hashText(`${config.amount} ${input.values.join(" ")}`) }),
  conclude: ({ settlement }) => ({ value: settlement.slip }),
});

interface Entry extends Order {
  readonly arrivedAt: number;
}

export class Till {
  /** By key, as it first arrived. */
  readonly entries = new Map<string, Entry>();
  readonly #clock: VirtualClock;
  readonly #onArrival: (key: string) => void;

  constructor(clock: VirtualClock, onArrival: (key: string) => void = () => undefined) {
    this.#clock = clock;
    this.#onArrival = onArrival;
  }

  arrive(order: Order): void {
    this.#onArrival(order.key);
    if (!this.entries.has(order.key)) this.entries.set(order.key, { ...order, arrivedAt: this.#clock.now() });
  }

  look(key: string): Said {
    const entry = this.entries.get(key);
    if (entry === undefined) return { kind: "none" };
    const { amount, spending, arrivedAt } = entry;
    const age = this.#clock.now() - arrivedAt;
    switch (spending) {
      case "slow":
        return age < 1500 ? { kind: "pending" } : { kind: "booked", amount, isFinal: true };
      case "shaky":
        if (age < 700) return { kind: "booked", amount, isFinal: false };
        return age < 1400 ? { kind: "pending" } : { kind: "booked", amount, isFinal: true };
      case "refused":
        return { kind: "refused" };
      default:
        return { kind: "booked", amount, isFinal: true };
    }
  }
}
