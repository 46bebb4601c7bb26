/** The suite against a server that was started outside of it, as `MFM_TEST_POSTGRES_URL` names one. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { administer } from "./schemas.ts";
import type { PostgresServer } from "./servers.ts";

const runner = fileURLToPath(new URL("../run.js", import.meta.url));

/** Runs the test files whose paths contain one of these texts: they pass, over that server, and leave nothing behind. */
export async function runSuiteOn(server: PostgresServer, ...paths: readonly string[]): Promise<void> {
  const database = "named";
  await administer(server.url, `create database ${database}`);
  const url = server.url.replace(/\/[^/?]*\?/, `/${database}?`);
  const before = await commitsOf(url, database);
  const env = { ...process.env, MFM_TEST_POSTGRES_URL: url };
  const child = spawn(process.execPath, [runner, ...paths], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0, said);
  assert.match(said, /ℹ tests [1-9]\d*, .*fail 0, .*skipped 0/);
  const [left] = await administer(url, "select nspname from pg_namespace where nspname like 'test_%'");
  assert.deepEqual(left?.rows, []);
  const [roles] = await administer(url, "select rolname from pg_roles where rolname like 'mfm_test_%'");
  assert.deepEqual(roles?.rows, []);
  assert.ok((await commitsOf(url, database)) > before + 100, "the tests went elsewhere");
}

async function commitsOf(url: string, database: string): Promise<number> {
  const [, found] = await administer(
    url,
    "select pg_stat_force_next_flush() where current_setting('server_version_num')::int >= 150000",
    `select xact_commit::int as commits from pg_stat_database where datname = '${database}'`,
  );
  return (found?.rows as readonly { readonly commits: number }[] | undefined)?.[0]?.commits ?? 0;
}
