/**
 * The main job under SIGKILL, on a real chain: a snapshot killed at a named point and resumed by another process ends with the same
 * output, no fact recorded twice, and without asking again for what was committed, as the server's own count shows.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { boxedDefinitions } from "../../src/app/box.ts";
import { machineRandom, machineTime, nameOwner } from "../../src/app/machine.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { Registry } from "../../src/kernel/registry.ts";
import type { Run } from "../../src/kernel/run.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { readHistory } from "../../src/kernel/verify/history.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import { openSqliteStore } from "../../src/storages/sqlite/open.ts";
import type { SnapshotRequest } from "../../src/ops/portfolio/snapshot-config.ts";
import { snapshot } from "../../src/ops/portfolio/snapshot.ts";
import { startDevChain } from "../../src/testing/index.ts";
import { httpProvider } from "../../src/transports/evm/http-provider.ts";
import { evmReader } from "../../src/transports/evm/reader.ts";
import { type FaultServer, startFaultServer } from "../evm/fault-server.ts";
import type { RpcCall } from "../evm/forward.ts";
import { requestOf } from "../portfolio/stage.ts";
import { endOf, inFolder } from "./harness.ts";
import type { SnapshotOrder } from "./snapshot-process.ts";
import type { Choose } from "./sweep.ts";

const program = fileURLToPath(new URL("./snapshot-process.js", import.meta.url));
function start(order: SnapshotOrder): ChildProcess {
  return spawn(
    process.execPath,
    [program, JSON.stringify(order, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value))],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
}

/** The store of a run, and a runtime of this process that asks this server. */
async function withRun<T>(path: string, url: string, work: (runtime: Runtime, left: Run | undefined) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ path });
  const provider = httpProvider({ ref: "primary", url, clock: machineTime, random: machineRandom });
  const backend = evmReader({ sourcesOf: async () => [provider], clock: machineTime, random: machineRandom });
  const registry = new Registry(...boxedDefinitions(), backend);
  const runtime = new Runtime({ store, registry, clock: machineTime, random: machineRandom, owner: nameOwner() });
  try {
    const [left] = await store.listRuns({ limit: 1 });
    return await work(runtime, left?.run);
  } finally {
    await provider.close();
    await store.close();
  }
}

const eventsOf = async ({ store }: Runtime, runId: RunId) => (await readHistory(store, runId)).events.map(({ event }) => event);

interface Trace {
  readonly output: string | undefined;
  /** What was asked, each with the place of its answer; equal ones would stand twice. */
  readonly questions: readonly string[];
}

/** Verifies a finished run. */
async function traceOf(runtime: Runtime, runId: RunId): Promise<Trace> {
  const report = await verifyHistory(await readHistory(runtime.store, runId), runtime.registry);
  assert.equal(report.result, "verified");
  const questions = (await eventsOf(runtime, runId)).flatMap((event) =>
    event.type === "StepCompleted"
      ? event.data.facts.map(({ method, request, occurrence }) => `${event.data.step} ${method} ${request} ${occurrence}`)
      : [],
  );
  assert.equal(new Set(questions).size, questions.length, "a fact was recorded twice");
  return { output: report.run.outputs?.digest, questions: questions.toSorted() };
}

/** Questions of each kind of step, as the server sees them. */
const asks: Readonly<Record<string, (call: RpcCall) => boolean>> = {
  pin: ({ method, params }) => method === "eth_getBlockByNumber" && params[0] === "finalized",
  // The scanner's code goes with them.
  scan: ({ method, params }) => method === "eth_call" && JSON.stringify(params).length > 2000,
  prove: ({ method }) => method === "eth_getProof",
};

/** Processes at once: the machine has two cores. */
export const width = 3;

/** Kills at every point that is chosen, each in a test of its own, so that whoever watches sees the sweep go on. */
export async function sweepSnapshot(t: TestContext, choose: Choose): Promise<void> {
  const chain = await startDevChain();
  const servers = await Promise.all(Array.from({ length: width }, () => startFaultServer(chain.url)));
  try {
    await inFolder(async (folder) => {
      const config = requestOf(chain, { prove: true });
      const kill = (path: string, url: string, killAt: number) => endOf(start({ config, key: "sweep", path, url, killAt }));
      const whole = join(folder, "whole.db");
      const undisturbed = await kill(whole, chain.url, -1);
      assert.equal(undisturbed.code, 0, undisturbed.stderr);
      const expected = await withRun(whole, chain.url, async (runtime, run) => traceOf(runtime, run?.runId ?? assert.fail("no run")));
      const names = JSON.parse(undisturbed.stdout) as readonly string[];
      assert.ok(names.length > 25, `only ${names.length} points`);
      const free: FaultServer[] = [...servers];
      const killedAt = async (killAt: number): Promise<void> => {
        const server = free.pop() ?? assert.fail("as many servers as points at once");
        try {
          const path = join(folder, `${killAt}.db`);
          const killed = await kill(path, server.url, killAt);
          // The number of points varies a little: a run may be over before the last of them.
          if (killed.code !== 0) assert.equal(killed.signal, "SIGKILL", killed.stderr);
          server.forget();
          await withRun(path, server.url, async (runtime, left) => {
            const done =
              left === undefined
                ? []
                : (await eventsOf(runtime, left.runId)).flatMap((event) => (event.type === "StepCompleted" ? [event.data.step] : []));
            const run = await goOn(runtime, left, config);
            assert.deepEqual(await traceOf(runtime, run.runId), expected, `killed at point ${killAt}`);
            for (const [kind, isAsked] of Object.entries(asks)) {
              const isDone = done.some((step) => step.startsWith(`${kind}/`));
              assert.equal(server.requests.flat().some(isAsked), !isDone, `${kind}, killed at point ${killAt}`);
            }
          });
        } finally {
          free.push(server);
        }
      };
      await Promise.all(choose(names).map((point) => t.test(`killed at point ${point}, ${names[point]}`, () => killedAt(point))));
    });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await chain.stop();
  }
}

/** As `mfm run resume` does it; a run that was not admitted is started. */
async function goOn(runtime: Runtime, left: Run | undefined, config: SnapshotRequest): Promise<Run> {
  if (left === undefined) return (await runtime.startUntyped(snapshot, config, { key: "sweep" })).run;
  return left.status === "succeeded" ? left : runtime.resume(left.runId, { actor: "test", reason: "crashed" });
}
