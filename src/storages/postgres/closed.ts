/**
 * A store that is closed while it is migrated. The functions that write look at their version first, and at the tables then: one that had
 * passed the first and waited for the second would go on, with what it knows of the old tables, in the new ones. So nobody may begin any more,
 * and those that have begun are waited for.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";
import { raised } from "./failure.ts";

/** Longer than a statement of a worker may take. */
const longestWaitMs = 40_000;
const pauseMs = 20;

const close = `
create or replace function assert_version(p_version integer) returns void language plpgsql as $$
begin
  raise exception 'the store is being migrated' using errcode = '${raised.otherSchema}';
end
$$`;

/** Transactions of people and programs in this database, the server's own left out. */
const under = `
select l.virtualtransaction as id from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'virtualxid' and a.datname = current_database() and a.usename is not null and l.pid <> pg_backend_pid()`;

/** `work` makes the functions anew; where it fails, it is undone, and the store is open again as it was. */
export async function whileClosed<T>(client: Client, work: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<{ readonly open: string }>(
    "select pg_get_functiondef('assert_version(integer)'::regprocedure) as open",
  );
  await client.query(close);
  try {
    await untilNobodyIsWithin(client);
    return await work();
  } catch (error) {
    await client.query("rollback");
    await client.query(rows[0]?.open ?? "");
    throw error;
  }
}

async function untilNobodyIsWithin(client: Client): Promise<void> {
  const ids = async (): Promise<readonly string[]> => (await client.query<{ readonly id: string }>(under)).rows.map(({ id }) => id);
  const within = new Set(await ids());
  for (const since = performance.now(); performance.now() - since < longestWaitMs; await pause(pauseMs)) {
    if (!(await ids()).some((id) => within.has(id))) return;
  }
}
