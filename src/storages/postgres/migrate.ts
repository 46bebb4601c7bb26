/** Recognizing a schema, and bringing it up to date: an act of an operator, never of a worker. */
import type { Client } from "pg";
import { MfmError } from "../../kernel/errors.ts";
import { newScope } from "../scope.ts";
import type { PostgresAddress } from "./address.ts";
import { whileClosed } from "./closed.ts";
import { withClient } from "./connection.ts";
import { storeFailure } from "./failure.ts";
import { grantsTo, migrations } from "./schema.ts";

export interface MigrationRequest {
  readonly address: PostgresAddress;
  /** A role that exists and is to work with the store; it gets the rights that it needs and no more. */
  readonly grantTo?: string;
  readonly steps?: readonly string[];
  /** The identity of a store that is made: that of the one it becomes a copy of. Default: a random one. */
  readonly scope?: string;
}

export interface Migration {
  readonly url: string;
  /** Null: there was no store. */
  readonly from: number | null;
  readonly to: number;
  /** Whether the store came from another server, as a dump, and its order of events goes on in a new epoch. */
  readonly restored: boolean;
}

/** What a store's own row says, and whether events in it are from transactions that this server has not had yet. */
export interface SchemaState {
  readonly version: number;
  readonly scope: string;
  readonly restored: boolean;
}

export const schemaStateText = `
select m.version, m.scope, coalesce(
  (select e.epoch = m.epoch and e.tx >= pg_snapshot_xmax(pg_current_snapshot()) from events e order by e.epoch desc, e.tx desc limit 1), false
) as restored from meta m`;

/** The oldest release that this is made for. */
const oldestServer = 140_000;

/**
 * Makes the store, or brings it to the newest schema, in one transaction; of several at once, one does it and the others find it done.
 * @throws STORE_NEWER when a later version of MFM migrated it; STORE_CORRUPT when the schema is another application's
 * @throws STORE_UNAVAILABLE, STORE_DENIED
 */
export async function migratePostgresStore(request: MigrationRequest): Promise<Migration> {
  const { address, grantTo, steps = migrations, scope = newScope() } = request;
  try {
    return await withClient(address, "care", async (client) => {
      await assertServer(client, address);
      // Two numbers: ours, and the schema's. Held until the connection ends.
      await client.query("select pg_advisory_lock(1835429169, hashtext($1))", [address.schema]);
      const from = await versionOf(client, address);
      const migrate = async (): Promise<Migration> => {
        await client.query("begin");
        const migration = await migrateLocked(client, address, { from, steps, scope });
        if (grantTo !== undefined) await client.query(grantsTo(quoted(grantTo), quoted(address.schema)));
        await client.query("commit");
        return migration;
      };
      return from === null || from >= steps.length ? migrate() : whileClosed(client, migrate);
    });
  } catch (error) {
    throw storeFailure(error, address.shown, "no");
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function migrateLocked(
  client: Client,
  address: PostgresAddress,
  { from, steps, scope }: { readonly from: number | null; readonly steps: readonly string[]; readonly scope: string },
): Promise<Migration> {
  if (from !== null && from > steps.length) throw newer(address, from, steps.length);
  if (from === null) await client.query(`create schema if not exists ${quoted(address.schema)}`);
  for (const step of steps.slice(from ?? 0)) await client.query(step);
  // Whatever the steps made, those of the new version are let in.
  await client.query("select assert_version($1)", [steps.length]);
  if (from === null) await client.query("insert into meta (version, scope) values (0, $1)", [scope]);
  await client.query("update meta set version = $1", [steps.length]);
  const restored = (await readState(client))?.restored === true;
  if (restored) await beginEpoch(client);
  return { url: address.shown, from, to: steps.length, restored };
}

/** Null: there is nothing in the schema, or no schema. @throws STORE_CORRUPT when there is something else */
async function versionOf(client: Client, address: PostgresAddress): Promise<number | null> {
  const { rows } = await client.query<{ name: string }>(
    "select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind in ('r', 'v', 'm', 'S', 'p')",
    [address.schema],
  );
  if (rows.length === 0) return null;
  const names = new Set(rows.map(({ name }) => name));
  if (["meta", "runs", "events"].every((name) => names.has(name)))
    return (await client.query<{ version: number }>("select version from meta")).rows[0]?.version ?? 0;
  throw new MfmError(
    "STORE_CORRUPT",
    `the schema ${address.schema} holds tables of something else: ${address.shown}; name another with ?schema=NAME`,
    {
      url: address.shown,
      schema: address.schema,
    },
  );
}

async function beginEpoch(client: Client): Promise<void> {
  const { rows } = await client.query<{ epoch: number }>("update meta set epoch = epoch + 1 returning epoch");
  await client.query(`alter table events alter column epoch set default ${Number(rows[0]?.epoch)}`);
}

async function readState(client: Client): Promise<SchemaState | undefined> {
  return (await client.query<SchemaState>(schemaStateText)).rows[0];
}

async function assertServer(client: Client, address: PostgresAddress): Promise<void> {
  const { rows } = await client.query<{ version: number; encoding: string }>(
    "select current_setting('server_version_num')::integer as version, current_setting('server_encoding') as encoding",
  );
  const { version = 0, encoding = "" } = rows[0] ?? {};
  if (version >= oldestServer && encoding === "UTF8") return;
  const found = version >= oldestServer ? `its encoding is ${encoding}` : `it is version ${Math.floor(version / 10_000)}`;
  throw new MfmError("STORE_UNAVAILABLE", `MFM needs PostgreSQL 14 or later and a database in UTF8, and ${found}: ${address.shown}`, {
    url: address.shown,
    version,
    encoding,
  });
}

/** What a worker checks before it uses the store, which it never alters. @throws STORE_NOT_MIGRATED, STORE_NEWER */
export function assertMigrated(address: PostgresAddress, state: SchemaState | undefined): SchemaState {
  const newest = migrations.length;
  const refuse = (words: string): MfmError =>
    new MfmError("STORE_NOT_MIGRATED", `${words}: ${address.shown}`, { url: address.shown, schema: state?.version ?? null, newest });
  if (state === undefined) throw refuse("there is no store of MFM in this schema");
  if (state.version > newest) throw newer(address, state.version, newest);
  if (state.version < newest) throw refuse(`the store has schema ${state.version}, and this version of MFM works with ${newest}`);
  if (state.restored) throw refuse("the store was restored from another server's dump, and its order of events is to be continued here");
  return state;
}

function newer(address: PostgresAddress, version: number, newest: number): MfmError {
  return new MfmError("STORE_NEWER", `${address.shown} has schema ${version}; this version of MFM knows schemas up to ${newest}`, {
    url: address.shown,
    schema: version,
    newest,
  });
}
