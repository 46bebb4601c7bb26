/** Opening the store that the configuration names. */
import { statSync } from "node:fs";
import type { Store } from "../kernel/store.ts";
import { failure } from "./failure.ts";
import type { StoreLocation } from "./store-location.ts";

/** Opens the store, and makes it where it is not there yet. @throws STORE_* */
export async function openStore(location: StoreLocation): Promise<Store> {
  const { openSqliteStore } = await import("../storages/sqlite/open.ts");
  return openSqliteStore({ path: location.path });
}

/** Opens the store only where there is one: looking makes nothing. @throws STORE_* */
export async function openExistingStore(location: StoreLocation): Promise<Store | undefined> {
  return isThere(location) ? openStore(location) : undefined;
}

/** @throws STORE_UNAVAILABLE when there is none; STORE_* */
export async function getStore(location: StoreLocation): Promise<Store> {
  const store = await openExistingStore(location);
  if (store === undefined)
    throw failure("STORE_UNAVAILABLE", `there is no store at ${location.path} yet: \`mfm run start\` makes it`, {
      path: location.path,
      source: location.source,
    });
  return store;
}

/** A folder or an unreadable path counts as there: opening it says what is wrong. */
export function isThere({ path }: StoreLocation): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
