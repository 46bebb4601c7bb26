/** The fault points of a payment: named moments of the ledger at one transfer of a payout. */
import type { EffectEvent, EventType } from "../../../src/kernel/events.ts";
import type { Moment } from "../../../src/kernel/ports.ts";
import type { EffectCallName } from "../../../src/kernel/effects/backend.ts";

type Written =
  | Exclude<EffectEvent["type"], "CandidateRequested" | "LaneExplained" | "EffectAbandoned" | "EffectAmbiguous">
  | "StepCompleted";

/** What a candidate goes through, in its order. Those of the node are the proxy's: before it gets the transaction, and after it took it or turned it away. */
export const candidatePoints = [
  "prepare before",
  "prepare after",
  "EffectPrepared before",
  "EffectPrepared after",
  "seal before",
  "seal after",
  "EffectDispatched before",
  "EffectDispatched after",
  "dispatch before",
  "node before",
  "node after",
  "dispatch after",
  "EffectSettled before",
  "EffectSettled after",
] as const;
/** In the order of a transfer's life. */
export const points = [
  "intend before",
  "EffectIntended before",
  "EffectIntended after",
  "survey before",
  "survey after",
  ...candidatePoints,
] as const;
export type Point = (typeof points)[number];

/** Whether a moment is this point of the k-th transfer. A survey is for all that get a nonce together: the first one that the transfer may be among counts. */
export class PointWatch {
  readonly #point: Point;
  readonly #transfer: number;
  /** In the order in which they are sent, from 1; none: the lines of a payout. */
  readonly #steps: readonly string[] | undefined;
  readonly #written = new Map<string, number>();

  constructor(point: Point, transfer: number, steps?: readonly string[]) {
    this.#point = point;
    this.#transfer = transfer;
    this.#steps = steps;
  }

  /** What was written before this process began. */
  remember(type: EventType): void {
    if (type !== (this.#point.split(" ")[0] as Written)) return;
    for (const kind of ["append.before", "append.after"]) this.#written.set(kind, (this.#written.get(kind) ?? 0) + 1);
  }

  isReached(moment: Moment): boolean {
    const [what, when] = this.#point.split(" ");
    switch (moment.kind) {
      case "append.before":
      case "append.after": {
        const events = moment.types.filter((type) => type === (what as Written)).length;
        const before = this.#written.get(moment.kind) ?? 0;
        this.#written.set(moment.kind, before + events);
        return moment.kind.endsWith(when ?? "") && before < this.#transfer && before + events >= this.#transfer;
      }
      case "step.before":
        return what === "intend" && this.#numberOf(moment.step) === this.#transfer;
      case "effect.before":
      case "effect.after": {
        if (moment.call !== (what as EffectCallName) || !moment.kind.endsWith(when ?? "")) return false;
        const line = this.#numberOf(moment.step);
        return what === "survey" && this.#steps === undefined ? line + 15 >= this.#transfer : line === this.#transfer;
      }
      default:
        return false;
    }
  }

  #numberOf(step: string): number {
    return this.#steps === undefined ? Number(step.slice("pay/".length)) : this.#steps.indexOf(step) + 1;
  }
}
