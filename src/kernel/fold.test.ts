/** What the fold takes in, and that it refuses whatever could not have happened. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  auditSpec,
  cancelled,
  childFailed,
  childStarted,
  completed,
  exhausted,
  failedFor,
  failedRun,
  foldOf,
  resumed,
  sealAll,
  signalled,
  succeeded,
  timerSet,
  wholeWay,
} from "../../test/kernel/drafts.ts";
import { admitted, refOf, simulatedRunId, startOfTime } from "../../test/kernel/simulate.ts";
import { digestOf } from "./canonical.ts";
import { formatInstant } from "./codecs.ts";
import { MfmError } from "./errors.ts";
import { type EffectEventType, type EventDraft, type EventType, type FactUse, sealEvent } from "./events.ts";
import { Fold } from "./fold.ts";
import { nextDue } from "./next-due.ts";
import { runIdOf } from "./names.ts";

const soon = { until: startOfTime + 1000 };
const paused: readonly EventDraft[] = [failedFor("balance", "now"), exhausted("balance")];
const untilPause = [completed("balance"), timerSet("pause")] as const;
const untilChild = [...untilPause, completed("pause"), childStarted("child")] as const;

function factOf(method: string, occurrence: number): FactUse {
  return { need: "chain", method, request: digestOf("q"), occurrence, fact: digestOf("f") };
}

/** The draft with another member of its data. */
function having(draft: EventDraft, change: object): EventDraft {
  return { ...draft, data: { ...draft.data, ...change } } as EventDraft;
}

function refusalOf(given: readonly EventDraft[], then: EventDraft): { code: string; field: unknown } {
  const fold = foldOf(...given);
  const before = JSON.stringify([fold.state(), fold.ready]);
  const [sealed] = [sealEvent(then, simulatedRunId, fold.head, formatInstant(startOfTime))];
  try {
    fold.apply(sealed);
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    assert.equal(JSON.stringify([fold.state(), fold.ready]), before, "a refused event leaves no trace");
    assert.equal(typeof error.details["reason"], "string");
    return { code: error.code, field: error.details["field"] };
  }
  throw new Error("it was taken");
}

/** What a run owes has tests of its own. */
type OwingEventType = "CompensationStarted" | "ResolutionRecorded" | "RunCompensated" | "RunResolved";

describe("fold: takes in", () => {
  const legal: {
    readonly [T in Exclude<EventType, EffectEventType | OwingEventType | "CancelRequested">]: readonly (readonly [
      string,
      readonly EventDraft[],
    ])[];
  } = {
    RunAdmitted: [["first", []]],
    StepCompleted: [
      ["a state", [completed("balance")]],
      ["a state that failed before, as the next attempt", [failedFor("balance", soon), completed("balance", { attempt: 2 })]],
      [
        "a state with facts in the order of their questions",
        [completed("twice", { facts: [factOf("a", 0), factOf("a", 1), factOf("b", 0)] })],
      ],
      ["a timer that was set", [...untilPause, completed("pause")]],
      ["a child that was started", [...untilChild, completed("child", { child: true })]],
    ],
    StepFailed: [
      ["a state, to be tried again", [failedFor("balance", soon), failedFor("balance", soon, 2)]],
      ["a state, for now", [failedFor("balance", "now")]],
      ["a state, for good", [failedFor("balance", "good")]],
      ["a child that could not be planned", [completed("balance"), timerSet("pause"), completed("pause"), failedFor("child", "good")]],
      ["a child that ended without success", [...untilChild, childFailed("child")]],
    ],
    TimerSet: [["a wait whose turn it is", [...untilPause]]],
    SignalReceived: [
      ["a signal that is waited for", [signalled("bonus")]],
      ["a signal while the run is paused", [...paused, signalled("bonus")]],
    ],
    ChildStarted: [["a child whose turn it is", [...untilChild]]],
    RunPaused: [
      ["when retries ran out", [...paused]],
      ["without a step", [{ type: "RunPaused", data: { code: "NO_PROGRESS" } }]],
      ["naming a step that ran too long", [{ type: "RunPaused", data: { code: "STEP_BLOCKED", step: "balance" } }]],
    ],
    RunResumed: [["a paused run", [...paused, resumed, completed("balance")]]],
    RunSucceeded: [["when every step is done", [...wholeWay]]],
    RunFailed: [["with the step that failed for good", [failedFor("balance", "good"), failedRun("balance")]]],
    RunCancelled: [
      ["a run that goes on", [cancelled]],
      ["a paused run", [...paused, cancelled]],
    ],
  };
  for (const [type, cases] of Object.entries(legal)) {
    for (const [name, drafts] of cases) it(`${type}: ${name}`, () => assert.equal(foldOf(...drafts).head?.seq, drafts.length));
  }
});

describe("fold: refuses", () => {
  const cases: readonly (readonly [string, readonly EventDraft[], EventDraft, string])[] = [
    ["a second RunAdmitted", [], admitted, "type"],
    ["anything after success", wholeWay, cancelled, "type"],
    ["anything after a cancel", [cancelled], completed("balance"), "type"],
    ["anything after a failure", [failedFor("balance", "good"), failedRun("balance")], resumed, "type"],

    ["StepCompleted of an unknown step", [], completed("nowhere"), "data.step"],
    ["StepCompleted before its predecessors", [], completed("report"), "data.step"],
    ["StepCompleted twice", [completed("balance")], completed("balance"), "data.step"],
    ["StepCompleted of a step that is not tried again", [failedFor("balance", "now")], completed("balance", { attempt: 2 }), "data.step"],
    ["StepCompleted of a wait without a timer", [completed("balance")], completed("pause"), "data.step"],
    ["StepCompleted of a signal", [], completed("bonus"), "data.step"],
    [
      "StepCompleted of a child that was not started",
      [...untilPause, completed("pause")],
      completed("child", { child: true }),
      "data.step",
    ],
    ["StepCompleted of a child without its head", [...untilChild], completed("child"), "data.child"],
    ["StepCompleted of a state with a child's head", [], completed("balance", { child: true }), "data.child"],
    ["StepCompleted with the wrong attempt", [], completed("balance", { attempt: 2 }), "data.attempt"],
    ["StepCompleted with the attempt that failed", [failedFor("balance", soon)], completed("balance"), "data.attempt"],
    ["StepCompleted of a timer at a second attempt", [...untilPause], completed("pause", { attempt: 2 }), "data.attempt"],
    ["StepCompleted of a timer with facts", [...untilPause], completed("pause", { facts: [factOf("a", 0)] }), "data.facts"],
    ["StepCompleted with facts out of order", [], completed("twice", { facts: [factOf("b", 0), factOf("a", 0)] }), "data.facts"],
    ["StepCompleted with occurrences out of order", [], completed("twice", { facts: [factOf("a", 1), factOf("a", 0)] }), "data.facts"],
    ["StepCompleted with two answers to one question", [], completed("twice", { facts: [factOf("a", 0), factOf("a", 0)] }), "data.facts"],
    [
      "StepCompleted with an output of another kind",
      [],
      having(completed("balance"), { output: refOf("output", "x") }),
      "data.output.kind",
    ],
    ["StepCompleted while paused", paused, completed("twice"), "type"],

    ["StepFailed of an unknown step", [], failedFor("nowhere", "good"), "data.step"],
    ["StepFailed before its predecessors", [], failedFor("report", "good"), "data.step"],
    ["StepFailed of a wait", [...untilPause], failedFor("pause", "good"), "data.step"],
    ["StepFailed of a signal", [], failedFor("bonus", "good"), "data.step"],
    ["StepFailed of a done step", [completed("balance")], failedFor("balance", "good"), "data.step"],
    ["StepFailed of a stopped step", [failedFor("balance", "now")], failedFor("balance", "now", 2), "data.step"],
    ["StepFailed with the wrong attempt", [], failedFor("balance", soon, 2), "data.attempt"],
    ["StepFailed to be tried again although never", [], having(failedFor("balance", soon), { advice: "never" }), "data.retry.kind"],
    ["StepFailed of a child that would be tried again", [...untilChild], childFailed("child", soon), "data.advice"],
    ["StepFailed of a child for now", [...untilChild], childFailed("child", "now"), "data.advice"],
    ["StepFailed of a child without its head", [...untilChild], failedFor("child", "good"), "data.child"],
    ["StepFailed of a state with a child's head", [], childFailed("balance"), "data.child"],
    ["StepFailed while paused", paused, failedFor("twice", "good"), "type"],

    ["TimerSet of an unknown step", [], timerSet("nowhere"), "data.step"],
    ["TimerSet of a state", [], timerSet("balance"), "data.step"],
    ["TimerSet before its predecessors", [], timerSet("pause"), "data.step"],
    ["TimerSet twice", [...untilPause], timerSet("pause"), "data.step"],
    ["TimerSet while paused", [completed("balance"), failedFor("twice", "now"), exhausted("twice")], timerSet("pause"), "type"],

    ["SignalReceived of an unknown step", [], signalled("nowhere"), "data.step"],
    ["SignalReceived of a state", [], signalled("balance"), "data.step"],
    ["SignalReceived twice", [signalled("bonus")], signalled("bonus"), "data.step"],

    ["ChildStarted of an unknown step", [], childStarted("nowhere"), "data.step"],
    ["ChildStarted of a state", [], childStarted("balance"), "data.step"],
    ["ChildStarted before its predecessors", [], childStarted("child"), "data.step"],
    ["ChildStarted twice", [...untilChild], childStarted("child"), "data.step"],
    [
      "ChildStarted while paused",
      [...untilPause, completed("pause"), failedFor("twice", "now"), exhausted("twice")],
      childStarted("child"),
      "type",
    ],

    ["RunPaused twice", paused, exhausted("balance"), "type"],
    ["RunPaused for an unknown step", [], { type: "RunPaused", data: { code: "STEP_BLOCKED", step: "nowhere" } }, "data.step"],
    ["RunPaused for retries that did not run out", [failedFor("balance", soon)], exhausted("balance"), "data.step"],
    ["RunPaused for retries of a step that failed for good", [failedFor("balance", "good")], exhausted("balance"), "data.step"],
    [
      "RunPaused for retries of no step",
      [failedFor("balance", "now")],
      { type: "RunPaused", data: { code: "RETRIES_EXHAUSTED" } },
      "data.step",
    ],
    ["RunResumed of a run that is not paused", [], resumed, "type"],
    ["RunSucceeded with steps not done", wholeWay.slice(0, -2), succeeded, "type"],
    ["RunSucceeded while paused", paused, succeeded, "type"],
    ["RunFailed of an unknown step", [failedFor("balance", "good")], failedRun("nowhere"), "data.step"],
    ["RunFailed with a step that did not fail", [failedFor("balance", "good")], failedRun("twice"), "data.step"],
    ["RunFailed with a step that failed for now", [failedFor("balance", "now")], failedRun("balance"), "data.step"],
    ["RunFailed with another code", [failedFor("balance", "good")], failedRun("balance", "OTHER"), "data.code"],
    ["RunFailed while paused", paused, failedRun("balance"), "type"],
  ];
  for (const [name, given, then, field] of cases)
    it(name, () => assert.deepEqual(refusalOf(given, then), { code: "HISTORY_INVALID", field }));

  it("an event that is not the next of this stream, with the field that says so", () => {
    const [first, second] = sealAll([admitted, completed("balance")]);
    assert.ok(first !== undefined && second !== undefined);
    const wrong = (change: object): SealedLike => ({ ...second, event: { ...second.event, ...change } });
    const table: readonly (readonly [SealedLike, string])[] = [
      [wrong({ runId: runIdOf(digestOf("other")) }), "runId"],
      [wrong({ seq: 2 }), "seq"],
      [wrong({ seq: 0 }), "seq"],
      [wrong({ prev: second.digest }), "prev"],
      [wrong({ prev: null }), "prev"],
    ];
    for (const [sealed, field] of table) {
      const fold = foldOf();
      assert.throws(
        () => fold.apply(sealed),
        (error) => error instanceof MfmError && error.code === "HISTORY_INVALID" && error.details["field"] === field,
      );
    }
  });

  it("a stream that does not begin with RunAdmitted", () => {
    const [first] = sealAll([completed("balance")]);
    assert.ok(first !== undefined);
    assert.throws(() => new Fold(simulatedRunId, auditSpec).apply(first), { code: "HISTORY_INVALID" });
  });
});

type SealedLike = Parameters<Fold["apply"]>[0];

describe("fold: what it keeps", () => {
  it("ready steps are those whose predecessors are done and which are not, in author order", () => {
    assert.deepEqual(foldOf().ready, [0, 1, 3]);
    assert.deepEqual(foldOf(completed("twice"), completed("balance")).ready, [2, 3]);
    assert.deepEqual(foldOf(...wholeWay).ready, []);
  });

  it("a signal that comes early is done before its predecessors, once", () => {
    const steps = auditSpec.steps.map((step) => (step.key === "bonus" ? { ...step, after: ["twice"] } : step));
    const fold = new Fold(simulatedRunId, { ...auditSpec, steps });
    for (const sealed of sealAll([admitted, signalled("bonus"), completed("twice")])) fold.apply(sealed);
    assert.deepEqual([fold.ready, fold.done, fold.outputOf("bonus")], [[0], 2, digestOf("7")]);
  });

  it("a resume forgets failed attempts, and keeps what is done or failed for good", () => {
    const fold = foldOf(completed("twice"), failedFor("balance", "now"), exhausted("balance"), resumed);
    assert.equal(fold.attempts(0), 0);
    assert.deepEqual(fold.stepsThat("done"), [1]);
  });

  it("is due at the earliest timer or retry, and at no time where only others can wake it", () => {
    const at = (milliseconds: number): { until: number } => ({ until: startOfTime + milliseconds });
    assert.equal(nextDue(foldOf()), null);
    assert.equal(nextDue(foldOf(...untilPause)), startOfTime + 30_000);
    assert.equal(nextDue(foldOf(...untilPause, failedFor("twice", at(40_000)))), startOfTime + 30_000);
    assert.equal(nextDue(foldOf(...untilPause, failedFor("twice", at(20_000)))), startOfTime + 20_000);
    assert.equal(nextDue(foldOf(failedFor("balance", at(7000)), failedFor("twice", at(5000)))), startOfTime + 5000);
    assert.equal(nextDue(foldOf(failedFor("balance", at(5000)), failedFor("twice", at(7000)))), startOfTime + 5000);
    assert.equal(nextDue(foldOf(...untilPause, completed("pause"))), null);
  });

  it("says nothing before its first event", () => {
    const fold = new Fold(simulatedRunId, auditSpec);
    assert.throws(() => fold.state(), { code: "INTERNAL" });
    assert.throws(() => fold.run(), { code: "INTERNAL" });
  });
});
