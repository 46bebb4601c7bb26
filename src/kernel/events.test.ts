/** Events: their bytes, and that nothing but an event of a known format is read. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  act,
  cancelled,
  childStarted,
  completed,
  exhausted,
  failedFor,
  failedRun,
  resumed,
  sealAll,
  signalled,
  succeeded,
  timerSet,
} from "../../test/kernel/drafts.ts";
import { admitted, refOf, simulatedRunId, startOfTime } from "../../test/kernel/simulate.ts";
import {
  abandoned,
  ambiguous,
  cancelRequested,
  dispatched,
  intended,
  laneAcquired,
  observed,
  prepared,
  settled,
} from "../../test/kernel/writes.ts";
import { approved, decided } from "../../test/kernel/undo.ts";
import { digestOf, toCanonical } from "./canonical.ts";
import { formatInstant } from "./codecs.ts";
import { MfmError } from "./errors.ts";
import { type EventDraft, type EventType, endings, isEnding, readEvent, sealEvent } from "./events.ts";
import type { Json } from "./json.ts";

const fact = { need: "chain", method: "getBalance", request: digestOf("q"), occurrence: 0, fact: digestOf("f") };
const whys = [
  { kind: "failed", step: "check", code: "NOT_WELL" },
  { kind: "cancelled", ...act },
] as const;
const samples: { readonly [T in EventType]: readonly EventDraft[] } = {
  RunAdmitted: [admitted],
  StepCompleted: [completed("balance"), completed("twice", { attempt: 3, facts: [fact] }), completed("child", { child: true })],
  StepFailed: [failedFor("balance", "good"), failedFor("balance", "now"), failedFor("balance", { until: startOfTime }, 2)],
  TimerSet: [timerSet("pause")],
  SignalReceived: [signalled("bonus")],
  ChildStarted: [childStarted("child")],
  EffectIntended: [intended("pay/0"), { type: "EffectIntended", data: { ...intended("pay/0", 2).data, facts: [fact] } }],
  LaneAcquired: [laneAcquired("pay/0", 7), laneAcquired("pay/0", 9, { open: [7, 8], next: 7 })],
  LaneExplained: [{ type: "LaneExplained", data: { ...act, step: "pay/0", lane: "an account", next: 12 } }],
  EffectPrepared: [prepared("pay/0"), prepared("pay/0", 1)],
  CandidateRequested: [
    { type: "CandidateRequested", data: { ...act, step: "pay/0", role: "cancel" } },
    { type: "CandidateRequested", data: { ...act, step: "pay/0", role: "replacement", terms: refOf("value", "terms") } },
  ],
  EffectDispatched: [
    dispatched("pay/0"),
    { type: "EffectDispatched", data: { step: "pay/0", candidate: 0, seal: { identity: "0x12", seal: refOf("seal", "s") } } },
  ],
  EffectObserved: (["unknown", "accepted", "notFound", "stuck", "included", "removed"] as const).map((kind) => observed("pay/0", kind)),
  EffectSettled: (["success", "reverted", "cancelled", "superseded"] as const).map((kind) => settled("pay/0", kind)),
  EffectAmbiguous: [ambiguous("pay/0")],
  EffectAbandoned: [
    abandoned("pay/0", { kind: "refused", code: "POOR" }),
    abandoned("pay/0", { kind: "failed" }),
    abandoned("pay/0", { kind: "cancelled" }),
  ],
  ApprovalRecorded: [approved],
  CancelRequested: [cancelRequested],
  CompensationStarted: whys.map((why) => ({ type: "CompensationStarted", data: { why } })),
  ResolutionRecorded: [decided, { type: "ResolutionRecorded", data: { ...decided.data, evidence: digestOf("a letter") } }],
  RunPaused: [exhausted("balance"), { type: "RunPaused", data: { code: "NO_PROGRESS" } }],
  RunResumed: [resumed],
  RunSucceeded: [succeeded],
  RunFailed: [failedRun("balance")],
  RunCancelled: [cancelled],
  RunCompensated: whys.map((why) => ({ type: "RunCompensated", data: { why } })),
  RunResolved: whys.map((why) => ({ type: "RunResolved", data: { why } })),
};

type Mutable = { [name: string]: Json };

/** The stored text of an event, with members changed (undefined: taken out), by dotted path. */
function altered(draft: EventDraft, path: string, value: Json | undefined): string {
  const [sealed] = sealAll([draft]);
  const event = JSON.parse(sealed?.text ?? "") as Mutable;
  const names = path.split(".");
  let at = event;
  for (const name of names.slice(0, -1)) at = at[name] as Mutable;
  const last = names.at(-1) ?? "";
  if (value === undefined) delete at[last];
  else at[last] = value;
  return toCanonical(event);
}

function fieldOf(text: string): unknown {
  try {
    readEvent(text);
  } catch (error) {
    assert.ok(error instanceof MfmError && error.code === "HISTORY_INVALID", String(error));
    assert.equal(typeof error.details["reason"], "string");
    return error.details["field"];
  }
  return "none: it was read";
}

describe("events", () => {
  for (const [type, drafts] of Object.entries(samples)) {
    it(`${type}: what is read is what was sealed`, () => {
      for (const sealed of sealAll(drafts)) {
        assert.equal(sealed.digest, digestOf(sealed.text));
        assert.deepEqual(readEvent(sealed.text), sealed);
      }
    });
  }

  it("the bytes of an event are fixed", () => {
    const draft: EventDraft = { type: "StepCompleted", data: { step: "twice", attempt: 1, output: refOf("value", "1"), facts: [fact] } };
    const sealed = sealEvent(draft, simulatedRunId, { seq: 6, digest: digestOf("before") }, formatInstant(startOfTime));
    const output =
      '{"digest":"sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b","kind":"value","mediaType":"application/json"}';
    const use = `{"fact":"${fact.fact}","method":"getBalance","need":"chain","occurrence":0,"request":"${fact.request}"}`;
    const data = `{"attempt":1,"facts":[${use}],"output":${output},"step":"twice"}`;
    const envelope = `"format":"mfm-event/1","prev":"${digestOf("before")}","runId":"${simulatedRunId}","seq":7,"type":"StepCompleted"`;
    assert.equal(sealed.text, `{"at":"2026-01-01T00:00:00.000Z","data":${data},${envelope}}`);
    assert.equal(sealed.digest, "sha256:4eacdeda1375116f68a7295aec0c555b43a520f05e529fcedb8bab7d2b8dd6c7");
  });

  it("each names the digest of the one before, the first none, and seq counts from 0", () => {
    const sealed = sealAll(Object.values(samples).flat());
    for (const [index, { event }] of sealed.entries()) {
      assert.equal(event.seq, index);
      assert.equal(event.prev, sealed[index - 1]?.digest ?? null);
    }
  });

  it("exactly three types end a run", () => {
    assert.deepEqual(
      Object.keys(samples).filter((type) => isEnding(type as EventType)),
      [...endings],
    );
  });
});

describe("events: refused, with the field", () => {
  const table: readonly (readonly [string, EventDraft, string, Json | undefined, string])[] = [
    ["another format", resumed, "format", "mfm-event/2", "format"],
    ["no format", resumed, "format", undefined, "format"],
    ["an unknown member", resumed, "note", "hello", "note"],
    ["a run id of another length", resumed, "runId", "run:12", "runId"],
    ["a negative seq", resumed, "seq", -1, "seq"],
    ["a seq that is text", resumed, "seq", "0", "seq"],
    ["a prev that is no content address", resumed, "prev", "sha256:12", "prev"],
    ["no prev", resumed, "prev", undefined, "prev"],
    ["a prev of another kind", resumed, "prev", 0, "prev"],
    ["an unknown type", resumed, "type", "RunExploded", "type"],
    ["the name of what every object has", resumed, "type", "constructor", "type"],
    ["a time that is none", resumed, "at", "2026-02-30T00:00:00.000Z", "at"],
    ["a time without milliseconds", resumed, "at", "2026-02-01T00:00:00Z", "at"],
    ["no data", resumed, "data", undefined, "data"],
    ["data of another type", resumed, "data", [], "data"],
    ["an unknown member of the data", resumed, "data.note", "hello", "data.note"],
    ["a missing member of the data", resumed, "data.actor", undefined, "data.actor"],
    ["an empty actor", resumed, "data.actor", "", "data.actor"],
    ["a reason that is too long", resumed, "data.reason", "x".repeat(2001), "data.reason"],
    ["a digest that is none", completed("balance"), "data.output.digest", "sha256:12", "data.output.digest"],
    ["a kind that is none", completed("balance"), "data.output.kind", "secret", "data.output.kind"],
    ["attempt 0", completed("balance"), "data.attempt", 0, "data.attempt"],
    [
      "a fact without its occurrence",
      completed("twice", { facts: [fact] }),
      "data.facts.0.occurrence",
      undefined,
      "data.facts.0.occurrence",
    ],
    ["facts that are no list", completed("twice"), "data.facts", {}, "data.facts"],
    ["a retry of an unknown kind", failedFor("balance", "good"), "data.retry.kind", "maybe", "data.retry.kind"],
    ["a retry time where there is none", failedFor("balance", "good"), "data.retry.at", formatInstant(startOfTime), "data.retry.at"],
    ["advice that is none", failedFor("balance", "good"), "data.advice", "sometimes", "data.advice"],
  ];
  for (const [name, draft, path, value, field] of table) it(name, () => assert.equal(fieldOf(altered(draft, path, value)), field));

  it("what is no object at all", () => {
    for (const text of ["null", "[]", "1", '"event"']) assert.equal(fieldOf(text), "");
  });

  it("a text that is not canonical, with the byte", () => {
    const [sealed] = sealAll([resumed]);
    assert.throws(
      () => readEvent(`${sealed?.text ?? ""} `),
      (error) =>
        error instanceof MfmError && error.code === "NOT_CANONICAL" && error.details["byte"] === Buffer.byteLength(sealed?.text ?? ""),
    );
  });
});

describe("events: sealing refuses what could not be read again", () => {
  const bad: readonly (readonly [string, EventDraft])[] = [
    ["an empty reason", { type: "RunResumed", data: { ...act, reason: "" } }],
    ["an actor that is too long", { type: "RunCancelled", data: { ...act, actor: "x".repeat(201) } }],
    ["an unknown member", { type: "RunResumed", data: { ...act, password: "hunter2" } as never }],
    ["a failure code that is too long", { type: "RunFailed", data: { step: "balance", code: "X".repeat(65) } }],
    [
      "advice that is none",
      { type: "StepFailed", data: { step: "balance", attempt: 1, code: "X", advice: "sometimes" as never, retry: { kind: "no" } } },
    ],
  ];
  for (const [name, draft] of bad) it(name, () => assert.throws(() => sealAll([draft]), { code: "VALUE_INVALID" }));
});
