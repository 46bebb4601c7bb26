/** The ledger: every event in every state. What is not in the table is refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { abandoned, ambiguous, dispatched, included, intended, observed, prepared, settled } from "../../../test/kernel/writes.ts";
import type { EffectEvent } from "../events.ts";
import { type Effect, applyEffect, isAtRest, isBeforeBoundary, isPastBoundary } from "./ledger.ts";

const step = "pay/0";

/** The effect after these events, each of which must be taken. */
function effectOf(events: readonly EffectEvent[]): Effect | undefined {
  let effect: Effect | undefined;
  for (const event of events) {
    const applied = applyEffect(effect, event);
    assert.ok(applied.kind === "applied", JSON.stringify(applied));
    effect = applied.effect;
  }
  return effect;
}

const sent = [intended(step), prepared(step), dispatched(step)];
const refused = abandoned(step, { kind: "refused", code: "POOR" });

/** How each state is come to. */
const states: { readonly [name: string]: readonly EffectEvent[] } = {
  "no effect": [],
  intended: [intended(step)],
  prepared: [intended(step), prepared(step)],
  dispatched: sent,
  "dispatched, seen": [...sent, observed(step, "accepted")],
  "dispatched, another candidate prepared": [...sent, prepared(step, 1)],
  "dispatched, two candidates": [...sent, prepared(step, 1), dispatched(step, 1)],
  "included with success": [...sent, included(step, "success")],
  "included with a revert": [...sent, included(step, "reverted")],
  "included with a cancel": [...sent, included(step, "cancelled")],
  "settled with success": [...sent, included(step, "success"), settled(step, "success")],
  "settled, superseded": [...sent, settled(step, "superseded")],
  abandoned: [intended(step), refused],
  ambiguous: [...sent, ambiguous(step)],
};

const events: { readonly [name: string]: EffectEvent } = {
  intended: intended(step),
  "prepared 0": prepared(step, 0),
  "prepared 1": prepared(step, 1),
  "prepared 2": prepared(step, 2),
  "dispatched 0": dispatched(step, 0),
  "dispatched 1": dispatched(step, 1),
  unknown: observed(step, "unknown"),
  accepted: observed(step, "accepted"),
  "not found": observed(step, "notFound"),
  stuck: observed(step, "stuck"),
  "included 0": observed(step, "included", 0),
  "included 1": observed(step, "included", 1),
  "removed 0": observed(step, "removed", 0),
  "removed 1": observed(step, "removed", 1),
  success: settled(step, "success"),
  reverted: settled(step, "reverted"),
  cancelled: settled(step, "cancelled"),
  superseded: settled(step, "superseded"),
  ambiguous: ambiguous(step),
  abandoned: refused,
};

const seen = {
  unknown: "dispatched",
  accepted: "dispatched",
  "not found": "dispatched",
  stuck: "dispatched",
  "included 0": "included",
} as const;
const open = { ...seen, superseded: "settled", ambiguous: "ambiguous" } as const;

/** What may follow, and what the effect then is: the table of DESIGN 9. Everything else is refused. */
const table: { readonly [state: string]: { readonly [event: string]: Effect["is"] } } = {
  "no effect": { intended: "intended" },
  intended: { "prepared 0": "prepared", abandoned: "abandoned" },
  prepared: { "dispatched 0": "dispatched", abandoned: "abandoned" },
  dispatched: { ...open, "prepared 1": "dispatched" },
  "dispatched, seen": { ...open, "prepared 1": "dispatched" },
  "dispatched, another candidate prepared": { ...open, "dispatched 1": "dispatched" },
  "dispatched, two candidates": { ...open, "included 1": "included", "prepared 2": "dispatched" },
  "included with success": { "removed 0": "dispatched", success: "settled", ambiguous: "ambiguous" },
  "included with a revert": { "removed 0": "dispatched", reverted: "settled", ambiguous: "ambiguous" },
  "included with a cancel": { "removed 0": "dispatched", cancelled: "settled", ambiguous: "ambiguous" },
  "settled with success": {},
  "settled, superseded": {},
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
      assert.equal([isBeforeBoundary(effect), isPastBoundary(effect), isAtRest(effect)].filter(Boolean).length, 1, effect.is);
    }
  });

  it("refuses a candidate that is not the next, that was there before, and one that was never prepared", () => {
    const fieldOf = (path: readonly EffectEvent[], event: EffectEvent): unknown => {
      const applied = applyEffect(effectOf(path), event);
      return applied.kind === "refused" ? applied.field : applied.kind;
    };
    assert.equal(fieldOf([intended(step)], { ...prepared(step), data: { ...prepared(step).data, candidate: 1 } }), "data.candidate");
    assert.equal(fieldOf([intended(step)], prepared(step, 1)), "data.role");
    assert.equal(fieldOf(sent, { ...prepared(step, 1), data: { ...prepared(step, 1).data, identity: `${step} 0` } }), "data.identity");
    assert.equal(fieldOf([intended(step), prepared(step)], dispatched(step, 1)), "data.candidate");
    assert.equal(fieldOf(sent, dispatched(step)), "data.candidate");
    assert.equal(fieldOf([...sent, prepared(step, 1)], observed(step, "included", 1)), "data.candidate");
    assert.equal(fieldOf([...sent, included(step, "success")], settled(step, "reverted")), "data.outcome.kind");
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
const walks = fc.array(fc.constantFrom(...Object.values(events)), { maxLength: 40 });

function walk(path: readonly EffectEvent[], look: (before: Effect | undefined, event: EffectEvent, after: Effect) => void): void {
  let effect: Effect | undefined;
  for (const event of path) {
    const applied = applyEffect(effect, event);
    if (applied.kind === "refused") continue;
    look(effect, event, applied.effect);
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
