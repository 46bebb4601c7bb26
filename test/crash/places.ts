/** Where the stores of the crash tests are: files of a folder, or schemas of the tests' PostgreSQL. */
import { join } from "node:path";
import type { Store } from "../../src/kernel/store.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { openSqliteStore } from "../../src/storages/sqlite/open.ts";
import type { PostgresServer } from "../postgres/servers.ts";

/** A path, or the URL of a PostgreSQL store. */
export type Place = string;

/** A place for a store of its own, by name. */
export type NewPlace = (name: string) => Promise<Place>;

export const backends = ["SQLite", "PostgreSQL"] as const;
export type Backend = (typeof backends)[number];

/** Loads the code of PostgreSQL only where it is needed: there are many processes. */
export async function openPlace(place: Place): Promise<Store> {
  if (!place.startsWith("postgres:")) return openSqliteStore({ path: place });
  const { openPostgresStore } = await import("../../src/storages/postgres/open.ts");
  return openPostgresStore({ address: parsePostgresUrl(place) });
}

export function placesOf(
  backend: Backend,
  folder: string,
  server: PostgresServer | undefined,
): { readonly newPlace: NewPlace; readonly remove: () => Promise<void> } {
  if (backend === "SQLite") return { newPlace: async (name) => join(folder, `${name}.db`), remove: async () => undefined };
  const removals: (() => Promise<void>)[] = [];
  return {
    newPlace: async () => {
      // Loaded here: the processes of the tests open places and make none.
      const { scratchUrl } = await import("../postgres/schemas.ts");
      const { migratePostgresStore } = await import("../../src/storages/postgres/migrate.ts");
      const { url, remove } = await scratchUrl(server);
      removals.push(remove);
      await migratePostgresStore({ address: parsePostgresUrl(url) });
      return url;
    },
    remove: async () => {
      for (const remove of removals) await remove();
    },
  };
}
