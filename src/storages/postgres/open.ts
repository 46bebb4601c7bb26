/** Opening a store on a server: recognized before it is used, and never altered. */
import type { Store } from "../../kernel/store.ts";
import type { PostgresAddress } from "./address.ts";
import { type TimeLimits, defaultLimits } from "./connection.ts";
import { Database } from "./database.ts";
import { storeFailure } from "./failure.ts";
import { type SchemaState, assertMigrated, schemaStateText } from "./migrate.ts";
import { PostgresStore } from "./store.ts";

export interface PostgresOptions {
  readonly address: PostgresAddress;
  /** Unix milliseconds. Default: the server's clock, which all processes share. */
  readonly clock?: () => number;
  /** How long to wait for a server that is being restarted or replaced, in milliseconds. Default: 30,000. */
  readonly patienceMs?: number;
  readonly limits?: TimeLimits;
}

const defaultPatienceMs = 30_000;

/**
 * Opens the store at an address.
 * @throws STORE_NOT_MIGRATED when there is none, an older one, or one restored from another server's dump
 * @throws STORE_NEWER when a later version of MFM migrated it
 * @throws STORE_UNAVAILABLE, STORE_DENIED
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { address, clock } = options;
  const database = await Database.open({
    address,
    patienceMs: options.patienceMs ?? defaultPatienceMs,
    limits: options.limits ?? defaultLimits,
  });
  try {
    const [state] = await database.read<SchemaState & { [name: string]: unknown }>("state", schemaStateText, []);
    const { scope, version } = assertMigrated(address, state);
    return new PostgresStore({ address, database, scope, version, clock });
  } catch (error) {
    await database.close();
    throw storeFailure(error, address.shown, "no");
  }
}
