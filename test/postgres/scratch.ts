/** A store in a schema of its own on the tests' server. */
import assert from "node:assert/strict";
import type { Store } from "../../src/kernel/store.ts";
import { scratchUrl } from "./schemas.ts";
import { type PostgresAddress, parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { type PostgresOptions, openPostgresStore } from "../../src/storages/postgres/open.ts";

export interface Scratch {
  readonly url: string;
  readonly address: PostgresAddress;
  readonly store: Store;
  readonly reopen: () => Promise<Store>;
  /** Closes the store, which must be sound, and removes the schema. */
  readonly close: () => Promise<void>;
  /** Closes a store that is not sound, and removes the schema. */
  readonly discard: () => Promise<void>;
}

export async function openScratch(options: Omit<PostgresOptions, "address"> = {}): Promise<Scratch> {
  const { url, remove } = await scratchUrl();
  const address = parsePostgresUrl(url);
  await migratePostgresStore({ address });
  let store = await openPostgresStore({ ...options, address });
  const discard = async (): Promise<void> => {
    await store.close();
    await remove();
  };
  return {
    url,
    address,
    store,
    reopen: async () => {
      await store.close();
      store = await openPostgresStore({ ...options, address });
      return store;
    },
    close: async () => {
      assert.deepEqual(await store.check(), []);
      await discard();
    },
    discard,
  };
}
