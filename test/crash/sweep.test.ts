/** The crash sweep: SIGKILL at every named point of a run; another process resumes at once and ends as if nothing had happened. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { endOf, inFolder, startProcess, traceOf, withRuntime } from "./harness.ts";

const key = "sweep";
const work = { kind: "start", op: "test.crash/whole@1", config: { from: 3 }, key } as const;
/** Processes at once: the machine has two cores. */
const width = 3;

test(
  "crash sweep: killed at every point, a run ends with the same output, steps and a history that verifies",
  { timeout: 180_000 },
  async () => {
    await inFolder(async (folder) => {
      const whole = await endOf(startProcess({ path: join(folder, "whole.db"), work, killAt: -1 }));
      assert.equal(whole.code, 0, whole.stderr);
      const moments = (JSON.parse(whole.stdout) as string[]).length;
      assert.ok(moments > 40, `only ${moments} points`);
      const expected = await withRuntime(join(folder, "whole.db"), async (runtime) => {
        const attached = await runtime.startUntyped(runtime.registry.op(work.op), work.config, { key });
        assert.equal(attached.kind, "succeeded");
        return traceOf(runtime, attached.run.runId);
      });
      let next = 0;
      const sweep = async (): Promise<void> => {
        while (next < moments) {
          const killAt = next++;
          const path = join(folder, `${killAt}.db`);
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
        }
      };
      await Promise.all(Array.from({ length: width }, sweep));
    });
  },
);

async function resume(
  runtime: Parameters<Parameters<typeof withRuntime>[1]>[0],
  run: Awaited<ReturnType<typeof runtime.status>>,
): Promise<typeof run> {
  return run.status === "succeeded" ? run : runtime.resume(run.runId, { actor: "test", reason: "crashed" });
}
