/** Lanes whose survey fails: when a run that waits for its turn is looked at again, which is never at once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Desk } from "../../../test/kernel/turn-desk.ts";

describe("an effect in a lane", () => {
  it("whose survey failed is left until it is tried again", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["survey"]);
    const runId = await desk.admit(["ada"], "send");
    await desk.leave(runId);
    assert.deepEqual(await desk.story(runId, "send/0"), ["RunAdmitted", "intended", "StepFailed NOT_NOW"]);
    assert.equal((await desk.store.readRun(runId))?.wakeAt, desk.clock.now() + 1000);
  });

  it("whose survey failed behind a full window is left until it is tried again, and when it is not any more", async () => {
    const desk = new Desk();
    const { rules } = desk.outside;
    rules.automatic = false;
    const runId = await desk.admit(["ada", "bob"], "send", { window: 1 });
    await desk.leave(runId);
    assert.equal(desk.outside.pending.size, 1);
    rules.failing = new Set(["survey"]);
    const failures = async (): Promise<number> =>
      (await desk.story(runId, "send/1")).filter((word) => word === "StepFailed NOT_NOW").length;
    for (let looks = 0; (await failures()) < 3; looks++) {
      assert.ok(looks < 10);
      await desk.until(desk.clock.sleep(1000));
      await desk.leave(runId);
      assert.equal((await desk.store.readRun(runId))?.wakeAt, desk.clock.now() + 1000);
    }
    rules.automatic = true;
    desk.outside.settle();
    await desk.until(desk.clock.sleep(1000));
    assert.deepEqual((await desk.leave(runId)).status, "paused");
  });

  it("whose survey failed once is left to whoever is before it, once it works again", async () => {
    const desk = new Desk();
    const { rules } = desk.outside;
    rules.automatic = false;
    const first = await desk.admit(["ada"], "first", { window: 1 });
    await desk.leave(first);
    rules.failing = new Set(["survey"]);
    const second = await desk.admit(["bob"], "second", { window: 1 });
    await desk.leave(second);
    assert.equal((await desk.store.readRun(second))?.wakeAt, desk.clock.now() + 1000);
    rules.failing = new Set();
    await desk.until(desk.clock.sleep(1000));
    await desk.leave(second);
    const left = await desk.store.readRun(second);
    assert.deepEqual([left?.wakeAt, left?.poked], [null, false]);
    rules.automatic = true;
    desk.outside.settle();
    await desk.until(desk.clock.sleep(1000));
    assert.equal((await desk.leave(first)).status, "succeeded");
    assert.equal((await desk.store.readRun(second))?.poked, true);
    assert.equal((await desk.leave(second)).status, "succeeded");
  });
});
