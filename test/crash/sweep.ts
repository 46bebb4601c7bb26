/** The crash sweep: SIGKILL at a named point of a run; another process resumes at once and ends as if nothing had happened. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { sweep as sweepStore } from "../../src/app/sweep/sweep.ts";
import { endOf, inPlaces, startProcess, traceOf, withRuntime } from "./harness.ts";
import type { Backend, NewPlace } from "./places.ts";

const key = "sweep";
const work = { kind: "start", op: "test.crash/whole@1", config: { from: 3 }, key } as const;
/** Processes at once: the machine has two cores. */
export const width = 3;

/** Which points of a run are killed at, of all by name. */
export type Choose = (names: readonly string[]) => readonly number[];

/** Kills at every point that is chosen, each in a test of its own, so that whoever watches sees the sweep go on. */
export function sweep(context: TestContext, backend: Backend, choose: Choose): Promise<void> {
  return inPlaces(backend, undefined, (newPlace) => sweepPlaces(context, newPlace, choose));
}

async function sweepPlaces(context: TestContext, newPlace: NewPlace, choose: Choose): Promise<void> {
  const place = await newPlace("whole");
  const whole = await endOf(startProcess({ path: place, work, killAt: -1 }));
  assert.equal(whole.code, 0, whole.stderr);
  const names = JSON.parse(whole.stdout) as readonly string[];
  assert.ok(names.length > 40, `only ${names.length} points`);
  const expected = await withRuntime(place, async (runtime) => {
    const attached = await runtime.startUntyped(runtime.registry.op(work.op), work.config, { key });
    assert.equal(attached.kind, "succeeded");
    return traceOf(runtime, attached.run.runId);
  });
  const killAndResume = async (killAt: number): Promise<void> => {
    const path = await newPlace(`${killAt}`);
    const killed = await endOf(startProcess({ path, work, killAt }));
    // Retries and polls vary the number of points a little: a run may be over before the last of them.
    if (killed.code !== 0) assert.equal(killed.signal, "SIGKILL", killed.stderr);
    await withRuntime(path, async (runtime, store) => {
      assert.deepEqual((await sweepStore(store, "look")).found, [], `killed at point ${killAt}`);
      const [stored] = await store.listRuns({ limit: 1, entryPoint: work.op });
      const run =
        stored === undefined
          ? (await runtime.startUntyped(runtime.registry.op(work.op), work.config, { key })).run
          : await resume(runtime, stored.run);
      assert.deepEqual(await traceOf(runtime, run.runId), expected, `killed at point ${killAt}`);
    });
  };
  await Promise.all(choose(names).map((point) => context.test(`killed at point ${point}, ${names[point]}`, () => killAndResume(point))));
}

async function resume(
  runtime: Parameters<Parameters<typeof withRuntime>[1]>[0],
  run: Awaited<ReturnType<typeof runtime.status>>,
): Promise<typeof run> {
  return run.status === "succeeded" ? run : runtime.resume(run.runId, { actor: "test", reason: "crashed" });
}
