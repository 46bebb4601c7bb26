/** Write steps in the fold: what may happen to a step and its run because of an effect, and what is refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cancelled, completed, exhausted, failedFor, failedRun, resumed, succeeded } from "../../test/kernel/drafts.ts";
import { startOfTime } from "../../test/kernel/simulate.ts";
import {
  abandoned,
  ambiguous,
  cancelRequested,
  dispatched,
  included,
  intended,
  observed,
  payFoldOf,
  prepared,
  settled,
  stepFailed,
  toBoundary,
  toSuccess,
} from "../../test/kernel/writes.ts";
import { digestOf } from "./canonical.ts";
import { MfmError } from "./errors.ts";
import type { EventDraft } from "./events.ts";
import { Fold, type FoldState } from "./fold.ts";
import { nextDue } from "./next-due.ts";

const [one, two] = ["pay/0", "pay/1"];
const soon = { until: startOfTime + 60_000 };
const refused = { kind: "refused", code: "POOR" } as const;
const otherCancel: EventDraft = { type: "RunCancelled", data: { actor: "ann", reason: "another" } };
const noProgress: EventDraft = { type: "RunPaused", data: { code: "NO_PROGRESS" } };

/** The field at which the last of these events is refused; "taken" where it is not. All before it must be taken. */
function fieldOf(...drafts: readonly EventDraft[]): unknown {
  payFoldOf(...drafts.slice(0, -1));
  try {
    payFoldOf(...drafts);
    return "taken";
  } catch (error) {
    assert.ok(error instanceof MfmError && error.code === "HISTORY_INVALID", String(error));
    return error.details["field"];
  }
}

describe("fold: a write step takes in", () => {
  const cases: readonly (readonly [string, readonly EventDraft[]])[] = [
    ["its whole way", [...toSuccess(one), completed(one)]],
    ["an intent after a failed attempt", [failedFor(one, soon), intended(one, 2)]],
    ["failed preparations, counted anew", [failedFor(one, soon), intended(one, 2), failedFor(one, soon), prepared(one)]],
    ["an effect that is refused", [intended(one), abandoned(one, refused), stepFailed(one, "POOR"), failedRun(one, "POOR")]],
    ["a revert", [...toBoundary(one), included(one, "reverted"), settled(one, "reverted"), stepFailed(one, "EFFECT_REVERTED")]],
    [
      "a cancel in its place",
      [...toBoundary(one), included(one, "cancelled"), settled(one, "cancelled"), stepFailed(one, "EFFECT_CANCELLED")],
    ],
    ["something else in its place", [...toBoundary(one), settled(one, "superseded"), stepFailed(one, "EFFECT_SUPERSEDED")]],
    ["a contradiction", [...toBoundary(one), ambiguous(one), stepFailed(one, "EFFECT_AMBIGUOUS"), failedRun(one, "EFFECT_AMBIGUOUS")]],
    ["code that fails on what came of it", [...toSuccess(one), stepFailed(one, "STEP_THREW")]],
    ["a pause and a resume on the way", [...toBoundary(one), noProgress, resumed, observed(one, "accepted")]],
    [
      "a failure elsewhere, driven to rest",
      [...toBoundary(one), stepFailed(two, "X"), included(one, "success"), settled(one, "success"), completed(one), failedRun(two, "X")],
    ],
    ["a failure elsewhere, given up", [intended(one), stepFailed(two, "X"), abandoned(one, { kind: "failed" }), failedRun(two, "X")]],
    [
      "a failure elsewhere, and another candidate for what is out there",
      [...toBoundary(one), stepFailed(two, "X"), prepared(one, 1), dispatched(one, 1)],
    ],
    ["a cancel at once, where nothing is open", [...toSuccess(one), completed(one), cancelled]],
    ["a cancel that gives up", [intended(one), cancelRequested, abandoned(one, { kind: "cancelled" }), cancelled]],
    [
      "a cancel that waits for what is out there",
      [
        ...toBoundary(one),
        cancelRequested,
        included(one, "reverted"),
        settled(one, "reverted"),
        stepFailed(one, "EFFECT_REVERTED"),
        cancelled,
      ],
    ],
    ["a cancel of a paused run", [...toBoundary(one), noProgress, cancelRequested, observed(one, "accepted")]],
    [
      "a cancel of a run that is paused because a preparation failed too often",
      [intended(one), failedFor(one, "now"), exhausted(one), cancelRequested, abandoned(one, { kind: "cancelled" }), cancelled],
    ],
    ["a pause when retries ran out, with an intent kept", [intended(one), failedFor(two, "now"), exhausted(two), resumed, prepared(one)]],
  ];
  for (const [name, drafts] of cases) it(name, () => assert.equal(payFoldOf(...drafts).head?.seq, drafts.length));
});

describe("fold: a write step refuses", () => {
  const cases: readonly (readonly [string, readonly EventDraft[], string])[] = [
    ["an intent of what had nothing to do", [completed(one), intended(one)], "data.step"],
    ["an output twice", [completed(one), completed(one)], "data.step"],
    ["an output before it is settled", [...toBoundary(one), included(one, "success"), completed(one)], "data.step"],
    ["an output of a revert", [...toBoundary(one), included(one, "reverted"), settled(one, "reverted"), completed(one)], "data.step"],
    ["an output at a second attempt", [...toSuccess(one), completed(one, { attempt: 2 })], "data.attempt"],
    ["a second intent", [intended(one), intended(one)], "type"],
    [
      "an intent of a step that does not write",
      [...toSuccess(one), completed(one), ...toSuccess(two), completed(two), intended("sum")],
      "data.step",
    ],
    ["an intent before its predecessors", [intended("sum")], "data.step"],
    ["an intent under another id", [{ ...intended(one), data: { ...intended(one).data, effect: digestOf("other") } }], "data.effect"],
    ["an intent with the wrong attempt", [intended(one, 2)], "data.attempt"],
    ["an intent of a step whose retries ran out", [failedFor(one, "now"), intended(one, 2)], "data.step"],
    ["a preparation of a step whose retries ran out", [intended(one), failedFor(one, "now"), prepared(one)], "data.step"],
    ["an intent after a step failed for good", [stepFailed(two, "X"), intended(one)], "type"],
    ["a preparation after a step failed for good", [intended(one), stepFailed(two, "X"), prepared(one)], "type"],
    ["a dispatch after a step failed for good", [intended(one), prepared(one), stepFailed(two, "X"), dispatched(one)], "type"],
    ["a dispatch after a cancel", [intended(one), prepared(one), cancelRequested, dispatched(one)], "type"],
    ["an event of an effect while paused", [...toBoundary(one), noProgress, observed(one, "accepted")], "type"],
    ["giving up what was dispatched", [...toBoundary(one), abandoned(one, refused)], "type"],
    ["giving up because of a failure that there is not", [intended(one), abandoned(one, { kind: "failed" })], "data.why.kind"],
    ["giving up because of a cancel that there is not", [intended(one), abandoned(one, { kind: "cancelled" })], "data.why.kind"],
    ["failing once it is prepared", [intended(one), prepared(one), stepFailed(one, "X")], "data.step"],
    ["failing once it is dispatched", [...toBoundary(one), stepFailed(one, "X")], "data.step"],
    ["failing with another code than its effect", [...toBoundary(one), ambiguous(one), stepFailed(one, "X")], "data.code"],
    ["failing with another code than the refusal", [intended(one), abandoned(one, refused), stepFailed(one, "X")], "data.code"],
    [
      "failing because its run failed elsewhere",
      [intended(one), stepFailed(two, "X"), abandoned(one, { kind: "failed" }), stepFailed(one, "X")],
      "data.step",
    ],
    [
      "failing for now because of its effect",
      [
        ...toBoundary(one),
        ambiguous(one),
        { type: "StepFailed", data: { step: one, attempt: 1, code: "EFFECT_AMBIGUOUS", advice: "safe", retry: { kind: "no" } } },
      ],
      "data.advice",
    ],
    ["the run's failure before what is out there is at rest", [...toBoundary(one), stepFailed(two, "X"), failedRun(two, "X")], "type"],
    ["the run's failure before what is not is given up", [intended(one), stepFailed(two, "X"), failedRun(two, "X")], "type"],
    ["a cancel at once of what is out there", [...toBoundary(one), cancelled], "type"],
    ["a cancel at once of what is intended", [intended(one), cancelled], "type"],
    ["the run's failure before what settled is concluded", [...toSuccess(one), stepFailed(two, "X"), failedRun(two, "X")], "type"],
    ["a cancel before what settled is concluded", [...toSuccess(one), cancelled], "type"],
    ["the end of a cancel before all is at rest", [...toBoundary(one), cancelRequested, cancelled], "type"],
    [
      "the end of a cancel that nobody asked for like that",
      [intended(one), cancelRequested, abandoned(one, { kind: "cancelled" }), otherCancel],
      "data.reason",
    ],
    ["a second cancel", [...toBoundary(one), cancelRequested, cancelRequested], "type"],
    [
      "a success after a cancel",
      [...toSuccess(one), completed(one), ...toSuccess(two), completed(two), completed("sum"), cancelRequested, succeeded],
      "type",
    ],
    ["a failure after a cancel", [...toBoundary(one), stepFailed(two, "X"), cancelRequested, failedRun(two, "X")], "type"],
    ["a pause because of retries while something is out there", [...toBoundary(one), failedFor(two, "now"), exhausted(two)], "type"],
  ];
  for (const [name, drafts, field] of cases) it(name, () => assert.equal(fieldOf(...drafts), field));
});

describe("fold: a run with effects", () => {
  it("waits for what was dispatched, with what was seen of it", () => {
    const waits = (...drafts: readonly EventDraft[]): unknown => {
      const { status, waitingFor } = payFoldOf(...toBoundary(two), ...toSuccess(one), completed(one), ...drafts).run();
      return [status, waitingFor];
    };
    const wait = { kind: "effect", step: two };
    assert.deepEqual(waits(), ["waiting", [{ ...wait, seen: null }]]);
    assert.deepEqual(waits(observed(two, "accepted")), ["waiting", [{ ...wait, seen: "accepted" }]]);
    assert.deepEqual(waits(observed(two, "stuck")), ["waiting", [{ ...wait, seen: "stuck", why: "FROZEN" }]]);
    assert.deepEqual(waits(included(two, "success")), ["waiting", [{ ...wait, seen: "included" }]]);
  });

  it("is running while something can be done at once", () => {
    assert.equal(payFoldOf(...toBoundary(one)).run().status, "running");
    assert.equal(payFoldOf(...toBoundary(one), intended(two)).run().status, "running");
    assert.equal(payFoldOf(...toBoundary(one), intended(two), prepared(two)).run().status, "running");
  });

  it("waits for nothing but effects once it begins nothing new", () => {
    const failing = payFoldOf(...toBoundary(one), stepFailed(two, "X"));
    assert.deepEqual([failing.closing, failing.run().status, failing.run().waitingFor.length], ["failed", "waiting", 1]);
    const ending = payFoldOf(...toBoundary(one), cancelRequested);
    assert.deepEqual([ending.closing, ending.run().status, ending.run().waitingFor.length], ["cancelled", "waiting", 1]);
    assert.equal(payFoldOf(...toBoundary(one), failedFor(two, "now")).closing, "exhausted");
  });

  it("is woken by no retry once it begins nothing new", () => {
    assert.equal(nextDue(payFoldOf(...toBoundary(one), failedFor(two, soon))), soon.until);
    assert.equal(nextDue(payFoldOf(...toBoundary(one), failedFor(two, soon), cancelRequested)), null);
  });

  it("is the same from a snapshot, at any event", () => {
    const drafts = [intended(one), ...toBoundary(two), observed(two, "accepted"), cancelRequested, abandoned(one, { kind: "cancelled" })];
    for (let count = 0; count <= drafts.length; count++) {
      const fold = payFoldOf(...drafts.slice(0, count));
      const copy = Fold.from(fold.runId, fold.spec, JSON.parse(JSON.stringify(fold.state())) as FoldState);
      assert.deepEqual(
        [copy.run(), copy.state(), copy.closing, copy.effects.open],
        [fold.run(), fold.state(), fold.closing, fold.effects.open],
      );
    }
  });
});
