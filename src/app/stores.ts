/** Opening the store that the configuration names. */
import { statSync } from "node:fs";
import type { Store } from "../kernel/store.ts";
import { failure } from "./failure.ts";
import { type StoreLocation, nameStore } from "./store-location.ts";

/** Opens the store; a file is made where it is not there yet, a database is migrated by its operator. @throws STORE_* */
export async function openStore(location: StoreLocation): Promise<Store> {
  if (location.kind === "postgres") {
    const { openPostgresStore } = await import("../storages/postgres/open.ts");
    return openPostgresStore({ address: location.address });
  }
  return (await openFile(location.path)).store;
}

/** From this schema on a store keeps rows of effects and lanes beside its streams: a migration of an older one leaves them out. */
const schemaWithEffects = 2;

/** A file of an older schema is brought forward, and so are the rows that its schema did not have yet. @throws STORE_* */
export async function openFile(path: string): Promise<{ readonly store: Store; readonly from: number | null; readonly repaired: number }> {
  const { openSqliteStore } = await import("../storages/sqlite/open.ts");
  let from: number | null = null;
  const store = await openSqliteStore({ path, onMigrated: (schema) => void (from = schema) });
  try {
    return { store, from, repaired: needsRows(from) ? await fillRows(store) : 0 };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Of the schema that a store had before it was brought forward; null: it was not. */
export function needsRows(from: number | null): boolean {
  return from !== null && from < schemaWithEffects;
}

/** How many runs and lanes got rows. */
export async function fillRows(store: Store): Promise<number> {
  const { sweep } = await import("./sweep/sweep.ts");
  return (await sweep(store, "repair")).repaired;
}

/** Opens the store only where there is one: looking makes nothing. @throws STORE_* */
export async function openExistingStore(location: StoreLocation): Promise<Store | undefined> {
  return isThere(location) ? openStore(location) : undefined;
}

/** @throws STORE_UNAVAILABLE when there is none; STORE_* */
export async function getStore(location: StoreLocation): Promise<Store> {
  const store = await openExistingStore(location);
  if (store !== undefined) return store;
  const { source } = location;
  const path = nameStore(location);
  throw failure("STORE_UNAVAILABLE", `there is no store at ${path} yet: \`mfm run start\` makes it`, { path, source });
}

/** A database, a folder or an unreadable path counts as there: opening it says what is wrong. */
export function isThere(location: StoreLocation): boolean {
  if (location.kind === "postgres") return true;
  try {
    return statSync(location.path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
