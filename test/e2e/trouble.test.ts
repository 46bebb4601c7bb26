/** What goes wrong around a run: two drivers, code that is missing, a store from the future, a store that somebody changed. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DatabaseSync } from "@photostructure/sqlite";
import { Home, member, text } from "./mfm.ts";
import { trialFiles } from "./trial-ops.ts";

/** An op whose only step says that it is there, and stays until there is a file `open`. */
const gateOps = `
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defineCapability, defineOp, defineState, implement } from "mfm";
import * as z from "zod";
const gate = defineCapability({ id: "acme.trial/gate@1", kind: "read", methods: { pass: { response: z.int() } } });
export const keeper = implement(gate, {
  async pass(_request, { signal }) {
    console.log("at the gate");
    while (!existsSync(process.env.GATE ?? "")) await sleep(20, undefined, { signal });
    return 1;
  },
});
export const pass = defineState({
  id: "acme.trial/pass@1", effect: "read", needs: { gate }, output: z.strictObject({ passed: z.int() }),
  run: async ({ gate }) => ({ passed: await gate.pass() }),
});
export const passing = defineOp({ id: "acme.trial/passing@1", plan: (program) => ({ result: program.step("pass", pass, { timeLimit: "1h" }).output }) });
`;

/** Ops whose code is not all there. */
const unreadyOps = `
import { defineCapability, defineEffect, defineOp, defineState } from "mfm";
import * as z from "zod";
const nothing = z.strictObject({});
const methods = { get: { response: z.int() } };
const oracle = defineCapability({ id: "acme.trial/oracle@1", kind: "read", methods });
const purse = defineEffect({
  id: "acme.trial/purse@1", intent: nothing, envelope: nothing, evidence: nothing, settlement: nothing,
  covers: () => true, identify: () => "the only one", weigh: () => ({ kind: "unknown" }),
});
export const ask = defineState({ id: "acme.trial/ask@1", effect: "read", needs: { oracle }, output: nothing, run: () => ({}) });
export const pay = defineState({ id: "acme.trial/pay@1", effect: "write", needs: { purse }, output: nothing, intend: () => ({}), conclude: () => ({}) });
export const asking = defineOp({ id: "acme.trial/asking@1", plan: (program) => ({ result: program.step("ask", ask).output }) });
export const paying = defineOp({ id: "acme.trial/paying@1", plan: (program) => ({ result: program.step("pay", pay).output }) });
`;

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

describe("mfm: trouble", { concurrency: 2 }, () => {
  const home = new Home(
    {
      ...trialFiles,
      "unready.toml": '[ops]\nmodules = ["unready.ts"]\n',
      "unready.ts": unreadyOps,
      "gate.toml": '[ops]\nmodules = ["gate.ts"]\n',
      "gate.ts": gateOps,
    },
    "warm",
  );
  let runId = "";
  before(async () => {
    runId = text(await home.data(["run", "start", "mfm.proof/hello@1", "--store", "sqlite:hello.db"]), "run", "runId");
  });
  after(() => home.remove());

  it("lets one process drive a run: a second start is refused, a resume takes over", async () => {
    const place = ["--config-file", "gate.toml", "--store", "sqlite:gate.db"];
    const start = ["run", "start", "acme.trial/passing@1", "--key", "one", ...place];
    const first = home.start(start, { env: { GATE: "first" } });
    const [, driven = ""] = await first.says("err", /started (run:[0-9a-f]{64})/);
    await first.says("err", /at the gate/);
    const busy = await home.json(start);
    assert.deepEqual([busy.error.code, busy.code, text(busy.error.details, "runId")], ["RUN_BUSY", 1, driven]);
    const second = home.start(["run", "resume", driven, ...place], { env: { GATE: "second" } });
    // Both have the step now, and one of them the run: the other's answer is refused.
    await second.says("err", /at the gate/);
    home.write("first", "");
    const { code, out, err } = await first.ended;
    home.write("second", "");
    const resumed = await second.ended;
    assert.deepEqual([resumed.code, JSON.parse(resumed.out)], [0, { result: { passed: 1 } }]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /error RUN_TAKEN_OVER: another driver claimed run:/);
  });

  it("takes a signal once, also while nobody drives the run", async () => {
    const waiting = text(await home.data(["run", "start", "acme.trial/approval@1", "--detach"]), "run", "runId");
    const signal = ["run", "signal", waiting, "approve", "--set", "approved=false", "--reason", "no"];
    const { out } = await home.call(signal);
    assert.match(out, /^driven by +nobody now: a worker, or mfm run resume run:/m);
    const again = await home.json(signal);
    assert.deepEqual([again.error.code, again.code], ["SIGNAL_ALREADY_RECEIVED", 1]);
    assert.deepEqual(member(await home.data(["run", "resume", waiting]), "output"), { result: { said: false } });
  });

  it("refuses what this process cannot execute, before a run exists", async () => {
    const start = (op: string): string[] => ["run", "start", op, "--config-file", "unready.toml", "--store", "sqlite:unready.db"];
    const [asking, paying] = await Promise.all([home.json(start("acme.trial/asking@1")), home.json(start("acme.trial/paying@1"))]);
    assert.deepEqual([asking.error.code, asking.code], ["CAPABILITY_UNAVAILABLE", 3]);
    assert.deepEqual([paying.error.code, paying.code], ["CAPABILITY_UNAVAILABLE", 3]);
    const listed = await home.data(["run", "list", "--store", "sqlite:unready.db"]);
    assert.deepEqual(member(listed, "runs"), []);
  });

  it("leaves a store from the future as it is", async () => {
    await home.data(["store", "backup", "future.db", "--store", "sqlite:hello.db"]);
    change(home.path("future.db"), "pragma user_version = 999");
    const refused = await home.json(["run", "list", "--store", "sqlite:future.db"]);
    assert.deepEqual([refused.error.code, refused.code], ["STORE_NEWER", 3]);
  });

  it("sweeps: finds nothing where all is well, and puts right what somebody did to a row or made nobody look at", async () => {
    const store = ["--store", "sqlite:swept.db"];
    await home.data(["store", "backup", "swept.db", "--store", "sqlite:hello.db"]);
    const left = text(await home.data(["run", "start", "mfm.proof/hello@1", "--detach", ...store]), "run", "runId");
    const whole = await home.call(["store", "sweep", ...store]);
    assert.deepEqual([whole.code, whole.out], [0, `nothing to put right: 2 runs and 0 lanes in sqlite:${home.path("swept.db")}\n`]);
    change(home.path("swept.db"), `update runs set status = 'failed', run = replace(run, 'succeeded', 'failed') where run_id = '${runId}'`);
    change(home.path("swept.db"), `update runs set wake_at = null, poked_at = null, claimable_at = null where run_id = '${left}'`);
    assert.equal((await home.json(["store", "check", ...store])).error.code, "STORE_CORRUPT");
    const swept = await home.call(["store", "sweep", ...store]);
    assert.deepEqual(
      [swept.code, swept.out.split("\n").toSorted()],
      [
        0,
        [
          "",
          `  ${left}: nobody is told to look at it, and it has something to do`,
          `  ${runId}: its row is not what its stream says`,
          `2 put right: 2 runs and 0 lanes in sqlite:${home.path("swept.db")}`,
        ].toSorted(),
      ],
    );
    assert.equal((await home.json(["store", "check", ...store])).code, 0);
    assert.deepEqual(member(await home.data(["store", "sweep", ...store]), "found"), []);
    assert.equal(text(await home.data(["run", "status", runId, ...store]), "run", "status"), "succeeded");
  });

  it("finds what somebody changed behind its back", async () => {
    await home.data(["store", "backup", "changed.db", "--store", "sqlite:hello.db"]);
    const triggers = "select group_concat('drop trigger ' || name, ';') as sql from sqlite_master where type = 'trigger'";
    const database = new DatabaseSync(home.path("changed.db"));
    const drop = database.prepare(triggers).get() as { readonly sql: string };
    database.close();
    change(home.path("changed.db"), `${drop.sql}; update events set body = replace(body, '"attempt":1', '"attempt":2') where seq = 1`);
    const store = ["--store", "sqlite:changed.db"];
    const [status, replay, exported, checked] = await Promise.all([
      home.json(["run", "status", runId, ...store]),
      home.json(["run", "replay", runId, ...store]),
      home.json(["run", "export", runId, "--out", "changed.ndjson", ...store]),
      home.json(["store", "check", ...store]),
    ]);
    for (const { error, code } of [status, replay, exported])
      assert.deepEqual([error.code, code, text(error.details, "runId")], ["HISTORY_INVALID", 1, runId]);
    assert.deepEqual([checked.error.code, checked.code], ["STORE_CORRUPT", 1]);
    assert.match(checked.error.message, new RegExp(`${runId} event 1: its digest is not of its text`));
    assert.throws(() => home.read("changed.ndjson"), "no half of a bundle is left");
  });
});
