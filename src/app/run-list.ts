/** The runs of a store, without the code that folds or drives one: lists and completion are quick. */
import { type Run, runStatuses } from "../kernel/run.ts";
import type { RunFilter } from "../kernel/store.ts";
import { closing } from "./closing.ts";
import { readConfiguration } from "./configuration.ts";
import { usage } from "./failure.ts";
import type { Place } from "./place.ts";
import { openExistingStore } from "./stores.ts";

export interface RunQuery {
  readonly status: string | undefined;
  readonly entryPoint: string | undefined;
  readonly limit: number;
}

/** @throws USAGE when there is no such status */
export function filterOf({ status, entryPoint, limit }: RunQuery): RunFilter {
  const known = runStatuses.find((name) => name === status);
  if (status !== undefined && known === undefined) throw usage(`there is no status ${JSON.stringify(status)}: ${runStatuses.join(", ")}`);
  return { limit, ...(known === undefined ? {} : { status: known }), ...(entryPoint === undefined ? {} : { entryPoint }) };
}

/** Newest first; none where there is no store yet. */
export async function listRuns(place: Place, query: RunQuery): Promise<readonly Run[]> {
  const filter = filterOf(query);
  const store = await openExistingStore((await readConfiguration(place)).store);
  return store === undefined ? [] : closing(store, async () => (await store.listRuns(filter)).map(({ run }) => run));
}
