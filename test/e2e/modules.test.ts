/** Ops of a user's own: TypeScript named in mfm.toml, found from a folder below; their code in verification; help, completion, doctor. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Home, member, text } from "./mfm.ts";
import { trialFiles } from "./trial-ops.ts";

const binary = fileURLToPath(new URL("../../../bin/mfm.js", import.meta.url));

describe("mfm: ops of one's own", () => {
  const own = {
    ...trialFiles,
    "below/here/.keep": "",
    "again.toml": '[ops]\nmodules = ["ops/trial.ts", "ops/more.ts"]\n',
    "ops/more.ts": 'export * from "./trial.ts";\nexport { hello } from "mfm";\n',
  };
  const home = new Home(own, "warm");
  const cold = new Home();
  after(() => [home, cold].map((one) => one.remove()));

  it("lists, describes and plans them; planning opens no store and what a module prints stays off stdout", async () => {
    const ops = member(await home.data(["ops", "list"]), "ops") as unknown[];
    assert.deepEqual(ops.map((op) => [member(op, "id"), member(op, "module") !== null]).slice(-6), [
      ["acme.trial/throwing@1", true],
      ["mfm.evm/call@1", false],
      ["mfm.evm/contract-lifecycle@1", false],
      ["mfm.evm/transfer@1", false],
      ["mfm.portfolio/snapshot@1", false],
      ["mfm.proof/hello@1", false],
    ]);
    const described = await home.call(["ops", "describe", "acme.trial/naps@1"]);
    assert.match(described.out, /^ {2}count +an integer \(1 to 100\)$/m);
    const plan = ["plan", "acme.trial/naps@1", "--set", "count=2", "--set", "ms=1"];
    const [shown, data] = await Promise.all([home.call(plan, { folder: home.path("below/here") }), home.json(plan)]);
    assert.match(
      shown.out,
      /^acme\.trial\/naps@1 {2}2 steps\n└─ nap\n {3}├─ 0 {2}read +acme\.trial\/nap@1\n {3}└─ 1 {2}read +acme\.trial\/nap@1 {2}after nap\/0\n/,
    );
    assert.match(shown.err, /^planning naps\n$/);
    assert.ok(shown.out.includes(text(data.data, "specRef")));
    const doctor = await home.data(["doctor", "--store", "sqlite:none.db"]);
    assert.match(text(doctor, "checks", 2, "found"), /none\.db \(from the flag\): not there yet/);
  });

  it("takes a definition that two modules share as one", async () => {
    const ops = member(await home.data(["ops", "list", "--config-file", "again.toml"]), "ops") as unknown[];
    assert.equal(ops.length, 11);
  });

  it("verifies their runs with their code only: a bundle never makes code load", async () => {
    const started = await home.data(["run", "start", "acme.trial/naps@1", "--set", "count=2", "--set", "ms=1"]);
    const runId = text(started, "run", "runId");
    assert.equal(member(await home.data(["run", "replay", runId]), "result"), "verified");
    await home.data(["run", "export", runId, "--out", "naps.ndjson"]);
    const [incomplete, shown, complete] = await Promise.all([
      home.json(["verify", "naps.ndjson"]),
      home.call(["verify", "naps.ndjson"]),
      home.json(["verify", "naps.ndjson", "--ops", "ops/trial.ts"]),
    ]);
    assert.deepEqual([incomplete.error.code, incomplete.code], ["VERIFY_INCOMPLETE", 1]);
    assert.deepEqual(member(incomplete.error.details, "unknown"), ["acme.trial/nap@1"]);
    assert.match(shown.out, /^result +consistent\n(.*\n)*code missing +acme\.trial\/nap@1$/m);
    assert.deepEqual([complete.code, member(complete.data, "result")], [0, "verified"]);
    // Without the module a run of theirs can be looked at, but not driven.
    const bare = ["--config-file", "bare.toml"];
    home.write("bare.toml", '[store]\nurl = "sqlite:./trial.db"\n');
    assert.equal(member(await home.data(["run", "status", runId, ...bare]), "run", "status"), "succeeded");
    const detached = text(
      await home.data(["run", "start", "acme.trial/naps@1", "--set", "count=1", "--set", "ms=1", "--detach"]),
      "run",
      "runId",
    );
    const refused = await home.json(["run", "resume", detached, ...bare]);
    assert.deepEqual([refused.error.code, refused.code, text(refused.error.details, "runId")], ["CERTIFICATION_FAILED", 2, detached]);
  });

  it("helps in both formats, and answers --version at once", async () => {
    const [version, help, json, short] = await Promise.all([
      cold.call(["--version"]),
      home.call(["help", "run", "start"]),
      home.json(["run", "start", "--help"]),
      home.json(["-v"]),
    ]);
    assert.match(version.out, /^mfm \d+\.\d+\.\d+\n$/);
    assert.match(help.out, /^Usage: mfm run start \[options\] <entry-point>\n(.*\n)*Examples:\n {2}\$ mfm run start/);
    assert.equal(`${text(json.data, "help")}\n`, help.out);
    assert.equal(version.out, `mfm ${text(short.data, "version")}\n`);
  });

  it("completes in bash: commands, options, ops and runs", () => {
    const script = [
      `mfm() { "$NODE" "$MFM" "$@"; }`,
      `source <(mfm completion bash)`,
      `try() { COMP_LINE="$1"; COMP_POINT=\${#1}; _mfm_complete 2>/dev/null; echo "\${COMPREPLY[*]}"; }`,
      `try "mfm run st"; try "mfm run start acme.trial/app"; try "mfm run start mfm.proof/hello@"; try "mfm run list --stat"; try 'mfm run status $(touch injected)'`,
    ].join("\n");
    const { stdout, status } = spawnSync("bash", ["-c", script], {
      cwd: home.folder,
      env: { PATH: process.env["PATH"], HOME: home.folder, NODE: process.execPath, MFM: binary },
      encoding: "utf8",
    });
    assert.equal(status, 0);
    assert.deepEqual(stdout.split("\n"), ["start status", "acme.trial/approval@1", "1", "--status", "", ""]);
    assert.throws(() => home.read("injected"), "completion executes nothing that was typed");
  });
});
