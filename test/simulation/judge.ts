/** What must hold when a simulated world has ended: nothing was lost, everything verifies, and the results are those of an undisturbed world. */
import { isDeepStrictEqual } from "node:util";
import { sweep } from "../../src/app/sweep/sweep.ts";
import { type Run, hasEnded } from "../../src/kernel/run.ts";
import { loadFold } from "../../src/kernel/runtime/history.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { readHistory } from "../../src/kernel/verify/history.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import { compareBooks } from "./books.ts";
import { definitions } from "./ops.ts";
import type { Witnessed } from "./witness.ts";
import type { World } from "./world.ts";

/** Codes with which steps of the simulation may fail; anything else was not the step's fault. */
const stepCodes = new Set([
  "CAPABILITY_ANSWER_INVALID",
  "CAPABILITY_FAILED",
  "CHILD_FAILED",
  "EFFECT_REVERTED",
  "NOT_NOW",
  "REFUSED",
  "STEP_RESULT_INVALID",
  "STEP_THREW",
  "STEP_TIME_LIMIT",
  "UNPREPARED",
  "VALUE_INVALID",
]);

export async function judge(world: World, expected: ReadonlyMap<string, Run>): Promise<void> {
  const { witness, store, started } = world;
  const listed = await store.listRuns({ limit: 10_000 });
  if (listed.length !== witness.runs.size) witness.violate(`the store lists ${listed.length} runs, ${witness.runs.size} were admitted`);
  for (const [index, runId] of started)
    if (!witness.runs.has(runId)) witness.violate(`the start of root ${index} was acknowledged, and ${runId} does not exist`);
  const registry = new Registry(definitions);
  for (const known of witness.runs.values()) {
    await judgeRun(world, known, registry);
    judgeChildren(world, known);
    judgeEnd(world, known, expected);
  }
  for (const { where, what } of (await sweep(store, "look")).found) witness.violate(`${where}: ${what}`);
  for (const wrong of compareBooks(witness.runs, world.till)) witness.violate(wrong);
}

async function judgeRun({ witness, store }: World, { runId, events, fold }: Witnessed, registry: Registry): Promise<void> {
  const written = await store.readEvents(runId, 0, 100_000);
  if (
    !isDeepStrictEqual(
      written.map(({ text }) => text),
      events.map(({ text }) => text),
    )
  )
    witness.violate(`${runId}: the stream is not what was acknowledged`);
  const run = fold.run();
  for (const trustSnapshot of [true, false]) {
    const loaded = (await loadFold(store, runId, { trustSnapshot })).run();
    if (!isDeepStrictEqual(loaded, run))
      witness.violate(
        `${runId}: loaded ${trustSnapshot ? "from a snapshot" : "as a whole"} it is ${JSON.stringify(loaded)} instead of ${JSON.stringify(run)}`,
      );
  }
  const report = await verifyHistory(await readHistory(store, runId), registry, { head: run.head.digest });
  if (report.result !== "verified") witness.violate(`${runId} is ${report.result}, not verified`);
  const completed = new Set<string>();
  for (const { event } of events) {
    if (event.type === "StepFailed" && !stepCodes.has(event.data.code))
      witness.violate(`${runId}: step ${event.data.step} failed with ${event.data.code}`);
    if (event.type === "StepFailed" || event.type === "StepCompleted") {
      const { step } = event.data;
      if (completed.has(step)) witness.violate(`${runId}: ${event.type} of ${step}, which was completed before`);
      if (event.type === "StepCompleted") completed.add(step);
    }
    if (event.type === "StepCompleted") {
      const questions = event.data.facts.map(({ need, method, request, occurrence }) => `${need} ${method} ${request} ${occurrence}`);
      if (new Set(questions).size < questions.length) witness.violate(`${runId}: a fact of ${event.data.step} was recorded twice`);
    }
  }
}

/** A run that ended has no child that goes on, and took in what its children ended with. */
function judgeChildren({ witness }: World, { runId, fold, events }: Witnessed): void {
  for (const other of witness.runs.values()) {
    if (other.parent === runId && fold.ended && !other.fold.ended)
      witness.violate(`${runId} ended (${fold.run().status}), but its child ${other.runId} is ${other.fold.run().status}`);
  }
  const children = new Map<string, string>();
  for (const { event } of events) {
    if (event.type === "ChildStarted") children.set(event.data.step, event.data.runId);
    const child = event.type === "StepCompleted" || event.type === "StepFailed" ? children.get(event.data.step) : undefined;
    if (child === undefined) continue;
    const run = [...witness.runs.values()].find((other) => other.runId === child)?.fold.run();
    const right =
      event.type === "StepCompleted"
        ? run?.status === "succeeded" && run.head.digest === event.data.child?.digest
        : run !== undefined && hasEnded(run.status) && run.status !== "succeeded";
    if (!right) witness.violate(`${runId} took ${event.type} from ${child}, which is ${run?.status}`);
  }
}

function judgeEnd(world: World, { runId, parent, fold }: Witnessed, expected: ReadonlyMap<string, Run>): void {
  const { witness } = world;
  const right = expected.get(runId);
  const run = fold.run();
  if (right === undefined || !hasEnded(right.status)) return;
  const sameOutput = right.outputs?.digest === run.outputs?.digest;
  // A child is cancelled when its parent fails first, here or there.
  if (run.status === "succeeded" && right.status !== "cancelled" && !sameOutput)
    witness.violate(`${runId} succeeded with another output than undisturbed (${right.status})`);
  if (parent !== null) return;
  if (right.status === "succeeded" && run.status !== "succeeded" && isLeftAlone(world, runId))
    witness.violate(`${runId} is ${JSON.stringify(run)}, and undisturbed it succeeds`);
  if (right.status === "failed" && run.status !== "failed" && run.status !== "paused" && isLeftAlone(world, runId))
    witness.violate(`${runId} is ${run.status}, and undisturbed it fails`);
}

/** Whether nobody cancelled, gave up or kept waiting this run, its parents or its children. */
function isLeftAlone({ witness, operator }: World, runId: string): boolean {
  const parentOf = (id: string | null): Witnessed | undefined => [...witness.runs.values()].find((run) => run.runId === id);
  const treeOf = (id: string): string => {
    const parent = parentOf(parentOf(id)?.parent ?? null);
    return parent === undefined ? id : treeOf(parent.runId);
  };
  const tree = [...witness.runs.values()].filter((run) => treeOf(run.runId) === treeOf(runId));
  return tree.every(({ runId: id, fold }) => {
    if (operator.cancelled.has(id)) return false;
    if (fold.phase.is === "paused") return fold.phase.code !== "NO_PROGRESS" && !operator.withholdsResume(id);
    return fold.ended || fold.stepsThat("open").every((index) => fold.stepAt(index).kind !== "signal");
  });
}
