/** A store in a schema that nobody else uses meanwhile, on the tests' server. */
import assert from "node:assert/strict";
import { after } from "node:test";
import type { Store } from "../../src/kernel/store.ts";
import { type ScratchUrl, administer, scratchUrl } from "./schemas.ts";
import { sharedServer } from "./servers.ts";
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
  return openIn(await newSchema(), options);
}

/** As `openScratch`, in a schema that another test had before, for tests that leave it as it was made: to empty one costs less than to make one. */
export async function openEmptied(options: Omit<PostgresOptions, "address"> = {}): Promise<Scratch> {
  const schema = idle.pop() ?? (await newSchema());
  const remove = async (): Promise<void> => {
    await administer((await sharedServer()).url, emptying(parsePostgresUrl(schema.url).schema));
    idle.push(schema);
  };
  return openIn({ ...schema, remove }, options);
}

const idle: ScratchUrl[] = [];
after(async () => {
  for (const { remove } of idle) await remove();
});

async function newSchema(): Promise<ScratchUrl> {
  const schema = await scratchUrl();
  await migratePostgresStore({ address: parsePostgresUrl(schema.url) });
  return schema;
}

/** All that a store holds but what says which it is, by its owner: nobody else may. */
function emptying(schema: string): string {
  const refusing = `select tgrelid::regclass as at, tgname as name from pg_trigger join pg_class c on c.oid = tgrelid
    where c.relnamespace = '${schema}'::regnamespace and tgenabled = 'A'`;
  return `do $$ declare
    refusing constant jsonb := (select jsonb_agg(t) from (${refusing}) t);
    t record;
  begin
    for t in select * from jsonb_to_recordset(refusing) as t(at text, name text) loop execute format('alter table %s disable trigger %I', t.at, t.name); end loop;
    execute (select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ') || ' restart identity'
      from pg_tables where schemaname = '${schema}' and tablename <> 'meta');
    for t in select * from jsonb_to_recordset(refusing) as t(at text, name text) loop execute format('alter table %s enable always trigger %I', t.at, t.name); end loop;
  end $$`;
}

async function openIn({ url, remove }: ScratchUrl, options: Omit<PostgresOptions, "address">): Promise<Scratch> {
  const address = parsePostgresUrl(url);
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
