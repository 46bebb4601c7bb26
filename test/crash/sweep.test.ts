/** The crash sweep: SIGKILL at every named point of a run; another process resumes at once and ends as if nothing had happened. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { endOf, inPlaces, startProcess, traceOf, withRuntime } from "./harness.ts";
import { type NewPlace, backends } from "./places.ts";

const key = "sweep";
const work = { kind: "start", op: "test.crash/whole@1", config: { from: 3 }, key } as const;
/** Processes at once: the machine has two cores. */
const width = 3;

for (const backend of backends) {
  test(
    `crash sweep on ${backend}: killed at every point, a run ends with the same output, steps and a history that verifies`,
    { timeout: 180_000, concurrency: width },
    (context) => inPlaces(backend, undefined, (newPlace) => sweep(context, newPlace)),
  );
}

async function sweep(context: TestContext, newPlace: NewPlace): Promise<void> {
  const place = await newPlace("whole");
  const whole = await endOf(startProcess({ path: place, work, killAt: -1 }));
  assert.equal(whole.code, 0, whole.stderr);
  const moments = (JSON.parse(whole.stdout) as string[]).length;
  assert.ok(moments > 40, `only ${moments} points`);
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
      const [stored] = await store.listRuns({ limit: 1, entryPoint: work.op });
      const run =
        stored === undefined
          ? (await runtime.startUntyped(runtime.registry.op(work.op), work.config, { key })).run
          : await resume(runtime, stored.run);
      assert.deepEqual(await traceOf(runtime, run.runId), expected, `killed at point ${killAt}`);
    });
  };
  // Each point is a test of its own, so that whoever watches sees the sweep go on.
  await Promise.all(Array.from({ length: moments }, (_, killAt) => context.test(`killed at point ${killAt}`, () => killAndResume(killAt))));
}

async function resume(
  runtime: Parameters<Parameters<typeof withRuntime>[1]>[0],
  run: Awaited<ReturnType<typeof runtime.status>>,
): Promise<typeof run> {
  return run.status === "succeeded" ? run : runtime.resume(run.runId, { actor: "test", reason: "crashed" });
}
