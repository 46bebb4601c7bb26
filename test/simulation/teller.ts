/** A simulated process's way to the till: requests get lost, come late or twice, and answers do not come back. */
import { StepFailure } from "../../src/kernel/execute.ts";
import { type EffectBackend, implementEffect } from "../../src/kernel/effects/backend.ts";
import type { Clock } from "../../src/kernel/ports.ts";
import type { Chance } from "./chance.ts";
import { type Order, type Said, type Till, booking } from "./till.ts";

export interface TellerOptions {
  readonly till: Till;
  readonly chance: Chance;
  /** The process's own clock: what it does stops with it. */
  readonly clock: Clock;
  /** What is on its way arrives, whatever becomes of the process. */
  readonly network: Clock;
  /** How often a call goes wrong, from 0 to 1. */
  readonly trouble: () => number;
  /** Told right before a request leaves. */
  readonly onSend: (key: string) => void;
}

/** What is under way arrives within this. */
const lateMs = 6000;

export function tellerOf(options: TellerOptions): EffectBackend {
  const { till, chance, network } = options;
  const fails = (): boolean => chance.is(options.trouble());
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      options.clock.timer(milliseconds, resolve);
    });

  async function send(order: Order): Promise<Said> {
    options.onSend(order.key);
    const trouble = fails() ? chance.pick(["lost", "late", "unanswered", "hangs", "twice", "babbles"] as const) : "none";
    await sleep(chance.int(0, 50));
    if (trouble === "late" || trouble === "twice") network.timer(chance.int(50, lateMs), () => till.arrive(order));
    if (trouble !== "lost" && trouble !== "late") till.arrive(order);
    switch (trouble) {
      case "lost":
      case "late":
      case "unanswered":
        throw new Error("no answer, on purpose");
      case "hangs":
        return new Promise(() => undefined);
      case "babbles":
        return { kind: "booked", amount: -1, isFinal: true };
      default:
        return till.look(order.key);
    }
  }

  async function look(key: string): Promise<Said> {
    const trouble = fails() ? chance.pick(["fails", "hangs", "forgets", "babbles"] as const) : "none";
    await sleep(chance.int(0, 50));
    switch (trouble) {
      case "fails":
        throw new Error("no answer, on purpose");
      case "hangs":
        return new Promise(() => undefined);
      case "forgets":
        return { kind: "none" };
      case "babbles":
        return { kind: "booked", amount: -1, isFinal: true };
      default:
        return till.look(key);
    }
  }

  return implementEffect(booking, {
    async prepare({ id, intent }) {
      await sleep(chance.int(0, 50));
      if (intent.spending === "unprepared") throw new StepFailure("UNPREPARED", "never");
      if (fails()) throw new Error("not now, on purpose");
      return { key: id, ...intent };
    },
    dispatch: ({ envelope }) => send(envelope),
    observe: ({ envelope }) => look(envelope.key),
  });
}
