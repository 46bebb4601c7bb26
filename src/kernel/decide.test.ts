/** The ordering law, the windows, timers, pauses and failures: everything `decide` promises. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { randomSpec } from "../../test/kernel/random-spec.ts";
import { audit, registry } from "../../test/kernel/samples.ts";
import { type Simulated, admitted, calm, refOf, simulate, simulatedRunId, startOfTime, stormy } from "../../test/kernel/simulate.ts";
import { nullArtifact } from "./artifacts.ts";
import { certify } from "./certify.ts";
import { formatInstant } from "./codecs.ts";
import { type Decision, childWindow, decide, window } from "./decide.ts";
import { type EventDraft, sealEvent } from "./events.ts";
import { Fold } from "./fold.ts";
import { planOp } from "./op.ts";
import type { Spec } from "./spec.ts";

const everyKind = randomSpec({ kinds: ["pure", "read", "wait", "signal", "child"], maxSteps: 12 });
const computing = randomSpec({ kinds: ["pure", "read"], maxSteps: 40 });
const seed = fc.integer({ min: 0, max: 2 ** 31 });

function typesStepsAndData({ events }: Simulated): unknown {
  return events.map(({ event }) => ({ type: event.type, data: event.data }));
}

/** A spec of steps that need nothing, of one kind. */
function wide(kind: "read" | "child", count: number): Spec {
  const [spec] = fc.sample(randomSpec({ kinds: [kind], maxSteps: 1 }), 1);
  const [step] = spec?.steps ?? [];
  if (spec === undefined || step === undefined) throw new Error("no sample");
  return { ...spec, steps: Array.from({ length: count }, (_, index) => ({ ...step, key: `step/${index}` })) };
}

function foldOf(spec: Spec, ...drafts: readonly EventDraft[]): Fold {
  const fold = new Fold(simulatedRunId, spec);
  for (const draft of [admitted, ...drafts]) fold.apply(sealEvent(draft, simulatedRunId, fold.head, formatInstant(startOfTime)));
  return fold;
}

function decided(fold: Fold, inFlight: readonly number[] = [], now: number = startOfTime): Decision {
  return decide(fold, new Set(inFlight), now, nullArtifact.ref);
}

function going(decision: Decision): Decision & { readonly kind: "continue" } {
  if (decision.kind !== "continue") throw new Error(`it is ${decision.kind}`);
  return decision;
}

function failed(step: string, attempt: number, advice: "safe" | "never", retryAt?: number): EventDraft {
  const retry = retryAt === undefined ? ({ kind: "no" } as const) : ({ kind: "at", at: formatInstant(retryAt) } as const);
  return { type: "StepFailed", data: { step, attempt, code: "NOT_NOW", advice, retry } };
}

function completed(step: string, attempt = 1): EventDraft {
  return { type: "StepCompleted", data: { step, attempt, output: refOf("value", step), facts: [] } };
}

describe("decide: laws over random specs", () => {
  it("random specs are specs that certify", () => {
    fc.assert(
      fc.property(everyKind, (spec) => {
        certify(spec, registry);
      }),
      { numRuns: 200 },
    );
  });

  it("without failures, signals, timers and children, the events do not depend on when answers arrive", () => {
    fc.assert(
      fc.property(computing, seed, seed, (spec, one, other) => {
        const [left, right] = [simulate(spec, one, calm), simulate(spec, other, calm)];
        assert.deepEqual(typesStepsAndData(left), typesStepsAndData(right));
        assert.equal(left.fold.run().status, "succeeded");
      }),
      { numRuns: 300 },
    );
  });

  it("every run ends when answers arrive, and is never woken in the past", () => {
    fc.assert(
      fc.property(everyKind, seed, (spec, luck) => {
        const { fold, events } = simulate(spec, luck, stormy);
        assert.equal(fold.ended, true);
        if (fold.phase.is === "succeeded") assert.equal(fold.done, spec.steps.length);
        assert.deepEqual(fold.head, { seq: events.length - 1, digest: events.at(-1)?.digest });
      }),
      { numRuns: 500 },
    );
  });

  it("no more than a window of steps is in flight, nor of children awaited, whatever lands when", () => {
    for (const luck of [1, 2, 3]) {
      assert.deepEqual(simulate(wide("read", 100), luck, stormy).peak, { flights: window, children: 0 });
      assert.deepEqual(simulate(wide("child", 50), luck, calm).peak, { flights: 0, children: childWindow });
    }
  });
});

describe("decide: order", () => {
  it("starts in author order, as many as the window has room for", () => {
    const fold = foldOf(wide("read", 20));
    assert.deepEqual(
      going(decided(fold)).start,
      Array.from({ length: 16 }, (_, index) => index),
    );
    assert.deepEqual(
      going(decided(fold, [0, 1, 2])).start,
      Array.from({ length: 13 }, (_, index) => index + 3),
    );
  });

  it("starts what a landing made room for, next in author order", () => {
    const fold = foldOf(wide("read", 20), completed("step/5"));
    const inFlight = Array.from({ length: 16 }, (_, index) => index).filter((index) => index !== 5);
    assert.deepEqual(going(decided(fold, inFlight)).start, [16]);
  });

  it("starts children in author order, as many as may be awaited", () => {
    const fold = foldOf(wide("child", 20));
    assert.deepEqual(
      going(decided(fold)).children,
      Array.from({ length: 16 }, (_, index) => index),
    );
  });

  it("succeeds once every step is done", () => {
    const fold = foldOf(wide("read", 2), completed("step/1"), completed("step/0"));
    assert.deepEqual(decided(fold), { kind: "succeed" });
  });
});

describe("decide: time", () => {
  const plan = planOp(audit, { account: "alice" }).spec;
  const untilPause: readonly EventDraft[] = [
    completed("balance"),
    { type: "TimerSet", data: { step: "pause", due: formatInstant(startOfTime + 30_000) } },
  ];

  it("sets a timer for as long as the spec says", () => {
    const { drafts } = going(decided(foldOf(plan, completed("balance")), [1]));
    assert.deepEqual(drafts, [untilPause[1]]);
  });

  it("wakes when a timer is due, and completes its step then with null", () => {
    const fold = foldOf(plan, ...untilPause);
    const early = going(decided(fold, [1], startOfTime + 29_999));
    assert.deepEqual([early.drafts, early.wakeAt], [[], startOfTime + 30_000]);
    const due = going(decided(fold, [1], startOfTime + 30_000));
    assert.deepEqual(due.drafts, [{ type: "StepCompleted", data: { step: "pause", attempt: 1, output: nullArtifact.ref, facts: [] } }]);
    assert.equal(due.wakeAt, null);
  });

  it("tries a failed step again when its time has come, not before", () => {
    const fold = foldOf(wide("read", 2), failed("step/0", 1, "safe", startOfTime + 1000));
    const early = going(decided(fold, [1], startOfTime + 999));
    assert.deepEqual([early.start, early.wakeAt], [[], startOfTime + 1000]);
    assert.deepEqual(going(decided(fold, [1], startOfTime + 1000)).start, [0]);
  });

  it("is not woken by the retry that is in flight already, or that has no room: a landing wakes it", () => {
    const fold = foldOf(wide("read", 20), failed("step/0", 1, "safe", startOfTime + 1000));
    assert.equal(going(decided(fold, [0], startOfTime + 5000)).wakeAt, null);
    const full = Array.from({ length: 16 }, (_, index) => index + 1);
    const decision = going(decided(fold, full, startOfTime + 5000));
    assert.deepEqual([decision.start, decision.wakeAt], [[], null]);
  });
});

describe("decide: failures", () => {
  it("fails the run at once when a step failed for good, though others are in flight", () => {
    const fold = foldOf(wide("read", 3), failed("step/1", 1, "never"));
    assert.deepEqual(decided(fold, [0, 2]), { kind: "stop", draft: { type: "RunFailed", data: { step: "step/1", code: "NOT_NOW" } } });
  });

  it("pauses when retries ran out, once nothing is in flight any more, and starts nothing new until then", () => {
    const fold = foldOf(wide("read", 30), failed("step/1", 1, "safe"));
    assert.deepEqual(decided(fold, [0, 2]), { kind: "continue", drafts: [], children: [], start: [], moves: [], wakeAt: null });
    assert.deepEqual(decided(fold), { kind: "stop", draft: { type: "RunPaused", data: { code: "RETRIES_EXHAUSTED", step: "step/1" } } });
  });

  it("a failure for good goes before a pause", () => {
    const fold = foldOf(wide("read", 3), failed("step/0", 1, "safe"), failed("step/1", 1, "never"));
    assert.deepEqual(decided(fold, [2]), { kind: "stop", draft: { type: "RunFailed", data: { step: "step/1", code: "NOT_NOW" } } });
  });

  it("rests while paused and after the end", () => {
    const paused = foldOf(wide("read", 1), failed("step/0", 1, "safe"), {
      type: "RunPaused",
      data: { code: "RETRIES_EXHAUSTED", step: "step/0" },
    });
    assert.deepEqual(decided(paused), { kind: "rest" });
    const act = { actor: "ann", reason: "enough" };
    assert.deepEqual(decided(foldOf(wide("read", 1), { type: "RunCancelled", data: act })), { kind: "rest" });
  });

  it("starts everything anew when a person resumes", () => {
    const act = { actor: "ann", reason: "the node is back" };
    const fold = foldOf(
      wide("read", 2),
      failed("step/0", 1, "safe"),
      { type: "RunPaused", data: { code: "RETRIES_EXHAUSTED", step: "step/0" } },
      { type: "RunResumed", data: act },
    );
    assert.deepEqual(going(decided(fold)).start, [0, 1]);
    assert.equal(fold.attempts(0), 0);
  });
});
