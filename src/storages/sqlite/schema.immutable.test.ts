import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { admissionOf, nextOf } from "../../testing/store/streams.ts";
import { type Scratch, openScratch, withConnection } from "./scratch.test.support.ts";

/** Each is tried on a connection as any program would open it, and with the pragmas of this backend. */
const refused = {
  "update an event": "update events set body = 'x' where seq = 0",
  "update nothing of an event": "update events set seq = seq",
  "delete an event": "delete from events",
  "replace an event by its place": "insert or replace into events (run_no, seq, digest, body) values (1, 0, x'00', 'x')",
  "replace an event by its order": "insert or replace into events (commit_order, run_no, seq, digest, body) values (1, 1, 99, x'00', 'x')",
  "replace events by REPLACE INTO": "replace into events select * from events",
  "move an event over another": "update or replace events set seq = 0 where seq = 1",
  "upsert an event":
    "insert into events (run_no, seq, digest, body) values (1, 0, x'00', 'x') on conflict (run_no, seq) do update set body = 'x'",
  "update an artifact": "update artifacts set body = x'00'",
  "delete an artifact": "delete from artifacts where artifact_no = 1",
  "replace an artifact by its digest": "insert or replace into artifacts (digest, body) select digest, x'00' from artifacts",
  "replace an artifact by its number": "insert or replace into artifacts (artifact_no, digest, body) values (1, x'00', x'00')",
  "upsert an artifact":
    "insert into artifacts (digest, body) select digest, x'00' from artifacts where true on conflict (digest) do update set body = excluded.body",
  "delete a run": "delete from runs",
  "rename a run": "update runs set run_id = 'run:x'",
  "give a run another spec": "update runs set spec_ref = x'00'",
  "replace a run": "insert or replace into runs select * from runs",
} as const;

describe("the database refuses to", () => {
  let scratch: Scratch;

  before(async () => {
    scratch = await openScratch();
    const admission = admissionOf("a");
    await scratch.store.append(admission);
    await scratch.store.append(nextOf(admission.run));
  });
  after(() => scratch.close());

  for (const [name, sql] of Object.entries(refused)) {
    for (const [how, pragmas] of [
      ["with a plain connection", ""],
      ["with this backend's settings", "pragma recursive_triggers = 1; pragma foreign_keys = 1"],
      [
        "with foreign keys and triggers as loose as they get",
        "pragma recursive_triggers = 0; pragma foreign_keys = 0; pragma ignore_check_constraints = 1",
      ],
    ] as const) {
      test(`${name}, ${how}`, () => {
        withConnection(scratch.path, (session) => {
          if (pragmas !== "") session.exec(pragmas);
          const dump = (): unknown => [
            session.all("select * from events"),
            session.all("select * from artifacts"),
            session.all("select * from runs"),
          ];
          const held = dump();
          assert.throws(() => session.exec(sql), /append-only|admitted once|never removed/);
          assert.deepEqual(dump(), held);
        });
      });
    }
  }
});
