/** Laws of runs that fail after writes, over random ones: whatever happens outside, what is undone is undone once, in order, and nothing is claimed that is not so. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { decide as decideAll, payOrUndo } from "../../../test/kernel/undo.ts";
import { simulatedRunId } from "../../../test/kernel/simulate.ts";
import { Wreck } from "../../../test/kernel/wreck.ts";
import { toCanonical } from "../canonical.ts";
import { type EventDraft, isEnding, sealEvent } from "../events.ts";
import { Fold } from "../fold.ts";
import { planOp } from "../op.ts";
import type { FoldState } from "../progress.ts";
import type { Spec } from "../spec.ts";

const people = ["ada", "alan", "bob", "cleo", "dora"];
const spec = fc
  .record({
    count: fc.integer({ min: 1, max: people.length }),
    kept: fc.subarray(people),
    policy: fc.constantFrom("compensate" as const, "compensate" as const, "manual" as const),
    atOnce: fc.boolean(),
  })
  .map(({ count, kept, policy, atOnce }): Spec => {
    const payments = people.slice(0, count).map((to) => ({ to, amount: 1n }));
    // Somebody's payment can be undone, or there would be no such policy.
    const keeps = kept.filter((to) => to !== "ada");
    return planOp(payOrUndo, { payments, kept: keeps, policy, atOnce, isWell: true }).spec;
  });
const seed = fc.integer({ min: 0, max: 2 ** 31 });
const runs = { numRuns: 300 };

const isUndo = (step: string): boolean => step.endsWith("/undo");
const stepOf = ({ data }: EventDraft): string => ("step" in data ? (data.step ?? "") : "");

/** What an event may not do, however things stand. */
function assertLawful(fold: Fold, draft: EventDraft): void {
  const step = stepOf(draft);
  const failed = fold.closing === "failed" || fold.closing === "cancelled";
  if (draft.type === "EffectIntended" && !isUndo(step)) assert.ok(!failed, "nothing begins on the way forward after a final failure");
  if (isUndo(step)) {
    assert.ok(fold.saga.compensation !== null, "nothing is undone before that is said");
    assert.equal(step, `${fold.stepAt(fold.saga.standing.at(-1) ?? -1).key}/undo`, "the last that took effect is undone first");
  }
  if (isEnding(draft.type)) assert.ok(fold.effects.isAtRest, "a run ends once nothing of it is under way");
}

describe("saga: laws", () => {
  it("what took effect is undone in the reverse order of its settlements, and nothing forward begins after a failure", () => {
    fc.assert(
      fc.property(spec, seed, (planned, luck) => void new Wreck(planned, luck, assertLawful).run()),
      runs,
    );
  });

  it("a run ends as compensated exactly where something took effect, and all of it is undone; what is left stands before a person", () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(spec, seed, (planned, luck) => {
        const { fold, events } = new Wreck(planned, luck).run();
        const settled = new Set<string>();
        const undone = new Set<string>();
        for (const { event } of events) {
          const step = stepOf(event);
          if (event.type === "EffectSettled" && event.data.outcome.kind === "success" && !isUndo(step)) settled.add(step);
          if (event.type === "StepCompleted" && isUndo(step)) undone.add(step.slice(0, -"/undo".length));
        }
        const left = [...settled].filter((step) => !undone.has(step));
        const isUnclear = events.some(({ event }) => event.type === "EffectAmbiguous");
        const { status } = fold.run();
        ends.set(status, (ends.get(status) ?? 0) + 1);
        if (status === "compensated") assert.deepEqual([left, settled.size > 0, isUnclear], [[], true, false]);
        else if (status === "failed" || status === "cancelled") assert.deepEqual([settled.size, isUnclear], [0, false]);
        else if (status === "blocked") {
          assert.ok(left.length > 0 || isUnclear, "somebody has something to decide");
          const open = fold.obligations().map(({ step, kind }) => [step, kind] as const);
          assert.deepEqual(
            open
              .filter(([, kind]) => kind === "confirmed")
              .map(([step]) => step)
              .sort(),
            left.sort(),
          );
        } else assert.equal(status, "succeeded");
      }),
      runs,
    );
    assert.deepEqual([...ends.keys()].sort(), ["blocked", "cancelled", "compensated", "failed", "succeeded"]);
  });

  it("a run before a person takes nothing in but a decision about everything that is open, and ends by that", () => {
    let blocked = 0;
    fc.assert(
      fc.property(spec, seed, (planned, luck) => {
        const { fold, events } = new Wreck(planned, luck).run();
        if (!fold.isBlocked) return;
        blocked++;
        const seal = (draft: EventDraft) => sealEvent(draft, simulatedRunId, fold.head, "2027-01-01T00:00:00.000Z");
        for (const { event } of events)
          assert.throws(() => fold.apply(seal({ type: event.type, data: event.data } as EventDraft)), { code: "HISTORY_INVALID" });
        const open = fold.obligations().map(({ step, kind }) => [step, kind] as const);
        assert.throws(() => fold.apply(seal(decideAll(...open.slice(1), ["pay/nobody", "confirmed"]))), { code: "HISTORY_INVALID" });
        fold.apply(seal(decideAll(...open)));
        const why =
          fold.saga.compensation ??
          (fold.cancel === null ? { kind: "failed" as const, ...fold.saga.failure } : { kind: "cancelled" as const, ...fold.cancel });
        fold.apply(seal({ type: "RunResolved", data: { why } } as EventDraft));
        assert.equal(fold.run().status, "resolved");
      }),
      runs,
    );
    assert.ok(blocked > 10, `only ${blocked} runs stood before a person`);
  });

  it("a snapshot taken at any event, written and read again, is the fold of the events up to there", () => {
    fc.assert(
      fc.property(spec, seed, (planned, luck) => {
        const fold = new Fold(simulatedRunId, planned);
        const look = (one: Fold): unknown => [one.state(), one.run(), one.sagaNext, one.obligations(), one.attended(), one.done];
        for (const sealed of new Wreck(planned, luck).run().events) {
          fold.apply(sealed);
          const stored = JSON.parse(toCanonical(fold.state())) as FoldState;
          assert.deepEqual(look(Fold.from(simulatedRunId, planned, stored)), look(fold));
        }
      }),
      { numRuns: 60 },
    );
  });
});
