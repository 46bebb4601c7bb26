import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { administer, loginAs } from "../../../test/postgres/schemas.ts";
import { type Scratch, openScratch } from "../../../test/postgres/scratch.ts";
import { sharedServer } from "../../../test/postgres/servers.ts";
import { admissionOf, nextOf } from "../../testing/store/streams.ts";
import { parsePostgresUrl } from "./address.ts";
import { migratePostgresStore } from "./migrate.ts";
import { openPostgresStore } from "./open.ts";

const appendOnly = "MF001";
const notAllowed = "42501";

const changes = {
  "update an event": "update events set body = 'x' where seq = 0",
  "update nothing of an event": "update events set seq = seq where false",
  "delete an event": "delete from events",
  "truncate the events": "truncate events",
  "upsert an event":
    "insert into events (run_no, seq, digest, body) select run_no, seq, digest, 'x' from events on conflict (run_no, seq) do update set body = 'x'",
  "merge an event away": "merge into events e using runs r on e.run_no = r.run_no when matched then delete",
  "update an artifact": "update artifacts set body = ''",
  "delete an artifact": "delete from artifacts",
  "truncate the artifacts": "truncate artifacts",
  "upsert an artifact": "insert into artifacts select digest, '' from artifacts on conflict (digest) do update set body = ''",
  "delete a run": "delete from runs",
  "truncate the runs": "truncate runs cascade",
  "rename a run": "update runs set run_id = 'run:x'",
  "give a run another spec": "update runs set spec_ref = ''",
} as const;

/** What a role with all rights could do first; the one that works with the store cannot even try. */
const tampering = {
  "take a trigger away": "drop trigger events_change on events",
  "switch a trigger off": "alter table events disable trigger events_change",
  "fire no triggers": "set session_replication_role = replica",
  "replace the function that refuses":
    "create or replace function refuse() returns trigger language plpgsql as $$ begin return new; end $$",
  "drop a table": "drop table events cascade",
  "make a table of its own there": "create table other (a int)",
  "change who the store is": "update meta set scope = 'x'",
} as const;

const newRole = (): string => `mfm_test_${randomBytes(6).toString("hex")}`;

describe("the database refuses to", () => {
  let scratch: Scratch;
  let url = "";
  const worker = newRole();

  before(async () => {
    ({ url } = await sharedServer());
    scratch = await openScratch();
    const admission = admissionOf("a");
    await scratch.store.append(admission);
    await scratch.store.append(nextOf(admission.run));
    await administer(url, `create role ${worker}`);
    await migratePostgresStore({ address: scratch.address, grantTo: worker });
  });
  after(async () => {
    await scratch.close();
    await administer(url, `drop owned by ${worker}`, `drop role ${worker}`);
  });

  const path = (): string => `set search_path = ${scratch.address.schema}`;
  const dump = async (): Promise<unknown> => {
    const results = await administer(url, path(), "select * from events", "select * from artifacts", "select * from runs");
    return results.map(({ rows }) => rows as unknown[]);
  };
  const refused = async (code: string, ...statements: readonly string[]): Promise<void> => {
    const held = await dump();
    await assert.rejects(administer(url, path(), ...statements), { code });
    assert.deepEqual(await dump(), held);
  };

  for (const [name, sql] of Object.entries(changes)) {
    test(`${name}, for the owner`, () => refused(appendOnly, sql));
    test(`${name}, for the owner who fires no ordinary triggers`, () => refused(appendOnly, "set session_replication_role = replica", sql));
    test(`${name}, for the role that works with the store`, () => refused(notAllowed, `set role ${worker}`, sql));
  }
  for (const [name, sql] of Object.entries(tampering)) {
    test(`${name}, for the role that works with the store`, () => refused(notAllowed, `set role ${worker}`, sql));
  }
});

test("the role that works with the store may do all that the store does", async () => {
  const { url } = await sharedServer();
  const role = newRole();
  const { address, url: ofOwner, close } = await openScratch();
  await administer(url, `create role ${role} login password 'secret'`);
  await migratePostgresStore({ address, grantTo: role });
  const store = await openPostgresStore({ address: parsePostgresUrl(loginAs(ofOwner, role, "secret")) });
  const me = { owner: "me", milliseconds: 1000 };
  const admission = admissionOf("a", { lease: me });
  const admitted = await store.append(admission);
  const lease = admitted.kind === "appended" ? admitted.lease : null;
  assert.ok(lease !== null);
  const next = nextOf(admission.run, { fence: 1 });
  assert.equal((await store.append(next)).kind, "appended");
  assert.deepEqual(await store.heartbeat([lease], 1000), [admission.runId]);
  await store.release(lease, 0);
  assert.equal((await store.claimNext({ ...me, entryPoints: [next.run.entryPoint], exceptSpecs: [] })).length, 1);
  assert.equal((await store.claim(admission.runId, { ...me, takeOver: true })).kind, "claimed");
  const snapshot = next.artifacts[0] ?? assert.fail();
  for (const _time of ["first", "again"]) await store.writeSnapshot(admission.runId, next.run.head, snapshot);
  assert.deepEqual((await store.readSnapshot(admission.runId))?.head, next.run.head);
  assert.deepEqual(await store.check(), []);
  await store.close();
  await close();
  await administer(url, `drop owned by ${role}`, `drop role ${role}`);
});
