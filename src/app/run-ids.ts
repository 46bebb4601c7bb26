/** Run ids as people type them: shortened to what is unique in the store. */
import { type RunId, isRunId } from "../kernel/names.ts";
import type { Store } from "../kernel/store.ts";
import { failure } from "./failure.ts";

const candidatesShown = 10;

/** @throws RUN_UNKNOWN when no run begins like this; RUN_AMBIGUOUS naming the candidates */
export async function resolveRunId(store: Store, given: string): Promise<RunId> {
  const digits = given.trim().toLowerCase().replace(/^run:/, "");
  const prefix = `run:${digits}`;
  if (isRunId(prefix)) {
    if ((await store.readRun(prefix)) !== undefined) return prefix;
    throw failure("RUN_UNKNOWN", `no run ${prefix} in this store`, { given });
  }
  if (!/^[0-9a-f]{1,64}$/.test(digits))
    throw failure("RUN_UNKNOWN", `${JSON.stringify(given)} is no run id: run: and hexadecimal digits, or the first few of them`, { given });
  const found = await store.listRuns({ prefix, limit: candidatesShown + 1 });
  const [first, second] = found;
  if (first === undefined) throw failure("RUN_UNKNOWN", `no run begins with ${prefix}`, { given });
  if (second === undefined) return first.run.runId;
  const candidates = found
    .slice(0, candidatesShown)
    .map(({ run }) => ({ runId: run.runId, entryPoint: run.entryPoint, status: run.status, startedAt: run.startedAt }));
  const more = found.length > candidatesShown;
  const words = candidates.map((candidate) => candidate.runId).join(", ");
  throw failure(
    "RUN_AMBIGUOUS",
    `${prefix} begins ${more ? `more than ${candidatesShown}` : candidates.length} runs: ${words}${more ? ", ..." : ""}`,
    { given, candidates, more },
  );
}
