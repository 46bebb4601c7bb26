/** `mfm demo`: the whole story in one run, and nothing left of it. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, describe, it } from "node:test";
import { playDemo } from "../../src/app/demo/demo.ts";
import { Home, member, text } from "./mfm.ts";

describe("mfm demo", { concurrency: 2 }, () => {
  const home = new Home({ "tmp/.keep": "" });
  const env = { TMPDIR: home.path("tmp") };
  after(() => home.remove());

  it("kills a snapshot in the middle, resumes it to the same output, verifies it offline, and leaves nothing", async () => {
    const { code, data, err } = await home.json(["demo"], { env: { TMPDIR: home.write("whole/.keep", "").replace("/.keep", "") } });
    assert.equal(code, 0, err);
    const [atKill, total] = [Number(member(data, "steps", "atKill")), Number(member(data, "steps", "total"))];
    assert.ok(atKill >= 1 && atKill < total, `${atKill} of ${total}`);
    assert.match(text(data, "runId"), /^run:[0-9a-f]{64}$/);
    assert.match(text(data, "outputDigest"), /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual([data["verified"], data["alteredRefused"], data["folder"]], [true, true, null]);
    assert.deepEqual(readdirSync(home.path("whole")), [".keep"]);
  });

  it("can be stopped in the middle, and leaves nothing then either", async () => {
    const running = home.start(["demo"], { env });
    await running.says("out", /^Killed/m);
    running.child.kill("SIGINT");
    const { code, err } = await running.ended;
    assert.equal(code, 130, err);
    assert.deepEqual(readdirSync(home.path("tmp")), [".keep"]);
  });

  it("says so when one of its commands does not do what it should", async () => {
    const broken = { ...process.env, NODE_OPTIONS: "--no-such-option" };
    const played = playDemo({ env: broken, keep: false, signal: new AbortController().signal, tell: async () => undefined });
    await assert.rejects(played, { code: "DEMO_FAILED" });
  });
});
