/** What both databases do for each operation, and the table of it in docs/operating.md. */
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { openPostgresStore } from "../../src/storages/postgres/open.ts";
import { FaultyDriver } from "../../src/storages/sqlite/faults.test.support.ts";
import { openScratch, withConnection } from "../../src/storages/sqlite/scratch.test.support.ts";
import { administer, scratchUrl } from "../postgres/schemas.ts";
import { fill, operations } from "./operations.ts";

/** Of each operation, the indexes that are used; and the tables that are read from end to end, in brackets. */
export type Plans = ReadonlyMap<string, readonly string[]>;

/** The table of a page, which begins with this heading. */
export const heading = "| operation | PostgreSQL | SQLite |";

export function tableOf(postgres: Plans, sqlite: Plans): string {
  const show = (plan: readonly string[] = []): string => plan.map((name) => `\`${name}\``).join(", ");
  const rows = operations.map(({ name }) => `| ${name} | ${show(postgres.get(name))} | ${show(sqlite.get(name))} |`);
  return [heading, "| --- | --- | --- |", ...rows, ""].join("\n");
}

/** By PostgreSQL's own counters. */
export async function postgresPlans(): Promise<Plans> {
  const { url, remove } = await scratchUrl();
  const { schema } = parsePostgresUrl(url);
  await migratePostgresStore({ address: parsePostgresUrl(url) });
  const connected = async (work: (store: Awaited<ReturnType<typeof openPostgresStore>>) => Promise<unknown>): Promise<void> => {
    const store = await openPostgresStore({ address: parsePostgresUrl(`${url}&application_name=${schema}`) });
    await work(store);
    await store.close();
    // A connection's counts are there when it has ended.
    const ask = `select from pg_stat_activity where application_name = '${schema}'`;
    for (let left = 1; left > 0;) left = (await administer(url, ask))[0]?.rowCount ?? 0;
  };
  const counts = async (): Promise<ReadonlyMap<string, number>> => {
    const [indexes, tables] = await administer(
      url,
      `select indexrelname as name, idx_scan::int as scans from pg_stat_user_indexes where schemaname = '${schema}'`,
      `select '[' || relname || ']' as name, seq_scan::int as scans from pg_stat_user_tables where schemaname = '${schema}' and relname <> 'meta'`,
    );
    const rows = [indexes, tables].flatMap((found) => (found?.rows ?? []) as readonly { readonly name: string; readonly scans: number }[]);
    return new Map(rows.map(({ name, scans }) => [name, scans]));
  };
  await connected(fill);
  // What opening the store looks at is no part of what is done with it.
  const beforeOpening = await counts();
  await connected(async () => undefined);
  const opening = new Map([...(await counts())].map(([name, scans]) => [name, scans - (beforeOpening.get(name) ?? 0)]));
  const found = new Map<string, readonly string[]>();
  for (const { name, prepare, work } of operations) {
    if (prepare !== undefined) await connected(prepare);
    const before = await counts();
    await connected(work);
    const used = [...(await counts())]
      .filter(([index, scans]) => scans > (before.get(index) ?? 0) + (opening.get(index) ?? 0))
      .map(([index]) => index);
    found.set(name, used.toSorted());
  }
  await remove();
  return found;
}

/** By what SQLite explains. */
export async function sqlitePlans(): Promise<Plans> {
  const driver = new FaultyDriver();
  const { store, path, close } = await openScratch({ driver });
  await fill(store);
  const found = new Map<string, readonly string[]>();
  for (const { name, prepare, work } of operations) {
    if (prepare !== undefined) await prepare(store);
    driver.statements.length = 0;
    await work(store);
    const statements = driver.statements.filter((sql) => /^(select|insert|update|delete)/.test(sql));
    const used = withConnection(path, (session) =>
      statements.flatMap((sql) => session.all<{ readonly detail: string }>(`explain query plan ${sql}`).map(({ detail }) => detail)),
    );
    const indexes = used.flatMap((detail) => {
      const [, table = "", index] =
        /^(?:SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?INDEX (\w+)| USING INTEGER PRIMARY KEY)?/.exec(detail) ?? [];
      return table === "" || table === "json_each" || table === "meta"
        ? []
        : [index ?? (detail.startsWith("SCAN") ? `[${table}]` : `${table} by its key`)];
    });
    found.set(name, [...new Set(indexes)].toSorted());
  }
  await close();
  return found;
}
