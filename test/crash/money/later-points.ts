/** The fault points of what comes after a payment was sent: it is seen to be stuck or included, it gets another candidate, or is intended anew. */
import type { EffectCallName } from "../../../src/kernel/effects/backend.ts";
import type { EventType } from "../../../src/kernel/events.ts";
import type { Moment } from "../../../src/kernel/ports.ts";
import type { candidatePoints } from "./points.ts";
import { stepKeyOf } from "../../../src/ops/evm/transfer.ts";

/** It is seen to be stuck. */
export const sightPoints = ["EffectObserved before", "EffectObserved after"] as const;
/** It is seen to be included, looked at again, and final in the end. */
export const includedPoints = [...sightPoints, "observe before", "observe after", "EffectSettled before", "EffectSettled after"] as const;
/** What is superseded settles, and is intended anew, in one append. */
export const renewalPoints = ["EffectIntended before", "EffectIntended after", "survey before", "survey after"] as const;
export type LaterPoint = (typeof candidatePoints | typeof includedPoints | typeof renewalPoints)[number];

export interface LaterKill {
  readonly later: LaterPoint;
  /** Of the payout. The first of them is the one that something comes after. */
  readonly lines: number;
  /** What the first is seen as, for points of its sight. */
  readonly seen: "stuck" | "included";
  /** The how manieth settlement it is that counts. */
  readonly settlement: number;
}

/** A call is about what comes later once the lines had as many of these, and more: the first line's is the first of those. */
const begins: Partial<Record<EffectCallName, readonly [type: EventType, more: number]>> = {
  survey: ["EffectIntended", 1],
  prepare: ["EffectDispatched", 0],
  seal: ["EffectPrepared", 1],
  dispatch: ["EffectDispatched", 1],
};

const first = stepKeyOf(0, 1);

/** Whether a moment of the process that began the payout is this point. */
export class LaterWatch {
  readonly #kill: LaterKill;
  readonly #written = new Map<EventType, number>();
  #isSeen = false;

  constructor(kill: LaterKill) {
    this.#kill = kill;
  }

  isReached(moment: Moment): boolean {
    const [what = "", when = ""] = this.#kill.later.split(" ");
    switch (moment.kind) {
      case "append.before":
      case "append.after": {
        const isIt = moment.kind.endsWith(when) && this.#writes(what as EventType, moment);
        if (moment.kind === "append.after") this.#take(moment);
        return isIt;
      }
      case "effect.before":
      case "effect.after":
        return moment.call === what && moment.kind.endsWith(when) && moment.step === first && this.#hasBegun(moment.call);
      default:
        return false;
    }
  }

  #writes(what: EventType, moment: Written): boolean {
    if (what === "EffectObserved") return this.#shows(moment);
    const { lines, settlement } = this.#kill;
    const before = this.#written.get(what) ?? 0;
    const number = what === "EffectSettled" ? settlement : lines + 1;
    return before < number && before + moment.types.filter((type) => type === what).length >= number;
  }

  #shows({ types, run: { waitingFor } }: Written): boolean {
    const { seen } = this.#kill;
    return types.includes("EffectObserved") && waitingFor.some((one) => one.kind === "effect" && one.step === first && one.seen === seen);
  }

  #take(moment: Written): void {
    for (const type of moment.types) this.#written.set(type, (this.#written.get(type) ?? 0) + 1);
    this.#isSeen ||= this.#shows(moment);
  }

  #hasBegun(call: EffectCallName): boolean {
    const begin = begins[call];
    if (begin === undefined) return this.#isSeen;
    const [type, more] = begin;
    return (this.#written.get(type) ?? 0) >= this.#kill.lines + more;
  }
}

type Written = Moment & { readonly kind: "append.before" | "append.after" };
