/** Looking after a store: what is in it, whether it is whole, a copy of it, its schema. */
import { resolve } from "node:path";
import type { Json } from "../kernel/json.ts";
import type { Problem, StoreInfo } from "../kernel/store.ts";
import { closing } from "./closing.ts";
import { readConfiguration } from "./configuration.ts";
import { countOf } from "./count.ts";
import { failure, usage } from "./failure.ts";
import type { Place } from "./place.ts";
import { type StoreSource, nameStore, showStore } from "./store-location.ts";
import { fillRows, getStore, needsRows, openFile, openStore } from "./stores.ts";
import { type Swept, sweep } from "./sweep/sweep.ts";

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
    if (problems.length > 0) throw damaged(nameStore(location), problems);
    const { found } = await sweep(store, "look");
    if (found.length > 0) throw damaged(nameStore(location), found);
    const { url, runs, events, artifacts } = await store.info();
    return { url, runs, events, artifacts };
  });
}

export interface SweptStore extends Swept {
  readonly url: string;
}

/** Computes what the store keeps beside its streams again, and puts right what differs. @throws STORE_* */
export async function sweepStore(place: Place): Promise<SweptStore> {
  const { store: location } = await readConfiguration(place);
  const store = await getStore(location);
  return closing(store, async () => ({ url: showStore(location), ...(await sweep(store, "repair")) }));
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

/** @throws BACKUP_REFUSED when the destination exists, or the store is not a file */
export async function backUpStore(place: Place, destination: string): Promise<{ readonly file: string; readonly url: string }> {
  const { store: location } = await readConfiguration(place);
  const store = await getStore(location);
  const file = resolve(place.folder, destination);
  return closing(store, async () => {
    await store.backup(file);
    return { file, url: showStore(location) };
  });
}

export interface MigratedStore {
  readonly url: string;
  readonly schema: number;
  /** The schema that was found; null where there was no store, and for a file that is up to date. */
  readonly from: number | null;
  /** Runs and lanes whose rows the older schema did not have, and that were made from the histories. */
  readonly repaired: number;
  /** The role that may use the store now. */
  readonly grantedTo: string | null;
}

/** Makes the store or brings its tables up to date. @throws STORE_NEWER, STORE_DENIED, STORE_*; USAGE for a role where there are none */
export async function migrateStore(place: Place, role: string | undefined): Promise<MigratedStore> {
  const { store: location } = await readConfiguration(place);
  if (location.kind === "sqlite") {
    if (role !== undefined) throw usage("a file has no roles: whoever may write it may use it");
    const { store, from, repaired } = await openFile(location.path);
    return closing(store, async () => ({
      url: showStore(location),
      schema: (await store.info()).schema,
      from,
      repaired,
      grantedTo: null,
    }));
  }
  const { migratePostgresStore } = await import("../storages/postgres/migrate.ts");
  const { from, to } = await migratePostgresStore({ address: location.address, ...(role === undefined ? {} : { grantTo: role }) });
  const repaired = needsRows(from) ? await openStore(location).then((store) => closing(store, () => fillRows(store))) : 0;
  return { url: showStore(location), schema: to, from, repaired, grantedTo: role ?? null };
}
