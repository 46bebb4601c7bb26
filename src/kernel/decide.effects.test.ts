/** What `decide` says about effects: what is next for each, and how a run that ends brings them to rest. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { completed, exhausted, failedFor, resumed } from "../../test/kernel/drafts.ts";
import { startOfTime } from "../../test/kernel/simulate.ts";
import {
  abandoned,
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
import { nullArtifact } from "./artifacts.ts";
import { type Decision, decide } from "./decide.ts";
import { cancelDrafts } from "./effects/closing.ts";
import type { EventDraft } from "./events.ts";

const [one, two] = ["pay/0", "pay/1"];
const soon = { until: startOfTime + 60_000 };
const act = { actor: "ann", reason: "the node is back" };

/** What is decided after these events, in words: steps to start, moves, and what is appended. */
function said(drafts: readonly EventDraft[], inFlight: readonly number[] = [], now: number = startOfTime): readonly string[] {
  return wordsOf(decide(payFoldOf(...drafts), new Set(inFlight), now, nullArtifact.ref));
}

function wordsOf(decision: Decision): readonly string[] {
  switch (decision.kind) {
    case "stop":
      return [decision.draft.type];
    case "close":
    case "continue":
      return [
        ...decision.drafts.map((draft) => draft.type),
        ...decision.moves.map(({ index, move }) => `${move} ${index}`),
        ...(decision.kind === "continue" ? decision.start.map((index) => `start ${index}`) : []),
      ];
    default:
      return [decision.kind];
  }
}

describe("decide: effects", () => {
  const cases: readonly (readonly [string, readonly EventDraft[], readonly string[]])[] = [
    ["write steps are started as any", [], ["start 0", "start 1"]],
    ["what is intended is prepared", [intended(one)], ["prepare 0", "start 1"]],
    ["what is prepared is dispatched: an event, nothing more", [intended(one), prepared(one)], ["EffectDispatched", "start 1"]],
    ["what is dispatched is sent", toBoundary(one), ["send 0", "start 1"]],
    ["what was seen is looked at", [...toBoundary(one), observed(one, "accepted")], ["look 0", "start 1"]],
    ["another candidate is dispatched", [...toBoundary(one), prepared(one, 1)], ["EffectDispatched", "start 1"]],
    ["what is settled is concluded", toSuccess(one), ["conclude 0", "start 1"]],
    ["what follows waits for the output", [...toSuccess(one), ...toSuccess(two), completed(one)], ["conclude 1"]],
    ["what follows starts with it", [...toSuccess(one), ...toSuccess(two), completed(one), completed(two)], ["start 2"]],
    ["a preparation that failed waits for its time", [intended(one), failedFor(one, soon)], ["start 1"]],
  ];
  for (const [name, drafts, words] of cases) it(name, () => assert.deepEqual(said(drafts), words));

  it("a preparation that failed is tried again in time, and wakes the run then", () => {
    const drafts = [intended(one), failedFor(one, soon)];
    const decision = decide(payFoldOf(...drafts), new Set([1]), startOfTime, nullArtifact.ref);
    assert.equal(decision.kind === "continue" && decision.wakeAt, soon.until);
    assert.deepEqual(said(drafts, [1], soon.until), ["prepare 0"]);
  });

  it("what is under way is not decided again", () => assert.deepEqual(said([...toBoundary(one), ...toBoundary(two)], [0]), ["send 1"]));
});

describe("decide: a run that failed for good", () => {
  const failing = stepFailed(two, "X");
  const cases: readonly (readonly [string, readonly EventDraft[], readonly string[]])[] = [
    ["fails at once where there is no effect", [failing], ["RunFailed"]],
    ["gives up what was not sent", [intended(one), failing], ["EffectAbandoned"]],
    ["gives up what is prepared, and does not dispatch it", [intended(one), prepared(one), failing], ["EffectAbandoned"]],
    ["fails once that is given up", [intended(one), failing, abandoned(one, { kind: "failed" })], ["RunFailed"]],
    ["sends what may be out there again", [...toBoundary(one), failing], ["send 0"]],
    ["looks at what may be out there", [...toBoundary(one), failing, included(one, "success")], ["look 0"]],
    ["sends a candidate that was made beside what may be out there", [...toBoundary(one), prepared(one, 1), failing], ["EffectDispatched"]],
    ["concludes what came to rest", [...toBoundary(one), failing, included(one, "success"), settled(one, "success")], ["conclude 0"]],
    ["fails once that is concluded", [...toSuccess(one), failing, completed(one)], ["RunFailed"]],
  ];
  for (const [name, drafts, words] of cases) it(name, () => assert.deepEqual(said(drafts), words));

  it("waits for a call that is under way", () => {
    const decision = decide(payFoldOf(...toBoundary(one), failing), new Set([0]), startOfTime, nullArtifact.ref);
    assert.deepEqual(decision, { kind: "close", drafts: [], moves: [] });
  });
});

describe("decide: a run that is cancelled, or whose retries ran out", () => {
  const cases: readonly (readonly [string, readonly EventDraft[], readonly string[]])[] = [
    ["a cancel waits for what is out there", [...toBoundary(one), cancelRequested], ["send 0"]],
    ["a cancel ends the run after that", [...toSuccess(one), cancelRequested, completed(one)], ["RunCancelled"]],
    ["a cancel goes before a failure", [...toSuccess(one), stepFailed(two, "X"), cancelRequested, completed(one)], ["RunCancelled"]],
    ["a pause waits for what is out there", [...toBoundary(one), failedFor(two, "now")], ["send 0"]],
    [
      "a pause does not wait for what was not sent, and does not send it",
      [intended(one), prepared(one), failedFor(two, "now")],
      ["RunPaused"],
    ],
    [
      "a resume goes on with it",
      [intended(one), prepared(one), failedFor(two, "now"), exhausted(two), resumed],
      ["EffectDispatched", "start 1"],
    ],
  ];
  for (const [name, drafts, words] of cases) it(name, () => assert.deepEqual(said(drafts), words));

  it("a cancel is one event where nothing is open, all of them where nothing was sent, and a request where something was", () => {
    const types = (...drafts: readonly EventDraft[]): readonly string[] => cancelDrafts(payFoldOf(...drafts), act).map(({ type }) => type);
    assert.deepEqual(types(), ["RunCancelled"]);
    assert.deepEqual(types(intended(one)), ["CancelRequested", "EffectAbandoned", "RunCancelled"]);
    assert.deepEqual(types(intended(one), ...toBoundary(two)), ["CancelRequested", "EffectAbandoned"]);
    assert.deepEqual(types(...toBoundary(one), cancelRequested), []);
    assert.deepEqual(types(intended(one), prepared(one), dispatched(one)), ["CancelRequested"]);
  });
});
