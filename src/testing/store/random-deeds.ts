/** Random things that may happen to the effects of a run, in lanes that many runs share: what the ledger allows, and the lanes mostly do. */
import type { Effect } from "../../kernel/effects/ledger.ts";
import type { Append } from "../../kernel/store.ts";
import { type Deed, type Working, act } from "./effect-streams.ts";

export const lanes: readonly string[] = ["eip155:1/0xA", "eip155:1/0xB", "eip155:10/0xA"];
export const states: readonly Effect["is"][] = ["intended", "prepared", "dispatched", "included", "settled", "abandoned", "ambiguous"];
const steps = ["one", "two", "three", "four"] as const;
const deedsAtOnce = 4;

export class RandomDeeds {
  readonly #below: (limit: number) => number;
  /** How many slots each lane gave, as far as is known. */
  readonly #given = new Map<string, number>();

  /** `below` chooses a number from 0, below a limit. */
  constructor(below: (limit: number) => number) {
    this.#below = below;
  }

  /** To be told of what was appended; more than once is once. */
  note({ lanes: moves = [] }: Append): void {
    for (const { lane, take } of moves) {
      if (take !== null) this.#given.set(lane, Math.max(this.#given.get(lane) ?? 0, take.seq + take.slots));
    }
  }

  /** At least one, which can follow one another. A run that rests or goes on does nothing else in that append. */
  next(before: Working): Deed[] {
    const deeds: Deed[] = [];
    const given = new Map(this.#given);
    let now = before;
    for (let more = 1 + this.#below(deedsAtOnce); more > 0; more--) {
      const step = steps[this.#below(steps.length)] ?? "one";
      const deed = this.#deed(now, step, given);
      if (!("step" in deed) && deeds.length > 0) break;
      deeds.push(deed);
      if (!("step" in deed)) break;
      now = act(before, deeds).after;
    }
    return deeds;
  }

  #deed({ effects, waits }: Working, step: string, given: Map<string, number>): Deed {
    const effect = effects.get(step);
    const rest: Deed = { does: waits && this.#below(3) === 0 ? "pause" : "resume" };
    switch (effect?.is) {
      case undefined:
        return this.#below(4) === 0 ? { does: "intend", step } : { does: "intend", step, lane: lanes[this.#below(lanes.length)] ?? "" };
      case "intended":
        return this.#begin(effect, step, given);
      case "prepared":
        return { does: "dispatch", step };
      case "dispatched":
        return { does: this.#below(3) > 0 ? "include" : this.#below(2) === 0 ? "contradict" : "supersede", step };
      case "included":
        return { does: "settle", step };
      case "settled":
        if (effect.outcome.kind !== "superseded") return rest;
        return effect.lane === null ? { does: "intend", step } : { does: "intend", step, lane: effect.lane };
      case "abandoned":
      case "ambiguous":
        return rest;
    }
  }

  #begin({ lane, place }: Effect, step: string, given: Map<string, number>): Deed {
    const chosen = this.#below(20);
    if (chosen === 0) return { does: "abandon", step };
    if (lane === null || place !== null) return { does: "prepare", step };
    if (chosen === 1) return { does: "explain", step, next: this.#below(30) };
    const seq = Math.max(0, (given.get(lane) ?? 0) - (chosen < 4 ? 1 : 0));
    given.set(lane, seq + 1);
    return { does: "acquire", step, seq, slot: this.#below(30) };
  }
}
