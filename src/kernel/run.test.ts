/** The `Run` document at each point of a run's life. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  auditSpec,
  cancelled,
  childStarted,
  completed,
  exhausted,
  failedFor,
  failedRun,
  foldOf,
  resumed,
  signalled,
  timerSet,
  wholeWay,
} from "../../test/kernel/drafts.ts";
import { admitted, refOf, simulatedRunId, startOfTime } from "../../test/kernel/simulate.ts";
import { digestOf } from "./canonical.ts";
import { formatInstant } from "./codecs.ts";
import { type EventDraft, sealEvent } from "./events.ts";
import { Fold } from "./fold.ts";
import { runIdOf } from "./names.ts";
import { type Run, type WaitingFor, childWindow, hasEnded, runStatuses } from "./run.ts";
import type { Spec } from "./spec.ts";

const due = formatInstant(startOfTime + 30_000);
const childOf = (step: string): string => runIdOf(digestOf(step));
const untilChild = [
  completed("balance"),
  completed("twice"),
  signalled("bonus"),
  timerSet("pause"),
  completed("pause"),
  childStarted("child"),
];
const retry: EventDraft = failedFor("twice", { until: startOfTime + 30_000 });

describe("run document", () => {
  const cases: readonly (readonly [string, readonly EventDraft[], Run["status"], readonly WaitingFor[]])[] = [
    ["just admitted", [], "running", [{ kind: "signal", step: "bonus" }]],
    [
      "working while a signal is awaited",
      [completed("balance"), timerSet("pause")],
      "running",
      [
        { kind: "timer", step: "pause", until: due },
        { kind: "signal", step: "bonus" },
      ],
    ],
    [
      "only a signal is left to wait for",
      [...untilChild, completed("child", { child: true })].filter((draft) => draft.type !== "SignalReceived"),
      "waiting",
      [{ kind: "signal", step: "bonus" }],
    ],
    [
      "only a timer",
      [completed("balance"), completed("twice"), signalled("bonus"), timerSet("pause")],
      "waiting",
      [{ kind: "timer", step: "pause", until: due }],
    ],
    ["only a child", untilChild, "waiting", [{ kind: "child", step: "child", runId: childOf("child") }]],
    [
      "only a retry",
      [
        completed("balance"),
        retry,
        timerSet("pause"),
        completed("pause"),
        childStarted("child"),
        completed("child", { child: true }),
        signalled("bonus"),
      ],
      "waiting",
      [{ kind: "retry", step: "twice", until: due, code: "NOT_NOW" }],
    ],
    ["with every step done, before the run says so", wholeWay.slice(0, -1), "running", []],
    [
      "paused for a step",
      [failedFor("balance", "now"), exhausted("balance")],
      "paused",
      [{ kind: "resume", code: "RETRIES_EXHAUSTED", step: "balance" }],
    ],
    ["paused for no step", [{ type: "RunPaused", data: { code: "NO_PROGRESS" } }], "paused", [{ kind: "resume", code: "NO_PROGRESS" }]],
    ["resumed", [failedFor("balance", "now"), exhausted("balance"), resumed], "running", [{ kind: "signal", step: "bonus" }]],
    ["succeeded", wholeWay, "succeeded", []],
    ["failed", [failedFor("balance", "good"), failedRun("balance")], "failed", []],
    ["cancelled", [...untilChild, cancelled], "cancelled", []],
  ];
  for (const [name, drafts, status, waitingFor] of cases) {
    it(name, () => {
      const run = foldOf(...drafts).run();
      assert.deepEqual([run.status, run.waitingFor], [status, waitingFor]);
      assert.equal(run.entryPoint, auditSpec.op);
      assert.equal(run.head.seq, drafts.length);
      assert.equal(run.startedAt, formatInstant(startOfTime));
      assert.equal(run.updatedAt, formatInstant(startOfTime + drafts.length * 1000));
    });
  }

  it("counts done steps, names the output of success and the step of a failure", () => {
    assert.deepEqual(foldOf(completed("balance")).run().steps, { done: 1, total: 6 });
    const success = foldOf(...wholeWay).run();
    assert.deepEqual(
      [success.steps, success.outputs, success.failure],
      [{ done: 6, total: 6 }, { digest: refOf("output", "o").digest }, null],
    );
    const failure = foldOf(failedFor("balance", "good"), failedRun("balance")).run();
    assert.deepEqual([failure.outputs, failure.failure], [null, { step: "balance", code: "NOT_NOW" }]);
  });

  it("lists at most ten waits, and counts children that wait for their turn as waiting", () => {
    const count = childWindow + 4;
    const key = (index: number): string => `child/${index}`;
    const steps = Array.from(
      { length: count },
      (_, index) => ({ key: key(index), kind: "child", op: "a/b@1", config: { value: null }, after: [] }) as const,
    );
    const spec: Spec = { ...auditSpec, steps };
    const fold = new Fold(simulatedRunId, spec);
    const started: Run[] = [];
    for (const draft of [admitted, ...steps.slice(0, childWindow).map((step) => childStarted(step.key))]) {
      fold.apply(sealEvent(draft, simulatedRunId, fold.head, formatInstant(startOfTime)));
      started.push(fold.run());
    }
    assert.deepEqual(new Set(started.slice(0, -1).map((run) => run.status)), new Set(["running"]));
    const full = fold.run();
    assert.deepEqual([full.status, full.waitingFor.length], ["waiting", 10]);
  });

  it("ends are ends, and everything else goes on", () => {
    const ends = runStatuses.filter(hasEnded);
    assert.deepEqual(ends, ["succeeded", "failed", "compensated", "resolved", "cancelled"]);
  });
});
