/** Whether this installation can work: each check with what it found and the next step. Nothing is made. */
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { closing } from "./closing.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { countOf } from "./count.ts";
import { describeFailure, failure } from "./failure.ts";
import { describeNetworks } from "./networks/diagnose-networks.ts";
import { networksOf } from "./networks/place-networks.ts";
import type { Place } from "./place.ts";
import { assembleRegistry } from "./registry.ts";
import { getStore, isThere } from "./stores.ts";
import { showStore } from "./store-location.ts";

export interface Check {
  readonly name: "node" | "configuration" | "store" | "ops" | "networks";
  readonly status: "ok" | "problem";
  readonly found: string;
  /** What to do about a problem. */
  readonly next: string | null;
}

export interface Diagnosis {
  readonly healthy: boolean;
  readonly checks: readonly Check[];
}

const oldestNode: readonly [number, number] = [20, 19];

export async function diagnose(place: Place, nodeVersion: string): Promise<Diagnosis> {
  const checks: Check[] = [checkNode(nodeVersion)];
  const configuration = await readOrProblem(place);
  if ("status" in configuration) {
    checks.push(configuration);
  } else {
    checks.push(ok("configuration", configuration.file ?? "no mfm.toml here or above: the defaults are used"));
    checks.push(await attempt("store", () => checkStore(configuration)));
    checks.push(await attempt("ops", () => checkOps(configuration, place)));
    checks.push(await attempt("networks", () => describeNetworks(networksOf(place, configuration))));
  }
  return { healthy: checks.every(({ status }) => status === "ok"), checks };
}

function ok(name: Check["name"], found: string): Check {
  return { name, status: "ok", found, next: null };
}

async function attempt(name: Check["name"], work: () => Promise<string>): Promise<Check> {
  try {
    return ok(name, await work());
  } catch (error) {
    const { code, message, hint } = describeFailure(error, { runId: undefined, command: undefined, withStack: false }).failure;
    return { name, status: "problem", found: `${code}: ${message}`, next: hint };
  }
}

function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return ok("node", `Node ${version}`);
  return { name: "node", status: "problem", found: `Node ${version}`, next: `Install Node ${oldestMajor}.${oldestMinor} or later.` };
}

async function readOrProblem(place: Place): Promise<Configuration | Check> {
  let configuration: Configuration | undefined;
  const check = await attempt("configuration", async () => {
    configuration = await readConfiguration(place);
    return "";
  });
  return configuration ?? check;
}

async function checkStore({ store: location }: Configuration): Promise<string> {
  const named = `${showStore(location)} (from ${location.source === "default" ? "the default" : `the ${location.source}`})`;
  if (location.kind === "sqlite" && !isThere(location)) {
    assertWritable(nearestFolder(location.path));
    return `${named}: not there yet, the first run makes it`;
  }
  const store = await getStore(location);
  return closing(store, async () => {
    const { runs, events } = await store.info();
    return `${named}: ${countOf(runs, "run")}, ${countOf(events, "event")}`;
  });
}

function assertWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw failure("STORE_READ_ONLY", `no permission to write in ${folder}`, { path: folder }, error);
  }
}

function nearestFolder(path: string): string {
  for (let at = dirname(path); ; at = dirname(at)) {
    try {
      accessSync(at, constants.F_OK);
      return at;
    } catch {
      if (at === dirname(at)) return at;
    }
  }
}

async function checkOps({ modules }: Configuration, place: Place): Promise<string> {
  const { registry } = await assembleRegistry(modules, place);
  const { ops, states, backends, effectBackends } = registry;
  const from = modules.length === 0 ? "the box" : `the box and ${countOf(modules.length, "module")}`;
  return `${countOf(ops.size, "op")}, ${countOf(states.size, "state")} and ${countOf(backends.size + effectBackends.size, "backend")} from ${from}`;
}
