import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { openScratch } from "../../../test/postgres/scratch.ts";
import { sharedServer } from "../../../test/postgres/servers.ts";
import { admissionOf } from "../../testing/store/streams.ts";

test("an event is not shown in the order of commits while an older transaction could still come before it", async () => {
  const { store, address, discard } = await openScratch();
  const { url } = await sharedServer();
  const other = new Client({ connectionString: url });
  await other.connect();
  await other.query(`set search_path = ${address.schema}`);
  const late = admissionOf("late");
  await store.append(admissionOf("first"));
  for (let shown = 0; shown === 0;) shown = (await store.readCommits(null, 10)).events.length;

  await other.query("begin");
  await other.query("select pg_current_xact_id()");
  await store.append(late);
  assert.equal((await store.readRun(late.runId))?.run.head.seq, 0);
  const before = await store.readCommits(null, 10);
  assert.equal(before.events.length, 1);
  // It writes what comes before, although it commits after.
  await other.query(
    "insert into events (run_no, seq, digest, body) select run_no, 1, sha256('earlier'), 'earlier' from runs where run_id = $1",
    [before.events[0]?.runId],
  );
  await other.query("commit");
  const after: string[] = [];
  for (let at = before.next; after.length < 2;) {
    const page = await store.readCommits(at, 10);
    after.push(...page.events.map(({ text }) => text));
    at = page.next;
  }
  assert.deepEqual(after, ["earlier", late.events[0]?.text]);
  await other.end();
  assert.notDeepEqual(await store.check(), [], "the check finds the event that nobody appended");
  await discard();
});
