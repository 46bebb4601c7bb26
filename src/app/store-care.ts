/** Looking after a store: what is in it, whether it is whole, and a copy of it. */
import { resolve } from "node:path";
import type { Json } from "../kernel/json.ts";
import type { Problem, StoreInfo } from "../kernel/store.ts";
import { closing } from "./closing.ts";
import { readConfiguration } from "./configuration.ts";
import { countOf } from "./count.ts";
import { failure } from "./failure.ts";
import type { Place } from "./place.ts";
import type { StoreSource } from "./store-location.ts";
import { getStore } from "./stores.ts";

/** @throws STORE_UNAVAILABLE when there is no store; STORE_* */
export async function describeStore(place: Place): Promise<StoreInfo & { readonly source: StoreSource }> {
  const { store: location } = await readConfiguration(place);
  const store = await getStore(location);
  return closing(store, async () => ({ ...(await store.info()), source: location.source }));
}

export interface CheckedStore {
  readonly url: string;
  readonly runs: number;
  readonly events: number;
  readonly artifacts: number;
}

/** @throws STORE_CORRUPT with every problem found */
export async function checkStore(place: Place): Promise<CheckedStore> {
  const { store: location } = await readConfiguration(place);
  const store = await getStore(location);
  return closing(store, async () => {
    const problems = await store.check();
    if (problems.length > 0) throw damaged(location.path, problems);
    const { url, runs, events, artifacts } = await store.info();
    return { url, runs, events, artifacts };
  });
}

function damaged(path: string, problems: readonly Problem[]): Error {
  const shown = problems.slice(0, 10).map(({ where, what }) => `\n  ${where}: ${what}`);
  if (problems.length > shown.length) shown.push(`\n  and ${problems.length - shown.length} more`);
  const details = problems.map(({ where, what }): Json => ({ where, what }));
  return failure("STORE_CORRUPT", `${countOf(problems.length, "problem")} in ${path}:${shown.join("")}`, {
    path,
    problems: details,
  });
}

/** @throws BACKUP_REFUSED when the destination exists */
export async function backUpStore(place: Place, destination: string): Promise<{ readonly file: string; readonly url: string }> {
  const { store: location } = await readConfiguration(place);
  const store = await getStore(location);
  const file = resolve(place.folder, destination);
  return closing(store, async () => {
    await store.backup(file);
    return { file, url: `sqlite:${location.path}` };
  });
}
