/** The runtime on the model store, in virtual time: starting, attaching, resuming, cancelling, signalling. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { openModelStore } from "../../storages/model/model-store.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import { defineCapability, implement } from "../capability.ts";
import { MfmError } from "../errors.ts";
import { StepFailure } from "../execute.ts";
import { defineOp } from "../op.ts";
import { Registry } from "../registry.ts";
import { defineState } from "../state.ts";
import type { Store } from "../store.ts";
import { readHistory } from "../verify/history.ts";
import { verifyHistory } from "../verify/verify.ts";
import { Runtime } from "./runtime.ts";

const number = z.strictObject({ n: z.int() });
const source = defineCapability({
  id: "test.rt/source@1",
  kind: "read",
  methods: { get: { response: z.strictObject({ text: z.string() }) } },
});

const read = defineState({
  id: "test.rt/read@1",
  effect: "read",
  needs: { source },
  output: number,
  async run({ source: asked }) {
    return { n: (await asked.get()).text.length };
  },
});
const double = defineState({
  id: "test.rt/double@1",
  effect: "pure",
  input: number,
  output: number,
  run: ({ input }) => ({ n: input.n * 2 }),
});

const reading = defineOp({
  id: "test.rt/reading@1",
  config: z.strictObject({ label: z.string().max(20) }),
  output: z.strictObject({ n: number }),
  plan: (program) => ({ n: program.step("read", read, { retry: { maxAttempts: 1 } }).output }),
});
const parent = defineOp({
  id: "test.rt/parent@1",
  plan(program) {
    const child = program.child("child", reading, { label: "inner" });
    return { n: program.step("double", double, { input: child.output.at("n") }).output };
  },
});
const asking = defineOp({
  id: "test.rt/asking@1",
  plan(program) {
    const asked = program.signal("go", number);
    const pause = program.wait("pause", "1h", { after: [asked] });
    return { n: program.step("double", double, { input: asked.output, after: [pause] }).output };
  },
});

const many = defineOp({
  id: "test.rt/many@1",
  output: z.strictObject({ all: z.array(number).max(1100) }),
  plan: (program) => ({ all: Array.from({ length: 1100 }, (_, n) => program.step(`double-${n}`, double, { input: { n } }).output) }),
});
const waiting = defineOp({ id: "test.rt/waiting@1", plan: (program) => ({ waited: program.wait("pause", "1h").output }) });

const act = { actor: "tester", reason: "because" };

interface World {
  readonly runtime: Runtime;
  readonly store: Store;
  /** What the source does when it is asked. */
  answer: () => { readonly text: string };
  /** Lets virtual time pass until the work is done. */
  readonly until: <T>(work: Promise<T>) => Promise<T>;
  readonly second: () => Runtime;
  readonly clock: VirtualClock;
}

function open(): World {
  const clock = new VirtualClock();
  const store = openModelStore({ clock: () => clock.now() });
  const world = { answer: () => ({ text: "four" }) };
  const backend = implement(source, { get: () => world.answer() });
  const registry = new Registry({ read, double, reading, parent, asking, many, waiting }, backend);
  const runtime = (owner: string): Runtime => new Runtime({ store, registry, clock, random: () => 0.5, owner });
  const until = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    const settled = work.finally(() => (done = true));
    settled.catch(() => undefined);
    await clock.run(() => done, clock.now() + 7 * 86_400_000);
    return settled;
  };
  return Object.assign(world, { clock, store, runtime: runtime("one"), until, second: () => runtime("two") });
}

const refusal = (code: string) => (error: unknown) => error instanceof MfmError && error.code === code;

test("start: the caller gets the typed output, and the history verifies", async () => {
  const { runtime, until, store } = open();
  const outcome = await until(runtime.start(reading, { label: "a" }, { key: "k" }));
  assert.ok(outcome.kind === "succeeded");
  const n: number = outcome.output.n.n;
  assert.equal(n, 4);
  assert.equal((await verifyHistory(await readHistory(store, outcome.run.runId), runtime.registry)).result, "verified");
});

test("an output of more values than a driver keeps at hand, or of a wait that ends with the run, is made before any of them is committed", async () => {
  const { runtime, until } = open();
  const outcome = await until(runtime.start(many, {}, { key: "many" }));
  assert.ok(outcome.kind === "succeeded");
  assert.deepEqual(
    outcome.output.all,
    Array.from({ length: 1100 }, (_, n) => ({ n: 2 * n })),
  );
  const waited = await until(runtime.start(waiting, {}, { key: "wait" }));
  assert.ok(waited.kind === "succeeded");
  assert.deepEqual(waited.output, { waited: null });
});

test("start: the same key attaches, with another config it is refused, and a key has 1 to 1,024 bytes", async () => {
  const { runtime, until } = open();
  const first = await until(runtime.start(reading, { label: "a" }, { key: "k" }));
  const again = await until(runtime.start(reading, { label: "a" }, { key: "k" }));
  assert.deepEqual(again, first);
  await assert.rejects(until(runtime.start(reading, { label: "b" }, { key: "k" })), refusal("INVOCATION_KEY_REUSED"));
  await assert.rejects(runtime.start(reading, { label: "b" }, { key: "" }), refusal("INVOCATION_KEY_INVALID"));
  await assert.rejects(runtime.start(reading, { label: "b" }, { key: "x".repeat(1025) }), refusal("INVOCATION_KEY_INVALID"));
});

test("start: a missing backend is refused before anything exists", async () => {
  const { store } = open();
  const bare = new Runtime({ store, registry: new Registry({ read, reading }), clock: new VirtualClock(), random: () => 0, owner: "bare" });
  await assert.rejects(bare.start(reading, { label: "a" }, { key: "k" }), refusal("CAPABILITY_UNAVAILABLE"));
  assert.deepEqual(await store.listRuns({ limit: 1 }), []);
});

test("a backend's StepFailure keeps its code and advice; an answer that is too large fails for good; any other throw may be retried", async () => {
  const world = open();
  const codeOf = async (label: string, answer: World["answer"]): Promise<unknown> => {
    world.answer = answer;
    const { run } = await world.until(world.runtime.start(reading, { label }, { key: label }));
    return [run.status, run.failure?.code ?? run.waitingFor];
  };
  const fail = (error: Error) => (): never => {
    throw error;
  };
  assert.deepEqual(await codeOf("own", fail(new StepFailure("PRICE_TOO_OLD", "never"))), ["failed", "PRICE_TOO_OLD"]);
  assert.deepEqual(await codeOf("large", () => ({ text: "x".repeat(1_048_576) })), ["failed", "VALUE_TOO_LARGE"]);
  const paused = ["paused", [{ kind: "resume", code: "RETRIES_EXHAUSTED", step: "read" }]];
  assert.deepEqual(await codeOf("thrown", fail(new Error("on purpose"))), paused);
  assert.deepEqual(await codeOf("garbage", () => ({ text: 5 as unknown as string })), paused);
});

test("a backend that attributes an answer to a URL is refused, and the URL is in no event or error", async () => {
  const world = open();
  const canary = "https://user:canary-secret@node.example/key";
  const backend = implement(source, {
    get(_request, context) {
      context.attribute(canary);
      return { text: "four" };
    },
  });
  const runtime = new Runtime({
    store: world.store,
    registry: new Registry({ read, reading }, backend),
    clock: world.clock,
    random: () => 0,
    owner: "x",
    watch: (moment) =>
      assert.ok(!JSON.stringify(moment, (_key, value: unknown) => (value instanceof Error ? value.message : value)).includes("canary")),
  });
  const { run } = await world.until(runtime.start(reading, { label: "a" }, { key: "k" }));
  assert.deepEqual([run.status, run.waitingFor[0]?.kind], ["paused", "resume"]);
  const events = await world.store.readEvents(run.runId, 0, 100);
  assert.ok(events.some(({ text }) => text.includes("CAPABILITY_ANSWER_INVALID")) && !events.some(({ text }) => text.includes("canary")));
});

test("resume: reaches paused descendants, and the parent ends", async () => {
  const world = open();
  world.answer = () => {
    throw new Error("not yet");
  };
  const started = await world.until(world.runtime.start(parent, {}, { key: "k" }));
  assert.equal(started.run.status, "waiting");
  const [child] = await world.store.listRuns({ parent: started.run.runId, limit: 10 });
  assert.equal(child?.run.status, "paused");
  world.answer = () => ({ text: "seven77" });
  const run = await world.until(world.runtime.resume(started.run.runId, act));
  assert.equal(run.status, "succeeded");
  assert.deepEqual(await world.runtime.output(run), { n: { n: 14 } });
  await assert.rejects(world.runtime.resume(run.runId, act), refusal("RUN_ENDED"));
});

test("cancel: ends the run and its children, once", async () => {
  const world = open();
  world.answer = () => {
    throw new Error("never");
  };
  const { run } = await world.until(world.runtime.start(parent, {}, { key: "k" }));
  const cancelled = await world.until(world.runtime.cancel(run.runId, act));
  assert.equal(cancelled.status, "cancelled");
  const children = await world.store.listRuns({ parent: run.runId, limit: 10 });
  assert.deepEqual(
    children.map((child) => child.run.status),
    ["cancelled"],
  );
  await assert.rejects(world.runtime.cancel(run.runId, act), refusal("RUN_ENDED"));
  await assert.rejects(world.runtime.output(cancelled), refusal("OUTPUT_NOT_READY"));
});

test("signal: recorded once, checked against its schema, and the timer after it is durable", async () => {
  const world = open();
  const { run } = await world.until(world.runtime.start(asking, {}, { key: "k", detach: true }));
  const { runId } = run;
  await assert.rejects(world.runtime.signal(runId, "stop", { n: 1 }, act), refusal("SIGNAL_UNKNOWN"));
  await assert.rejects(world.runtime.signal(runId, "go", { n: "1" }, act), refusal("VALUE_INVALID"));
  await world.runtime.signal(runId, "go", { n: 21 }, act);
  await assert.rejects(world.runtime.signal(runId, "go", { n: 21 }, act), refusal("SIGNAL_ALREADY_RECEIVED"));
  const left = await world.until(world.runtime.drive(runId, { idle: "leave", signal: new AbortController().signal }));
  assert.deepEqual([left.status, left.waitingFor.map((wait) => wait.kind)], ["waiting", ["timer"]]);
  const done = await world.until(world.second().resume(runId, act));
  assert.deepEqual([done.status, await world.runtime.output(done)], ["succeeded", { n: { n: 42 } }]);
});

test("drive: refused while another drives, unless it is taken over; the first then stops", async () => {
  const world = open();
  const { runId } = (await world.until(world.runtime.start(asking, {}, { key: "k", detach: true }))).run;
  const signal = new AbortController().signal;
  const first = world.runtime.drive(runId, { idle: "stay", signal });
  first.catch(() => undefined);
  const second = world.second();
  await assert.rejects(second.drive(runId, { idle: "stay", signal }), refusal("RUN_BUSY"));
  const taken = second.drive(runId, { idle: "stay", signal, takeOver: true });
  await second.signal(runId, "go", { n: 1 }, act);
  await assert.rejects(world.until(first), refusal("RUN_TAKEN_OVER"));
  assert.equal((await world.until(taken)).status, "succeeded");
  await assert.rejects(second.status(`run:${"0".repeat(64)}`), refusal("RUN_UNKNOWN"));
});
