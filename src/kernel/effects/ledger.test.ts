/** The ledger: every event in every state. What is not in the table is refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { simulatedRunId } from "../../../test/kernel/simulate.ts";
import { approved } from "../../../test/kernel/undo.ts";
import { dispatched, included, intended, lane, laneAcquired, observed, prepared, settled } from "../../../test/kernel/writes.ts";
import type { EffectEvent } from "../events.ts";
import { deriveEffectId } from "./evidence.ts";
import { type Effect, applyEffect, holdsSlot, isAtRest, isBeforeBoundary, isPastBoundary } from "./ledger.ts";
import {
  approving,
  changed,
  effectOf,
  events,
  explaining,
  fieldOf,
  inLane,
  renewing,
  sent,
  states,
  step,
} from "../../../test/kernel/ledger-states.ts";

const seen = {
  unknown: "dispatched",
  accepted: "dispatched",
  "not found": "dispatched",
  stuck: "dispatched",
  "included 0": "included",
} as const;
const open = { ...seen, superseded: "settled", ambiguous: "ambiguous", "a cancel wanted": "dispatched" } as const;
const replaceable = { ...open, "a replacement wanted": "dispatched" } as const;
const another = { ...replaceable, "prepared 1": "dispatched", "cancel 1": "dispatched" } as const;
const fresh = { "prepared 0": "prepared", abandoned: "abandoned" } as const;
const queued = { slot: "intended", explained: "intended", abandoned: "abandoned" } as const;

/** What may follow, and what the effect then is: the table of docs/effects.md. Everything else is refused. */
const table: { readonly [state: string]: { readonly [event: string]: Effect["is"] } } = {
  "no effect": { intended: "intended", "intended in a lane": "intended" },
  intended: { ...fresh, approved: "intended" },
  prepared: { "dispatched 0": "dispatched", abandoned: "abandoned" },
  dispatched: another,
  "dispatched, seen": another,
  "dispatched, another candidate prepared": { ...replaceable, "dispatched 1": "dispatched", "cancel 2": "dispatched" },
  "dispatched, two candidates": { ...replaceable, "included 1": "included", "prepared 2": "dispatched", "cancel 2": "dispatched" },
  "included with success": { "removed 0": "dispatched", success: "settled", ambiguous: "ambiguous" },
  "included with a revert": { "removed 0": "dispatched", reverted: "settled", ambiguous: "ambiguous" },
  "included with a cancel": { "removed 0": "dispatched", cancelled: "settled", ambiguous: "ambiguous" },
  // Nothing is made of it before it has its slot, and then nobody's agreement is asked for any more.
  "in a lane": { ...queued, approved: "intended" },
  "in a lane, agreed to": queued,
  "with a slot": fresh,
  // It is given up by a candidate that cancels it.
  "with a slot, prepared": { "dispatched 0": "dispatched", "cancel 1": "prepared", "a cancel wanted": "prepared" },
  "with a slot, dispatched": another,
  "with a slot, superseded": { "renewed 1 in a lane": "intended" },
  "dispatched, another candidate wanted": another,
  // What is being cancelled is not replaced.
  "dispatched, a cancel prepared": { ...open, "dispatched 1": "dispatched", "cancel 2": "dispatched" },
  "dispatched, a cancel too": { ...open, "included 1": "included", "cancel 2": "dispatched" },
  // Who agreed to the one before did not agree to this one.
  "intended anew": fresh,
  "settled with success": {},
  "settled, superseded": { "renewed 1": "intended" },
  abandoned: {},
  ambiguous: {},
};

describe("effect ledger: every event in every state", () => {
  for (const [state, path] of Object.entries(states)) {
    it(state, () => {
      const before = effectOf(path);
      for (const [name, event] of Object.entries(events)) {
        const applied = applyEffect(before, event);
        const found = applied.kind === "applied" ? applied.effect.is : applied.kind;
        assert.equal(found, table[state]?.[name] ?? "refused", name);
        if (applied.kind === "refused") assert.ok(applied.field !== "" && applied.reason !== "");
      }
    });
  }

  it("is before the boundary, past it, or at rest", () => {
    for (const path of Object.values(states)) {
      const effect = effectOf(path);
      if (effect === undefined) continue;
      assert.equal(
        [isBeforeBoundary(effect) || holdsSlot(effect), isPastBoundary(effect), isAtRest(effect)].filter(Boolean).length,
        1,
        effect.is,
      );
    }
  });

  it("refuses a candidate that is not the next, that was there before, and one that was never prepared", () => {
    assert.equal(fieldOf([intended(step)], { ...prepared(step), data: { ...prepared(step).data, candidate: 1 } }), "data.candidate");
    assert.equal(fieldOf([intended(step)], prepared(step, 1)), "data.role");
    assert.equal(fieldOf(sent, { ...prepared(step, 1), data: { ...prepared(step, 1).data, identity: `${step} 0` } }), "data.identity");
    assert.equal(fieldOf([intended(step), prepared(step)], dispatched(step, 1)), "data.candidate");
    assert.equal(fieldOf(sent, dispatched(step)), "data.candidate");
    assert.equal(fieldOf([...sent, prepared(step, 1)], observed(step, "included", 1)), "data.candidate");
    assert.equal(fieldOf([...sent, included(step, "success")], settled(step, "reverted")), "data.outcome.kind");
  });

  it("refuses a renewal of something else, of nothing, and one that is not the next", () => {
    const superseded = [...sent, settled(step, "superseded")];
    const inLaneSuperseded = states["with a slot, superseded"] ?? [];
    assert.equal(fieldOf([], renewing(1)), "data.renewal");
    assert.equal(fieldOf(superseded, intended(step)), "data.renewal");
    assert.equal(fieldOf(superseded, renewing(2)), "data.renewal");
    assert.equal(fieldOf(superseded, renewing(1, { intent: intended("pay/1").data.intent })), "data.intent.digest");
    assert.equal(fieldOf(superseded, renewing(1, { lane })), "data.lane");
    assert.equal(fieldOf(inLaneSuperseded, renewing(1)), "data.lane");
    assert.equal(fieldOf(inLaneSuperseded, renewing(1, { lane: "another account" })), "data.lane");
    assert.equal(
      fieldOf([...superseded, renewing(1), prepared(step), dispatched(step), settled(step, "superseded")], renewing(2)),
      "applied",
    );
  });

  it("refuses a slot or an explanation of another lane, and slots that do not stand in order or hold the one that is given", () => {
    const acquired = (open: number[]) => fieldOf([inLane], laneAcquired(step, 7, { open }));
    const elsewhere = changed(laneAcquired(step, 7), { lane: "another account" });
    assert.equal(fieldOf([inLane], elsewhere), "data.lane");
    const explained = changed(explaining, { lane: "another account" });
    assert.equal(fieldOf([inLane], explained), "data.lane");
    assert.equal(fieldOf([intended(step)], laneAcquired(step, 7)), "data.lane");
    assert.equal(acquired([5, 3]), "data.open");
    assert.equal(acquired([3, 5, 5]), "data.open");
    assert.equal(acquired([3, 7]), "data.slot");
    assert.equal(acquired([3, 5, 8]), "applied");
  });

  it("refuses the agreement to another effect, and one that holds no longer than the same person's before", () => {
    const later = (expiry: string) => changed(approved, { step, effect: deriveEffectId(simulatedRunId, step), expiry });
    assert.equal(fieldOf([intended(step)], changed(approved, { step, effect: deriveEffectId(simulatedRunId, "pay/1") })), "data.effect");
    assert.equal(fieldOf([intended(step), approving], later("2026-01-31T00:00:00.000Z")), "data.operator");
    assert.equal(fieldOf([intended(step), approving], later("2026-02-02T00:00:00.000Z")), "applied");
  });

  it("remembers what was seen last, and forgets it with a new candidate or when it is removed", () => {
    const sightOf = (...more: readonly EffectEvent[]): unknown => {
      const effect = effectOf([...sent, ...more]);
      return effect?.is === "dispatched" ? effect.seen : effect?.is;
    };
    assert.equal(sightOf(), null);
    assert.deepEqual(sightOf(observed(step, "stuck")), { kind: "stuck", why: "FROZEN" });
    assert.deepEqual(sightOf(observed(step, "accepted"), observed(step, "unknown")), { kind: "unknown" });
    assert.equal(sightOf(observed(step, "accepted"), prepared(step, 1), dispatched(step, 1)), null);
    assert.equal(sightOf(included(step, "success"), observed(step, "removed")), null);
  });
});

/** Any events in any order; those that are refused leave no trace. */
const walks = fc.array(fc.constantFrom(...Object.values(events)), { maxLength: 60 });

function walk(path: readonly EffectEvent[], look: (before: Effect | undefined, event: EffectEvent, after: Effect) => void): void {
  let effect: Effect | undefined;
  for (const event of path) {
    const applied = applyEffect(effect, event);
    if (applied.kind === "refused") continue;
    // What is intended anew is another effect, after one that can never happen.
    const isAnew = event.type === "EffectIntended" && effect !== undefined;
    if (isAnew) assert.ok(effect?.is === "settled" && effect.outcome.kind === "superseded");
    look(isAnew ? undefined : effect, event, applied.effect);
    effect = applied.effect;
  }
}

describe("effect ledger: laws", () => {
  it("what was dispatched is never abandoned, and what is at rest is final", () => {
    fc.assert(
      fc.property(walks, (path) => {
        walk(path, (before, _event, after) => {
          assert.ok(before === undefined || !isAtRest(before));
          if (after.is === "abandoned") assert.ok(after.candidates.every((candidate) => !candidate.dispatched));
        });
      }),
      { numRuns: 2000 },
    );
  });

  it("nothing is sent that was not recorded as a candidate, and nothing recorded is changed or forgotten", () => {
    fc.assert(
      fc.property(walks, (path) => {
        walk(path, (before, event, after) => {
          for (const [index, candidate] of (before?.candidates ?? []).entries()) {
            const { dispatched: was, ...recorded } = candidate;
            const { dispatched: isNow, ...now } = after.candidates[index] ?? { dispatched: false };
            assert.deepEqual(now, recorded);
            assert.ok(isNow || !was);
          }
          if (event.type === "EffectDispatched") assert.ok(before?.candidates[event.data.candidate] !== undefined);
          assert.equal(after.id, before?.id ?? after.id);
          assert.equal(after.intent, before?.intent ?? after.intent);
        });
      }),
      { numRuns: 2000 },
    );
  });

  it("only a candidate that was dispatched is ever seen, included or settled", () => {
    fc.assert(
      fc.property(walks, (path) => {
        walk(path, (before, event, after) => {
          if (event.type === "EffectObserved" || event.type === "EffectSettled" || event.type === "EffectAmbiguous")
            assert.equal(before?.candidates[event.data.candidate]?.dispatched, true);
          if (after.is === "included") assert.equal(after.candidates[after.candidate]?.dispatched, true);
          if (after.is === "settled" && after.outcome.kind !== "superseded") assert.equal(before?.is, "included");
        });
      }),
      { numRuns: 2000 },
    );
  });
});
