/** The main job, as somebody does it on the first day: run, look, export, verify offline. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, describe, it } from "node:test";
import { Home, member, text } from "./mfm.ts";

describe("mfm: first use", () => {
  const home = new Home({}, "warm");
  after(() => home.remove());
  let runId = "";
  let head = "";

  it("starts a run: the id at once and progress on stderr, the result alone on stdout", async () => {
    const { code, out, err } = await home.call(["run", "start", "mfm.proof/hello@1", "--set", "names.0=Ada", "--key", "first"], {
      kind: "cold",
    });
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out), { greeting: { count: 1, lines: ["Hello, Ada!"] } });
    assert.match(err, /^started run:[0-9a-f]{64}\nsucceeded: 3\/3 steps in [\d.]+ s\n$/);
    runId = /run:[0-9a-f]{64}/.exec(err)?.[0] ?? "";
  });

  it("attaches to it with the same key and configuration, and refuses the key with another", async () => {
    const attached = await home.data(["run", "start", "mfm.proof/hello@1", "--key", "first", "--set", "names.0=Ada"]);
    assert.equal(text(attached, "run", "runId"), runId);
    assert.deepEqual(member(attached, "output", "greeting", "lines"), ["Hello, Ada!"]);
    head = text(attached, "run", "head", "digest");
    const refused = await home.json(["run", "start", "mfm.proof/hello@1", "--config", "-", "--key", "first"], {
      input: '{"names":["Alan"]}',
    });
    assert.equal(refused.error.code, "INVOCATION_KEY_REUSED");
    assert.equal(refused.code, 2);
    assert.equal(text(refused.error.details, "runId"), runId);
  });

  it("finds the run again: list, status and events, by the beginning of its id", async () => {
    const short = runId.slice("run:".length, "run:".length + 6);
    const listed = await home.data(["run", "list", "--status", "succeeded", "--entry-point", "mfm.proof/hello@1", "--limit", "5"]);
    assert.deepEqual([member(listed, "runs", 0, "runId"), member(listed, "runs", 0, "head", "digest")], [runId, head]);
    const shown = await home.data(["run", "status", short]);
    assert.deepEqual(
      [member(shown, "run", "status"), member(shown, "run", "steps"), member(shown, "driver")],
      ["succeeded", { done: 3, total: 3 }, null],
    );
    const told = await home.data(["run", "events", short.toUpperCase()]);
    const types = (member(told, "events") as readonly unknown[]).map((shownEvent) => member(shownEvent, "event", "type"));
    assert.deepEqual(types, ["RunAdmitted", "StepCompleted", "StepCompleted", "StepCompleted", "RunSucceeded"]);
    const output = await home.data(["run", "output", short]);
    assert.deepEqual(member(output, "output"), { greeting: { count: 1, lines: ["Hello, Ada!"] } });
  });

  it("shows the same as text, without colour where nobody looks", async () => {
    const [list, status, events] = await Promise.all([
      home.call(["run", "list"]),
      home.call(["run", "status", runId]),
      home.call(["run", "events", runId]),
    ]);
    assert.match(
      list.out,
      /^RUN +ENTRY POINT +STATUS +STEPS +STARTED \(UTC\)\nrun:[0-9a-f]{12} {2}mfm\.proof\/hello@1 {2}succeeded {2}3\/3/,
    );
    assert.match(status.out, new RegExp(`^run +${runId}\n(.*\n)*status +succeeded\n(.*\n)*head +${head}`));
    assert.match(events.out, /^ +0 {2}[\d-]+ [\d:]+ {2}RunAdmitted .*\n +1 .*StepCompleted +clock/);
    for (const { out } of [list, status, events]) assert.ok(!out.includes("\u001b"));
  });

  it("replays it, exports it to a file of its own, and verifies that offline", async () => {
    assert.deepEqual(member(await home.data(["run", "replay", runId]), "result"), "verified");
    const exported = await home.data(["run", "export", runId, "--out", "run.ndjson"]);
    assert.equal(text(exported, "head", "digest"), head);
    assert.equal(statSync(home.path("run.ndjson")).mode & 0o777, 0o600);
    const again = await home.json(["run", "export", runId, "--out", "run.ndjson"]);
    assert.deepEqual([again.error.code, again.code], ["FILE_EXISTS", 2]);
    // No store, no configuration: not even a wrong one matters.
    const elsewhere = { MFM_STORE_URL: "sqlite:/nowhere/at/all.db", MFM_CONFIG_FILE: "/nowhere/mfm.toml" };
    const verified = await home.json(["verify", "run.ndjson", "--head", head], { env: elsewhere });
    assert.deepEqual([verified.code, member(verified.data, "result"), member(verified.data, "head", "digest")], [0, "verified", head]);
    assert.deepEqual(member(verified.data, "counts", "recomputed"), 3);
  });

  it("writes a bundle to stdout, which verify reads from stdin, and refuses what was tampered with", async () => {
    const { out: bundle } = await home.call(["run", "export", runId], { kind: "cold", env: { MFM_OUTPUT_FORMAT: "json" } });
    assert.equal(bundle, home.read("run.ndjson"));
    const [whole, wrongHead, tampered, shortened, notOne] = await Promise.all([
      home.call(["verify", "-"], { kind: "cold", input: bundle }),
      home.json(["verify", "run.ndjson", "--head", `sha256:${"0".repeat(64)}`]),
      home.json(["verify", "-"], { input: bundle.replace("Hello, Ada!", "Hello, Eve!") }),
      home.json(["verify", "-"], { input: bundle.split("\n").slice(0, 3).join("\n") }),
      home.json(["verify", "-"], { input: "no bundle\n" }),
    ]);
    assert.match(whole.out, new RegExp(`^result +verified\n(.*\n)*head +${head}`));
    assert.deepEqual([wrongHead.error.code, wrongHead.code, text(wrongHead.error.details, "head")], ["HEAD_MISMATCH", 1, head]);
    assert.deepEqual([tampered.error.code, tampered.code, member(tampered.error.details, "kind")], ["HISTORY_INVALID", 1, "altered"]);
    for (const name of ["line", "field", "byte"]) member(tampered.error.details, name);
    assert.deepEqual([shortened.error.code, member(shortened.error.details, "kind")], ["HISTORY_INVALID", "shortened"]);
    assert.deepEqual([notOne.error.code, notOne.code], ["BUNDLE_INVALID", 1]);
  });

  it("looks after the store", async () => {
    const info = await home.data(["store", "info"]);
    assert.deepEqual(
      [member(info, "runs"), member(info, "source"), text(info, "url")],
      [1, "default", `sqlite:${home.path("data/mfm/store.db")}`],
    );
    assert.equal(member(await home.data(["store", "check"]), "events"), 5);
    await home.data(["store", "backup", "copy.db"]);
    const refused = await home.json(["store", "backup", "copy.db"]);
    assert.deepEqual([refused.error.code, refused.code], ["BACKUP_REFUSED", 2]);
    assert.equal(member(await home.data(["--store", "sqlite:copy.db", "run", "status", runId]), "run", "status"), "succeeded");
  });
});
