/** The command on PostgreSQL: the operator's steps, and a password that is never shown, whatever goes wrong. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Home, member, text } from "../e2e/mfm.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { administer, loginAs, scratchUrl } from "./schemas.ts";
import { sharedServer } from "./servers.ts";

const canary = "canary-5b81c0";

describe("mfm on PostgreSQL", () => {
  const role = `mfm_test_${randomBytes(6).toString("hex")}`;
  const home = new Home({}, "warm");
  let [ofOwner, ofWorker, remove] = ["", "", async (): Promise<void> => undefined];
  const asOwner = (): { env: { MFM_STORE_URL: string } } => ({ env: { MFM_STORE_URL: ofOwner } });
  const asWorker = (): { env: { MFM_STORE_URL: string } } => ({ env: { MFM_STORE_URL: ofWorker } });

  before(async () => {
    const { url } = await sharedServer();
    await administer(url, `create role ${role} login password '${canary}'`);
    ({ url: ofOwner, remove } = await scratchUrl());
    ofWorker = loginAs(ofOwner, role, canary);
    const early = await home.json(["run", "start", "mfm.proof/hello@1"], asOwner());
    assert.deepEqual([early.error.code, early.code], ["STORE_NOT_MIGRATED", 3]);
    const migrated = await home.json(["store", "migrate", "--grant", role], asOwner());
    assert.deepEqual([migrated.code, migrated.data["from"], migrated.data["grantedTo"]], [0, null, role]);
  });
  after(async () => {
    await remove();
    const { url } = await sharedServer();
    await administer(url, `drop owned by ${role}`, `drop role ${role}`);
    home.remove();
  });

  it("starts, lists, replays and exports as a role with the rights that it needs, and verifies without the store", async () => {
    const started = await home.json(["run", "start", "mfm.proof/hello@1", "--key", "one"], asWorker());
    assert.equal(text(started.data, "run", "status"), "succeeded");
    const runId = text(started.data, "run", "runId");
    const attached = await home.json(["run", "start", "mfm.proof/hello@1", "--key", "one"], asWorker());
    assert.equal(text(attached.data, "run", "runId"), runId);
    const listed = await home.json(["run", "list"], asWorker());
    assert.ok((member(listed.data, "runs") as { runId: string }[]).some((run) => run.runId === runId));
    assert.equal((await home.json(["run", "replay", runId], asWorker())).code, 0);
    assert.equal((await home.json(["run", "export", runId, "--out", "one.ndjson"], asWorker())).code, 0);
    assert.equal((await home.json(["verify", "one.ndjson"])).code, 0);
    assert.equal((await home.json(["store", "check"], asWorker())).code, 0);
    assert.equal((await home.json(["doctor"], asWorker())).code, 0);
    const backup = await home.json(["store", "backup", "copy"], asWorker());
    assert.deepEqual([backup.error.code, backup.code], ["BACKUP_REFUSED", 2]);
  });

  it("sweeps as a worker's role: finds nothing where all is well, and puts right what somebody did to rows", async () => {
    const { data } = await home.json(["run", "start", "mfm.proof/hello@1", "--key", "swept"], asWorker());
    const runId = text(data, "run", "runId");
    const whole = await home.json(["store", "sweep"], asWorker());
    assert.deepEqual([whole.code, whole.data["found"], whole.data["repaired"]], [0, [], 0]);
    const { url } = await sharedServer();
    const { schema } = parsePostgresUrl(ofOwner);
    const damage = `update ${schema}.runs set status = 'failed', run = replace(run, 'succeeded', 'failed') where run_id = '${runId}'`;
    await administer(url, damage);
    const swept = await home.json(["store", "sweep"], asWorker());
    assert.deepEqual(swept.data["found"], [{ where: runId, what: "its row is not what its stream says" }]);
    assert.deepEqual([swept.code, swept.data["repaired"]], [0, 1]);
    assert.equal((await home.json(["store", "check"], asWorker())).code, 0);
  });

  it("drives what another process left, and gives it back on SIGTERM", async () => {
    const worker = home.start(["worker", "--concurrency", "2"], asWorker());
    await worker.says("err", /drives runs of/);
    const { data } = await home.json(["run", "start", "mfm.proof/hello@1", "--key", "two", "--detach"], asWorker());
    await worker.says("err", new RegExp(`${text(data, "run", "runId").slice(0, 16)}.*succeeded`));
    worker.child.kill("SIGTERM");
    assert.equal((await worker.ended).code, 143);
  });

  const [tracing, forPrograms] = [
    ["--log-level", "trace"],
    ["--output-format", "json"],
  ] as const;
  const calls = [
    [...tracing, "store", "info"],
    [...forPrograms, "run", "list"],
    [...tracing, "worker"],
    [...forPrograms, "store", "migrate"],
    [...forPrograms, "doctor"],
  ];
  const places: readonly (readonly [string, string, (url: string) => string])[] = [
    ["has another password", "STORE_DENIED", (url) => url.replace(canary, `${canary}%20wrong`)],
    ["has none although the server asks for one", "STORE_DENIED", (url) => url.replace(`:${canary}`, "")],
    ["names a database that is not there", "STORE_UNAVAILABLE", (url) => url.replace(/\/[^/?]*\?/, "/nowhere?")],
    ["names a server that is not there", "STORE_UNAVAILABLE", (url) => url.replace(/host=[^&]*/, "host=%2Fnowhere")],
    ["has a parameter too many", "STORE_URL_INVALID", (url) => `${url}&sslmode=never`],
    ["is not one", "STORE_URL_INVALID", (url) => url.replace("@", ":@[")],
  ];
  for (const [name, reason, breaking] of places) {
    it(`shows no password where the URL ${name}`, async () => {
      const url = breaking(ofWorker);
      for (const call of calls) {
        const { out, err, code } = await home.call([...call, "--store", url]);
        assert.ok(!`${out}${err}`.includes(canary), `${call.join(" ")}: ${out}${err}`);
        assert.notEqual(code, 0, call.join(" "));
        if (!call.includes("doctor")) assert.match(err, new RegExp(reason), call.join(" "));
      }
    });
  }

  it("shows no password where all is well", async () => {
    home.write("mfm.toml", '[store]\nurl = { env = "TREASURY" }\n');
    for (const call of [
      [...tracing, "store", "info"],
      [...forPrograms, "doctor"],
    ]) {
      const { out, err, code } = await home.call(call, { env: { TREASURY: ofWorker } });
      assert.equal(code, 0, err);
      assert.ok(!`${out}${err}`.includes(canary), `${out}${err}`);
    }
  });

  it("copies the store to a file, when nobody drives runs any more", async () => {
    assert.deepEqual((await home.json(["worker", "list"], asWorker())).data, { drivers: [] });
    const { code, data } = await home.json(["store", "copy", ofWorker, "sqlite:copy.db"]);
    assert.deepEqual([code, data["runs"]], [0, 3]);
    const { data: listed } = await home.json(["run", "list", "--store", "sqlite:copy.db"]);
    assert.equal((await home.json(["run", "replay", text(listed, "runs", 0, "runId"), "--store", "sqlite:copy.db"])).code, 0);
  });
});
