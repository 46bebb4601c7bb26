import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunId } from "../../kernel/names.ts";
import { admissionOf, nextOf, runIdFor } from "../../testing/store/streams.ts";
import { openSqliteStore } from "./open.ts";
import { openScratch, problemsOf, scratchFolder } from "./scratch.test.support.ts";

const claimableOp = "test.op/third@1";

interface Task {
  readonly kind: "share" | "crash";
  readonly path: string;
  readonly name: string;
  readonly times: number;
}

/** Names the task of a process that this file starts with itself. */
const taskVariable = "MFM_TEST_STORE_PROCESS";
const task = process.env[taskVariable];
if (task === undefined) registerTests();
else await perform(JSON.parse(task) as Task);

function start(ofChild: Task): ChildProcess {
  const env = { ...process.env, [taskVariable]: JSON.stringify(ofChild) };
  return spawn(process.execPath, [fileURLToPath(import.meta.url)], { env, stdio: ["ignore", "pipe", "inherit"] });
}

function registerTests(): void {
  describe("several processes on one file", () => {
    test("lose nothing, claim nothing twice and keep every chain whole", shareOneFile);
  });
  describe("a process that is killed while it appends", () => {
    test("leaves every acknowledged append, no half of another, and a sound file", killAndLook);
  });
}

async function perform(own: Task): Promise<void> {
  if (own.kind === "share") await share(own);
  else await appendUntilKilled(own);
}

async function shareOneFile(): Promise<void> {
  const [writers, times, claimable] = [4, 25, 40];
  const { store, path, close } = await openScratch();
  await store.append(admissionOf("shared"));
  for (let index = 0; index < claimable; index++) await store.append(admissionOf(`claimable ${index}`, { entryPoint: claimableOp }));
  const children = Array.from({ length: writers }, (_, index) => start({ kind: "share", path, name: `writer ${index}`, times }));
  const output = await Promise.all(children.map(linesOf));
  for (const lines of output) assert.equal(lines.at(-1), "done");
  const claimed = output.flat().filter((line) => line.startsWith("run:"));
  assert.equal(new Set(claimed).size, claimed.length);
  assert.equal(claimed.length, claimable);
  assert.equal((await store.readEvents(runIdFor("shared"), 0, 10_000)).length, 1 + 2 * writers * times);
  for (let index = 0; index < writers; index++) {
    assert.equal((await store.readEvents(runIdFor(`writer ${index}`), 0, 10_000)).length, 1 + times);
  }
  await close();
}

/** Goes on with a run of its own and, against the others, with a shared one. Prints what it claimed. */
async function share({ path, name, times }: Task): Promise<void> {
  const store = await openSqliteStore({ path });
  const shared = runIdFor("shared");
  const admission = admissionOf(name);
  let own = admission.run;
  await store.append(admission);
  const appendToShared = async (label: string): Promise<void> => {
    for (;;) {
      const stored = (await store.readRun(shared)) ?? assert.fail("the shared run is missing");
      const result = await store.append(nextOf(stored.run, { label, before: 1 }));
      if (result.kind === "appended") return;
    }
  };
  for (let index = 0; index < times; index++) {
    const [claim] = await store.claimNext({ owner: name, milliseconds: 60_000, entryPoints: [claimableOp], exceptSpecs: [] });
    if (claim !== undefined) console.log(claim.lease.runId);
    const append = nextOf(own);
    const [result] = await Promise.all([store.append(append), appendToShared(`${name} ${index}`)]);
    assert.equal(result.kind, "appended");
    own = append.run;
  }
  await store.close();
  console.log("done");
}

async function linesOf(child: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout ?? assert.fail() })) lines.push(line);
  return lines;
}

type Heads = Map<RunId, { readonly seq: number; readonly digest: string }>;

async function killAndLook(): Promise<void> {
  const folder = scratchFolder();
  const path = join(folder, "store.db");
  for (let repetition = 0; repetition < 20; repetition += 2) {
    // Two at a time, so that one is also killed while another process goes on.
    const acknowledged = await Promise.all([killedAfter(path, repetition), killedAfter(path, repetition + 1)]);
    assert.deepEqual(problemsOf(path), []);
    const store = await openSqliteStore({ path });
    const heads = new Map([...acknowledged[0], ...acknowledged[1]]);
    for (const [runId, head] of heads) {
      const events = await store.readEvents(runId, 0, 100_000);
      assert.equal(events[head.seq]?.digest, head.digest);
      // The admission, and three events with each append.
      assert.equal(events.length % 3, 1);
      assert.equal((await store.readRun(runId))?.run.head.seq, events.length - 1);
    }
    await store.close();
  }
  rmSync(folder, { recursive: true });
}

/** The last acknowledged head of each run of a process that was killed in the middle. */
async function killedAfter(path: string, repetition: number): Promise<Heads> {
  const child = start({ kind: "crash", path, name: `run ${repetition}`, times: 0 });
  const acknowledged: Heads = new Map();
  const limit = 1 + repetition * 7;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout ?? assert.fail() })) {
    const [runId = "", seq = "", digest = ""] = line.split(" ");
    if (digest.length === "sha256:".length + 64) acknowledged.set(runId as RunId, { seq: Number(seq), digest });
    if (++lines === limit) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  assert.equal(child.signalCode, "SIGKILL");
  return acknowledged;
}

/** Appends to several runs at once, three events each time. Prints run and head of what was acknowledged. */
async function appendUntilKilled({ path, name }: Task): Promise<void> {
  const store = await openSqliteStore({ path });
  const goOn = async (runName: string): Promise<never> => {
    const admission = admissionOf(runName);
    let { run } = admission;
    await store.append(admission);
    for (;;) {
      const append = nextOf(run, { before: 2 });
      const result = await store.append(append);
      assert.equal(result.kind, "appended");
      ({ run } = append);
      console.log(`${run.runId} ${run.head.seq} ${run.head.digest}`);
    }
  };
  await Promise.all(["a", "b", "c", "d"].map((letter) => goOn(`${name} ${letter}`)));
}
