/** Whether a key was used for an op before: then its run goes on. */
import { deriveRunId, digestInvocationKey } from "../../kernel/identity.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import { closing } from "../closing.ts";
import { readConfiguration } from "../configuration.ts";
import type { Place } from "../place.ts";
import { openExistingStore } from "../stores.ts";

/** Undefined where there is none, or no store yet. */
export async function findRunOfKey(place: Place, entryPoint: DefinitionId, key: string): Promise<RunId | undefined> {
  const store = await openExistingStore((await readConfiguration(place)).store);
  if (store === undefined) return undefined;
  return closing(store, async () => {
    const runId = deriveRunId(store.scope, entryPoint, digestInvocationKey(key));
    return (await store.readRun(runId)) === undefined ? undefined : runId;
  });
}
