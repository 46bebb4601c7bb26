/**
 * Runs the test suite: `node dist/test/run.js [--long] [text...]` runs the test files whose path contains one of the texts, in some
 * processes (`groups`), three at once, so that two cores are busy until the end.
 * The sources are listed, not the outputs, so a renamed test cannot live on in `dist`. This process only watches the one that runs the tests:
 * it ends a suite that hangs, and fails one that ends without having loaded every file and counted every test.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Message } from "./runner/message.ts";

interface Selection {
  readonly long: boolean;
  readonly filters: readonly string[];
}

/** Time for Node itself to start, however busy the machine is. */
const startSeconds = 120;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { long: { type: "boolean", default: false }, root: { type: "string", default: "." }, "stall-seconds": { type: "string" } },
  });
  const root = resolve(values.root);
  const selected = selectTests(listTests(root), { long: values.long, filters: positionals });
  if (typeof selected === "string") return refuse(selected);
  const missing = selected.find((source) => !existsSync(outputOf(root, source)));
  if (missing !== undefined) return refuse(`${missing} is not built: npm run build`);
  const stallSeconds = Number(values["stall-seconds"] ?? (values.long ? 600 : 180));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => endAll(signal));
  const waiting = groupsOf(selected).values();
  const endings: Ending[] = [];
  const next = async (): Promise<void> => {
    for (const group of waiting) if (!stopping) endings.push(await watch(root, group, stallSeconds));
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  for (const problem of endings.flatMap(({ problems }) => problems)) console.log(`✖ ${problem}`);
  const summaries = endings.map(({ summary }) => summary);
  console.log(sumOf(summaries, performance.now()));
  return Math.max(...endings.map(({ problems, code }) => (problems.length > 0 ? 1 : (code ?? 1))));
}

const atOnce = 3;

/** Which tests share a process, and with it a database server or warm commands; the longest first. */
const groups: readonly RegExp[] = [
  /^test\/e2e\//,
  /^test\/simulation\//,
  /^src\/storages\//,
  /^test\/(?:postgres|workers)\//,
  /^test\/docs\//,
  /^test\/crash\/(?:money|contracts)\//,
  /^test\/crash\//,
  /^test\/(?:chain|evm)\/|^examples\//,
];

/** The first group is the rest, which takes longest. */
function groupsOf(sources: readonly string[]): readonly (readonly string[])[] {
  const kindOf = (source: string): number => {
    const found = groups.findIndex((group) => group.test(source));
    return found < 0 ? groups.length : found;
  };
  return [groups.length, ...groups.keys()]
    .map((kind) => sources.filter((source) => kindOf(source) === kind))
    .filter((group) => group.length > 0);
}

/** One line for all; the time is that of the whole. */
function sumOf(lines: readonly (string | undefined)[], ms: number): string {
  if (lines.length === 1 || lines.includes(undefined)) return lines.find((line) => line !== undefined) ?? "ℹ no summary";
  const counts = new Map<string, number>();
  for (const [, name = "", count = ""] of lines.flatMap((line) => [...(line ?? "").matchAll(/(\w+) ([\d.]+)/g)])) {
    const before = counts.get(name) ?? 0;
    counts.set(name, name === "duration_ms" ? ms : before + Number(count));
  }
  return `ℹ ${[...counts].map(([name, count]) => `${name} ${count}`).join(", ")}`;
}

function refuse(reason: string): number {
  console.error(`test runner: ${reason}`);
  return 1;
}

/** Paths of all test sources, relative to the root, with forward slashes. */
function listTests(root: string): string[] {
  const found: string[] = [];
  for (const folder of ["src", "test", "examples"].filter((name) => existsSync(join(root, name)))) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".test.ts")) found.push(`${folder}/${name.split(sep).join("/")}`);
    }
  }
  return found.toSorted();
}

/** The files to run, or why there are none. */
function selectTests(sources: readonly string[], { long, filters }: Selection): readonly string[] | string {
  const kind = sources.filter((source) => (source.endsWith(".long.test.ts") || source.startsWith("test/long/")) === long);
  const vain = filters.find((filter) => !kind.some((source) => source.includes(filter)));
  if (vain !== undefined) return `no test file's path contains "${vain}"`;
  const chosen = filters.length === 0 ? kind : kind.filter((source) => filters.some((filter) => source.includes(filter)));
  return chosen.length === 0 ? "there are no test files" : chosen;
}

function outputOf(root: string, source: string): string {
  return join(root, "dist", source.replace(/\.ts$/, ".js"));
}

interface Ending {
  readonly code: number | null;
  readonly problems: readonly string[];
  readonly summary: string | undefined;
}

async function watch(root: string, sources: readonly string[], stallSeconds: number): Promise<Ending> {
  const reporter = new URL("./runner/reporter.js", import.meta.url).href;
  const suite = fileURLToPath(new URL("./runner/suite.js", import.meta.url));
  const child = spawn(
    process.execPath,
    [`--test-reporter=${reporter}`, "--test-reporter-destination=stdout", suite, root, ...sources],
    // A process group of its own, so that what a hanging test started ends with it.
    { stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true },
  );
  const problems: string[] = [];
  const seen: { loaded: boolean; summary?: string; last: string } = { loaded: false, last: "Node started" };
  const stalled = (seconds: number): NodeJS.Timeout =>
    setTimeout(() => {
      problems.push(`nothing happened for ${seconds} s after: ${seen.last} (a hanging test, or something it left open)`);
      endGroup(child, "SIGKILL");
    }, seconds * 1000);
  let timer = stalled(startSeconds);
  child.on("message", (message: Message) => {
    clearTimeout(timer);
    timer = stalled(stallSeconds);
    if (message.kind === "progress") seen.last = message.at;
    else if (message.kind === "problem") problems.push(message.text);
    else if (message.kind === "loaded") seen.loaded = true;
    else {
      seen.summary = message.line;
      if (message.tests === 0) problems.push("no test ran");
    }
  });
  running.add(child);
  const end = await new Promise<{ code: number | null; signal: string | null }>((done) => {
    child.on("close", (code, signal) => done({ code, signal }));
  });
  clearTimeout(timer);
  running.delete(child);
  if (!seen.loaded) problems.push("not every test file was loaded");
  if (seen.summary === undefined)
    problems.push(`the tests ended without a summary (exit code ${end.code}, signal ${end.signal}); the last that began: ${seen.last}`);
  return { code: end.code, problems, summary: seen.summary };
}

const running = new Set<ChildProcess>();
let stopping = false;

function endAll(signal: NodeJS.Signals): void {
  stopping = true;
  for (const child of running) endGroup(child, signal);
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

process.exitCode = await main();
