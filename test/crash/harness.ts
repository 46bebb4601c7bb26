/** Starting and killing the processes of the crash tests, and comparing what they leave. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machineRandom, machineTime, nameOwner } from "../../src/app/machine.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { LeaseTerms } from "../../src/kernel/runtime/context.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { Store } from "../../src/kernel/store.ts";
import { readHistory } from "../../src/kernel/verify/history.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import type { PostgresServer } from "../postgres/servers.ts";
import { crashRegistry } from "./ops.ts";
import { type Backend, type NewPlace, type Place, openPlace, placesOf } from "./places.ts";
import type { ProcessOrder } from "./process.ts";

const program = fileURLToPath(new URL("./process.js", import.meta.url));

/** `heapMb`: how much memory it may take before it ends. */
export function startProcess(order: ProcessOrder, heapMb = 256): ChildProcess {
  return spawn(process.execPath, [`--max-old-space-size=${heapMb}`, program, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] });
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function endOf(child: ChildProcess): Promise<Ending> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}

/** A folder that is gone after `work`. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "mfm-crash-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Places for stores that are gone after `work`; of PostgreSQL, on the server that all tests share unless another is given. */
export async function inPlaces<T>(
  backend: Backend,
  server: PostgresServer | undefined,
  work: (newPlace: NewPlace) => Promise<T>,
): Promise<T> {
  return inFolder(async (folder) => {
    const { newPlace, remove } = placesOf(backend, folder, server);
    try {
      return await work(newPlace);
    } finally {
      await remove();
    }
  });
}

export async function withRuntime<T>(
  path: Place,
  work: (runtime: Runtime, store: Store) => Promise<T>,
  lease?: LeaseTerms,
  bank?: string,
): Promise<T> {
  const store = await openPlace(path);
  try {
    const options = { store, registry: crashRegistry(bank), clock: machineTime, random: machineRandom, owner: nameOwner() };
    return await work(new Runtime(lease === undefined ? options : { ...options, lease }), store);
  } finally {
    await store.close();
  }
}

/** What must be the same whatever happened on the way. */
export interface Trace {
  readonly status: string;
  readonly output: string | undefined;
  readonly completed: number;
}

/** Verifies a run and all its children, and that no step was completed twice. */
export async function traceOf(runtime: Runtime, runId: RunId): Promise<Trace> {
  const history = await readHistory(runtime.store, runId);
  const report = await verifyHistory(history, runtime.registry);
  assert.equal(report.result, "verified");
  const steps = history.events.flatMap(({ event }) =>
    event.type === "StepCompleted" || event.type === "SignalReceived" ? [event.data.step] : [],
  );
  assert.equal(new Set(steps).size, steps.length, "a step was completed twice");
  for (const child of report.children) await traceOf(runtime, child.runId);
  return { status: report.run.status, output: report.run.outputs?.digest, completed: steps.length };
}
