/** PostgreSQL for measurements: on this machine, over a Unix socket, with its full durability. */
import type { Store } from "../src/kernel/store.ts";
import { parsePostgresUrl } from "../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../src/storages/postgres/migrate.ts";
import { openPostgresStore } from "../src/storages/postgres/open.ts";
import { LocalServer } from "../test/postgres/server.ts";

/** A server whose commits are on disk when they are acknowledged. */
export async function onServer<T>(work: (url: string) => Promise<T>): Promise<T> {
  const server = new LocalServer({ settings: ["fsync=on"] });
  try {
    await server.initialize();
    await server.start();
    return await work(server.url);
  } finally {
    await server.remove();
  }
}

/** With a store there, which is made. */
export async function withPostgresStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const address = parsePostgresUrl(url);
  await migratePostgresStore({ address });
  const store = await openPostgresStore({ address });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
