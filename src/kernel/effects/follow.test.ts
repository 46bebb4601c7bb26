/** What follows from what: the next move of each state, and what each reading makes happen in it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { ambiguous, dispatched, included, intended, observed, prepared, settled } from "../../../test/kernel/writes.ts";
import { refOf } from "../../../test/kernel/simulate.ts";
import type { EffectEvent } from "../events.ts";
import { type Happening, type Reading, follow, nextMove } from "./follow.ts";
import { eventOf } from "./happening-event.ts";
import { type Effect, applyEffect, isAtRest } from "./ledger.ts";

const step = "pay/0";
const sent = [intended(step), prepared(step), dispatched(step)];

function effectOf(...events: readonly EffectEvent[]): Effect {
  let effect: Effect | undefined;
  for (const event of events) {
    const applied = applyEffect(effect, event);
    assert.ok(applied.kind === "applied", JSON.stringify(applied));
    effect = applied.effect;
  }
  assert.ok(effect !== undefined);
  return effect;
}

const success: Reading = { kind: "final", status: "success", settlement: "{}" };

describe("nextMove", () => {
  const moves: readonly (readonly [string, Effect, string])[] = [
    ["what is intended is prepared", effectOf(intended(step)), "prepare"],
    ["what is prepared is dispatched", effectOf(intended(step), prepared(step)), "dispatch"],
    ["what was dispatched and not seen is sent", effectOf(...sent), "send"],
    ["what the outside does not know is sent again", effectOf(...sent, observed(step, "notFound")), "send"],
    ["an answer that was lost is looked up", effectOf(...sent, observed(step, "unknown")), "look"],
    ["what is accepted is looked up", effectOf(...sent, observed(step, "accepted")), "look"],
    ["what is stuck is looked up", effectOf(...sent, observed(step, "stuck")), "look"],
    ["another candidate is dispatched", effectOf(...sent, prepared(step, 1)), "dispatch"],
    ["what is included is looked up until it is final", effectOf(...sent, included(step, "success")), "look"],
    ["what was removed is sent again", effectOf(...sent, included(step, "success"), observed(step, "removed")), "send"],
    ["what is settled is concluded", effectOf(...sent, included(step, "success"), settled(step, "success")), "conclude"],
    ["what is ambiguous is concluded", effectOf(...sent, ambiguous(step)), "conclude"],
  ];
  for (const [name, effect, move] of moves) it(name, () => assert.equal(nextMove(effect), move));
});

const sees = (kind: "unknown" | "accepted" | "notFound" | "removed"): Happening => ({ kind: "observed", candidate: 0, seen: { kind } });
const isIncluded = (status: "success" | "reverted" | "cancelled"): Happening => ({
  kind: "observed",
  candidate: 0,
  seen: { kind: "included", status },
});

describe("follow", () => {
  const fresh = effectOf(...sent);
  const found = effectOf(...sent, included(step, "success"));
  const cases: readonly (readonly [string, Effect, Reading, Happening | null])[] = [
    ["nothing was learned, the first time", fresh, { kind: "unknown" }, sees("unknown")],
    ["nothing was learned again: no news", effectOf(...sent, observed(step, "unknown")), { kind: "unknown" }, null],
    ["accepted", fresh, { kind: "accepted" }, sees("accepted")],
    ["accepted again: no news", effectOf(...sent, observed(step, "accepted")), { kind: "accepted" }, null],
    ["not known there", fresh, { kind: "notFound" }, sees("notFound")],
    [
      "stuck for another reason",
      effectOf(...sent, observed(step, "stuck")),
      { kind: "stuck", why: "POOR" },
      { kind: "observed", candidate: 0, seen: { kind: "stuck", why: "POOR" } },
    ],
    ["stuck as before: no news", effectOf(...sent, observed(step, "stuck")), { kind: "stuck", why: "FROZEN" }, null],
    ["included", fresh, { kind: "included", status: "reverted" }, isIncluded("reverted")],
    ["final is included first", fresh, success, isIncluded("success")],
    ["superseded", fresh, { kind: "superseded" }, { kind: "settled", candidate: 0, outcome: "superseded" }],
    ["contradicted", fresh, { kind: "contradiction" }, { kind: "ambiguous", candidate: 0 }],
    ["included still: no news", found, { kind: "included", status: "success" }, null],
    ["nothing learned of what is included: no news", found, { kind: "unknown" }, null],
    ["final as it was included", found, success, { kind: "settled", candidate: 0, outcome: "success" }],
    ["included with another result: it was taken back", found, { kind: "included", status: "reverted" }, sees("removed")],
    ["final with another result: it was taken back", found, { kind: "final", status: "reverted" }, sees("removed")],
    ["accepted only: it was taken back", found, { kind: "accepted" }, sees("removed")],
    ["not known any more: it was taken back", found, { kind: "notFound" }, sees("removed")],
    ["superseded after all: it was taken back", found, { kind: "superseded" }, sees("removed")],
    ["contradicted after it was included", found, { kind: "contradiction" }, { kind: "ambiguous", candidate: 0 }],
    [
      "anything about what is settled: no news",
      effectOf(...sent, included(step, "success"), settled(step, "success")),
      { kind: "notFound" },
      null,
    ],
  ];
  for (const [name, effect, reading, happening] of cases) it(name, () => assert.deepEqual(follow(effect, reading), happening));

  it("any reading comes to an end in any state, by transitions that the ledger takes, and a final one at rest", () => {
    const states = [fresh, found, effectOf(...sent, included(step, "reverted")), effectOf(...sent, observed(step, "accepted"))];
    const readings: readonly Reading[] = [
      success,
      ...(["unknown", "accepted", "notFound", "superseded", "contradiction"] as const).map((kind) => ({ kind })),
      ...(["success", "reverted", "cancelled"] as const).map((status) => ({ kind: "included", status }) as const),
      ...(["reverted", "cancelled"] as const).map((status) => ({ kind: "final", status }) as const),
      { kind: "stuck", why: "POOR" },
    ];
    const parts = { step, evidence: refOf("evidence", "e"), settlement: refOf("settlement", "s") };
    fc.assert(
      fc.property(fc.constantFrom(...states), fc.array(fc.constantFrom(...readings), { maxLength: 10 }), (start, path) => {
        let effect = start;
        for (const reading of path) {
          let left = 4;
          for (let happening = follow(effect, reading); happening !== null; happening = follow(effect, reading)) {
            assert.ok(left-- > 0, "it comes to an end");
            const applied = applyEffect(effect, eventOf(happening, parts));
            assert.ok(applied.kind === "applied", JSON.stringify(applied));
            effect = applied.effect;
          }
          if (["final", "superseded", "contradiction"].includes(reading.kind)) assert.ok(isAtRest(effect));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
