/** What the simulation found, each as a short scripted world. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { MfmError } from "../../src/kernel/errors.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { defineOp } from "../../src/kernel/op.ts";
import type { Append } from "../../src/kernel/store.ts";
import { ask, broken, mix } from "./ops.ts";
import { Stage } from "./stage.ts";

const act = { actor: "test", reason: "on purpose" };
const values: number[] = [];
const value = z.strictObject({
  value: z
    .int()
    .min(0)
    .max(2 ** 31),
});
const total = z.strictObject({
  total: z
    .int()
    .min(0)
    .max(2 ** 31),
});

const listener = defineOp({
  id: "test.found/listener@1",
  output: total,
  plan: (program) => ({ total: program.signal("go", value).output.at("value") }),
});
const stuck = defineOp({
  id: "test.found/stuck@1",
  output: total,
  plan: (program) => ({ total: program.step("hesitate", broken, { config: { how: "hesitates" }, input: { values } }).output.at("value") }),
});
/** Waits for a child that listens; fails by itself after a second where it is told to. */
const parent = defineOp({
  id: "test.found/parent@1",
  config: z.strictObject({ child: z.enum(["listener", "stuck"]), fails: z.boolean() }),
  plan(program, config) {
    const child = config.child === "listener" ? program.child("child", listener, {}) : program.child("child", stuck, {});
    if (config.fails) program.step("fail", broken, { config: { how: "refuses" }, input: { values }, after: [program.wait("pause", "1s")] });
    const last = program.step("last", mix, { config: { salt: 1 }, input: { values }, after: [child] });
    return { total: child.output.at("total"), last: last.output };
  },
});
const sleeper = defineOp({
  id: "test.found/sleeper@1",
  plan(program) {
    const pause = program.wait("pause", "30s");
    const first = program.step("first", mix, { config: { salt: 1 }, input: { values }, after: [pause] });
    const config = { question: 1, nature: "plain", times: 1, together: false } as const;
    return { value: program.step("second", ask, { config, input: { values: [first.output.at("value")] } }).output };
  },
});
const more = { listener, stuck, parent, sleeper };

const holds =
  (type: string) =>
  (append: Append): boolean =>
    append.events.some(({ event }) => event.type === type);
const code =
  (expected: string) =>
  (error: unknown): boolean =>
    error instanceof MfmError && error.code === expected;

describe("found by the simulation", () => {
  it("a child is admitted although its parent's process died right after it was recorded", async () => {
    const stage = new Stage();
    let dead = false;
    const never = new Promise<never>(() => undefined);
    const first = stage.process("first", {
      more,
      store: (store) => ({
        append: (append) => (dead ? never : store.append(append)),
        readRun: (runId) => (dead ? never : store.readRun(runId)),
        heartbeat: () => never,
      }),
      watch: (moment) => void (dead ||= moment.kind === "append.after" && moment.types.includes("ChildStarted")),
    });
    let runId: RunId | undefined;
    const onRun = (id: RunId): void => void (runId = id);
    void first.runtime.start(parent, { child: "listener", fails: false }, { key: "k", onRun });
    await stage.pass(1000);
    const worker = stage.process("worker", { more });
    worker.work();
    await stage.pass(60_000);
    assert.ok(runId !== undefined);
    assert.equal(await stage.status(await stage.childOf(runId)), "waiting");
    worker.stop.abort();
  });

  it("a worker whose clock is behind the store's does not claim a sleeping run again and again", async () => {
    const stage = new Stage();
    let claims = 0;
    const worker = stage.process("behind", {
      more,
      skewMs: -20_000,
      store: (store) => ({
        claimNext: async (request) => {
          const claimed = await store.claimNext(request);
          claims += claimed.length;
          return claimed;
        },
      }),
    });
    const { run } = await stage.until(stage.process("other", { more }).runtime.start(sleeper, {}, { key: "k", detach: true }));
    const ahead = stage.process("ahead", { more });
    ahead.work();
    await stage.pass(1000);
    ahead.stop.abort();
    worker.work();
    await stage.pass(60_000);
    assert.equal(await stage.status(run.runId), "succeeded");
    assert.ok(claims <= 3, `${claims} claims`);
    worker.stop.abort();
  });

  it("a store that fails while a step's input is read fails the driver, not the step", async () => {
    const stage = new Stage();
    let fails = false;
    // It stops between the two steps, so that another has to read what the first put out.
    const first = stage.process("first", {
      more,
      watch: (moment) => {
        if (moment.kind === "append.after" && moment.run.steps.done === 2) first.stop.abort(new Error("stop"));
      },
    });
    const second = stage.process("second", {
      more,
      leaseMs: 3000,
      store: (store) => ({
        readArtifact: async (digest) => {
          const bytes = await store.readArtifact(digest);
          if (
            fails &&
            Buffer.from(bytes ?? [])
              .toString()
              .startsWith('{"value"')
          )
            throw new MfmError("STORE_UNAVAILABLE", "on purpose");
          return bytes;
        },
      }),
    });
    const { run } = await stage.until(first.runtime.start(sleeper, {}, { key: "k", detach: true }));
    first.work();
    await stage.pass(35_000);
    fails = true;
    second.work();
    await stage.pass(5000);
    fails = false;
    await stage.pass(20_000);
    assert.equal(second.errors.map((error) => error instanceof MfmError && error.code).at(0), "STORE_UNAVAILABLE");
    assert.deepEqual(
      (await stage.events(run.runId)).filter(({ type }) => type === "StepFailed" || type === "RunPaused"),
      [],
    );
    assert.equal(await stage.status(run.runId), "succeeded");
    second.stop.abort();
  });

  it("a signal that comes between a child's end and its recording does not start what follows the child too early", async () => {
    const stage = new Stage();
    const op = defineOp({
      id: "test.found/both@1",
      plan(program) {
        const child = program.child("child", listener, {});
        const heard = program.signal("heard", value);
        return { last: program.step("last", mix, { config: { salt: 1 }, input: { values }, after: [child] }).output, heard: heard.output };
      },
    });
    const person = stage.process("person", { more: { ...more, op } });
    let heard = false;
    const process = stage.process("foreground", {
      more: { ...more, op },
      store: (store) => ({
        append: async (append) => {
          if (!heard && holds("StepCompleted")(append)) {
            heard = true;
            await person.runtime.signal(append.runId, "heard", { value: 1 }, act);
          }
          return store.append(append);
        },
      }),
    });
    let runId: RunId | undefined;
    const outcome = process.runtime.start(op, {}, { key: "k", onRun: (id) => void (runId = id) });
    await stage.pass(1000);
    assert.ok(runId !== undefined);
    await stage.until(person.runtime.signal(await stage.childOf(runId), "go", { value: 2 }, act));
    assert.equal((await stage.until(outcome)).kind, "succeeded");
  });

  it("a foreground run that somebody cancels ends as cancelled, also where the heartbeat hears of it first", async () => {
    const stage = new Stage();
    const foreground = stage.process("foreground", { more, leaseMs: 300 });
    let runId: RunId | undefined;
    const outcome = foreground.runtime.start(sleeper, {}, { key: "k", onRun: (id) => void (runId = id) });
    await stage.pass(95);
    assert.ok(runId !== undefined);
    await stage.until(stage.process("person", { more }).runtime.cancel(runId, act));
    assert.equal((await stage.until(outcome)).run.status, "cancelled");
  });

  it("a paused child of a parent that ended is cancelled by the worker that finds it", async () => {
    const stage = new Stage();
    const worker = stage.process("worker", { more });
    const { run } = await stage.until(worker.runtime.start(parent, { child: "stuck", fails: true }, { key: "k", detach: true }));
    worker.work();
    await stage.pass(10_000);
    assert.deepEqual([await stage.status(run.runId), await stage.status(await stage.childOf(run.runId))], ["failed", "cancelled"]);
    worker.stop.abort();
  });

  it("a foreground parent that fails does not wait for its child, and cancels it", async () => {
    const stage = new Stage();
    const { run } = await stage.until(
      stage.process("foreground", { more }).runtime.start(parent, { child: "listener", fails: true }, { key: "k" }),
    );
    assert.deepEqual([run.status, await stage.status(await stage.childOf(run.runId))], ["failed", "cancelled"]);
  });

  it("a child that another process drives in the foreground ends with its parent", async () => {
    const stage = new Stage();
    const worker = stage.process("worker", { more });
    const { run } = await stage.until(worker.runtime.start(parent, { child: "listener", fails: true }, { key: "k", detach: true }));
    worker.work();
    await stage.pass(600);
    const driven = stage.process("person", { more }).runtime.resume(await stage.childOf(run.runId), act);
    assert.equal((await stage.until(driven)).status, "cancelled");
    worker.stop.abort();
  });

  it("an admission whose answer is lost does not drive under the lease of who claimed the run since", async () => {
    const stage = new Stage();
    let lost = true;
    const other = stage.process("other", { more });
    const starter = stage.process("starter", {
      more,
      store: (store) => ({
        append: async (append) => {
          const result = await store.append(append);
          if (!lost || append.admission === null) return result;
          lost = false;
          await store.claim(append.runId, { owner: "other", milliseconds: 30_000, takeOver: true });
          throw new MfmError("STORE_UNAVAILABLE", "on purpose");
        },
      }),
    });
    await assert.rejects(() => stage.until(starter.runtime.start(sleeper, {}, { key: "k" })), code("RUN_BUSY"));
    assert.equal(other.errors.length, 0);
  });

  it("a signal that arrives after its answer was lost is not refused as received before", async () => {
    const stage = new Stage();
    let appends = 0;
    const person = stage.process("person", {
      more,
      store: (store) => ({
        append: async (append) => {
          if (append.admission !== null) return store.append(append);
          if (++appends === 1) {
            // It arrives after its sender looked for it in vain, and before the sender's second try.
            stage.clock.timer(20, () => void store.append(append));
            throw new MfmError("STORE_UNAVAILABLE", "on purpose");
          }
          await stage.clock.sleep(50);
          return store.append(append);
        },
      }),
    });
    const { run } = await stage.until(person.runtime.start(listener, {}, { key: "k", detach: true }));
    await stage.until(person.runtime.signal(run.runId, "go", { value: 1 }, act));
    assert.equal((await stage.events(run.runId)).filter(({ type }) => type === "SignalReceived").length, 1);
  });
});
