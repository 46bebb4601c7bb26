/**
 * The demonstration: a snapshot of an account on a chain of its own, killed in the middle, resumed, exported, and verified with the chain gone.
 * Everything that happens is done by the command itself, as a person would type it.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../../kernel/run.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { listRuns } from "../run-list.ts";
import { readRunEvents } from "../run-stream.ts";
import type { Ended } from "./own-command.ts";
import { type StageOptions, rpcVariable, Stage } from "./stage.ts";

/** What a run has on record. */
export interface Recorded {
  readonly runId: string;
  /** Steps, in the order in which they were recorded. */
  readonly done: readonly string[];
  readonly total: number;
}

export type DemoMoment =
  | { readonly kind: "staged"; readonly folder: string; readonly chainId: number; readonly holder: string; readonly tokens: number }
  /** A command line that is about to run. */
  | { readonly kind: "command"; readonly line: string }
  /** `asked`: calls that the chain answered. */
  | { readonly kind: "killed"; readonly recorded: Recorded; readonly asked: number }
  | { readonly kind: "resumed"; readonly recorded: Recorded; readonly asked: number }
  /** A second run that nobody disturbed; `shown` is what it printed. */
  | { readonly kind: "compared"; readonly shown: string; readonly digest: string }
  | { readonly kind: "exported"; readonly bytes: number; readonly head: string }
  | { readonly kind: "chain gone" }
  | { readonly kind: "verified"; readonly shown: string }
  /** A copy of the file, with one digit of a balance changed, was refused; `said` is why. */
  | { readonly kind: "refused"; readonly said: string };

export interface DemoReport {
  readonly runId: string;
  readonly steps: { readonly atKill: number; readonly total: number };
  /** Calls that the chain answered before the kill, after it, and for a run that nobody disturbed. */
  readonly calls: { readonly beforeKill: number; readonly afterKill: number; readonly undisturbed: number };
  /** Of the interrupted run and of the undisturbed one. */
  readonly outputDigest: string;
  readonly head: string;
  readonly bundleBytes: number;
  readonly verified: true;
  readonly alteredRefused: true;
  /** Where its files are, if they were kept. */
  readonly folder: string | null;
}

export interface DemoOptions extends StageOptions {
  readonly tell: (moment: DemoMoment) => Promise<void>;
}

const bundle = "snapshot.ndjson";
const altered = "altered.ndjson";

/** @throws DEV_CHAIN_UNAVAILABLE, DEV_CHAIN_FAILED; DEMO_FAILED; INTERRUPTED */
export async function playDemo({ tell, ...options }: DemoOptions): Promise<DemoReport> {
  return Stage.use(options, async (stage) => {
    const { chain, gate, place } = stage;
    const { chainId, holder, tokens } = chain;
    await tell({ kind: "staged", folder: place.folder, chainId, holder, tokens: tokens.length });
    const play = async (args: readonly string[], exit = 0): Promise<Ended> => {
      await tell({ kind: "command", line: lineOf(args, stage) });
      return expectExit(args, exit, await stage.start(args).ended);
    };
    const snapshot = snapshotArgs(stage);

    await tell({ kind: "command", line: lineOf(snapshot, stage) });
    const atKill = await killInTheMiddle(stage, snapshot);
    const beforeKill = gate.takeMethods().length;
    await tell({ kind: "killed", recorded: atKill, asked: beforeKill });

    const id = shortOf(atKill.runId);
    await play(["run", "resume", id]);
    const resumed = await newestRun(place);
    const afterKill = gate.takeMethods().length;
    await tell({ kind: "resumed", recorded: await recordedOf(place, resumed), asked: afterKill });

    const { out } = expectExit(snapshot, 0, await stage.start(snapshot).ended);
    const undisturbed = gate.takeMethods().length;
    const digest = sameOutput(resumed, await newestRun(place));
    await tell({ kind: "compared", shown: out, digest });

    await play(["run", "export", id, "--out", bundle]);
    const head = resumed.head.digest;
    const bundleBytes = statSync(join(place.folder, bundle)).size;
    await tell({ kind: "exported", bytes: bundleBytes, head });

    await stage.stopChain();
    await tell({ kind: "chain gone" });
    const verified = await play(["verify", bundle, "--head", head]);
    await tell({ kind: "verified", shown: verified.out });
    alterBalance(place, tokens[0]?.held ?? 0n);
    const refused = await play(["verify", altered], 1);
    if (!refused.err.includes("HISTORY_INVALID")) throw demoFailed(["verify", altered], refused);
    await tell({ kind: "refused", said: refused.err });

    return {
      runId: atKill.runId,
      steps: { atKill: atKill.done.length, total: atKill.total },
      calls: { beforeKill, afterKill, undisturbed },
      outputDigest: digest,
      head,
      bundleBytes,
      verified: true,
      alteredRefused: true,
      folder: options.keep ? place.folder : null,
    };
  });
}

/** Of the chain's listed tokens and two hostile ones, with a price read from a feed and one that is given, and with proofs. */
function snapshotArgs({ chain, gate }: Stage): string[] {
  const { chainId, feeds, holder, oddTokens } = chain;
  const feed = feeds.find(({ pair }) => pair === "ETH / USD")?.address ?? "";
  const where = ["--rpc", gate.url, "--chain-id", String(chainId)];
  const what = ["--token-list", "tokens.json", "--token", oddTokens.GasBurnerToken, "--token", oddTokens.HomoglyphToken];
  return ["portfolio", "snapshot", holder, ...where, ...what, "--price", `ETH/USD=feed:${feed}`, "--price", "DUSD/USD=1", "--prove"];
}

/**
 * Starts the run, and ends its process with SIGKILL when it asks the chain for something although a step is on record already: so something
 * is committed, and something is not.
 */
async function killInTheMiddle(stage: Stage, args: readonly string[]): Promise<Recorded> {
  const { place, gate } = stage;
  const command = stage.start(args);
  gate.guard(async () => {
    const recorded = await readRecorded(place);
    if (recorded === undefined || recorded.done.length === 0) return "pass";
    command.kill();
    return "drop";
  });
  const ended = await command.ended;
  gate.guard(async () => "pass");
  const recorded = await readRecorded(place);
  if (ended.killed && recorded !== undefined && recorded.done.length < recorded.total) return recorded;
  throw demoFailed(args, ended);
}

async function readRecorded(place: Place): Promise<Recorded | undefined> {
  const [run] = await listRuns(place, latest);
  return run === undefined ? undefined : recordedOf(place, run);
}

const latest = { status: undefined, entryPoint: undefined, limit: 1 };

async function newestRun(place: Place): Promise<Run> {
  const [run] = await listRuns(place, latest);
  if (run === undefined) throw failure("DEMO_FAILED", "the store of the demonstration has no run");
  return run;
}

async function recordedOf(place: Place, { runId, steps }: Run): Promise<Recorded> {
  const done: string[] = [];
  await readRunEvents(place, {
    run: runId,
    follow: false,
    onEvents: (events) => {
      for (const { event } of events) if (event.type === "StepCompleted") done.push(event.data.step);
    },
  });
  return { runId, done, total: steps.total };
}

function sameOutput(left: Run, right: Run): string {
  const digest = left.outputs?.digest;
  if (digest !== undefined && digest === right.outputs?.digest && left.runId !== right.runId) return digest;
  throw failure("DEMO_FAILED", "two snapshots of one block differ", { left: left.runId, right: right.runId });
}

/** A copy of the bundle that says of a balance that it begins with another digit. */
function alterBalance({ folder }: Place, held: bigint): void {
  const digits = String(held);
  const text = readFileSync(join(folder, bundle), "utf8");
  const changed = text.replace(`"${digits}"`, `"9${digits.slice(1)}"`);
  if (changed === text) throw failure("DEMO_FAILED", "the bundle does not hold the balance");
  writeFileSync(join(folder, altered), changed);
}

function expectExit(args: readonly string[], exit: number, ended: Ended): Ended {
  if (ended.code === exit) return ended;
  throw demoFailed(args, ended);
}

function demoFailed(args: readonly string[], { code, err }: Ended): Error {
  const said = err.trim().split("\n").slice(-3).join("\n");
  return failure("DEMO_FAILED", `mfm ${args.join(" ")} did not do what it should (exit code ${code}): ${said}`, { code });
}

/** As a person would type it in that folder. */
function lineOf(args: readonly string[], { chain, gate }: Stage): string {
  const needsChain = args[1] === "resume";
  return `${needsChain ? `${rpcVariable(chain.chainId)}=${gate.url} ` : ""}mfm ${args.join(" ")}`;
}

/** Enough of a run id to find the run again. */
function shortOf(runId: string): string {
  return runId.slice("run:".length, "run:".length + 8);
}
