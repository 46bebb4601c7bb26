/**
 * A store seen through a bad line: every operation takes time and may fail, before or after it was done, as the caller decides call by call.
 * What it throws is what a real backend throws, so it can stand between a runtime and any store.
 */
import { MfmError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/ports.ts";
import type { Store } from "../kernel/store.ts";

/** The operations that reach the backend. */
export type StoreOperation = Exclude<keyof Store, "scope" | "onDue">;

/** What becomes of one operation. */
export interface Fate {
  /** Milliseconds until the request leaves the caller, until it arrives at the store, and until the answer is back. */
  readonly sendMs: number;
  readonly travelMs: number;
  readonly answerMs: number;
  readonly outcome:
    | "answered"
    /** STORE_UNAVAILABLE, and nothing was done. */
    | "refused"
    /** STORE_FULL, and nothing was done. */
    | "full"
    /** It was done, but the answer is lost: STORE_UNAVAILABLE. */
    | "unacknowledged"
    /** STORE_UNAVAILABLE after `answerMs`; it is done when the request arrives, which may be later. */
    | "late";
}

export interface Line {
  /** The caller's process: sends and takes answers by this clock, and does neither while the clock stands still. */
  readonly caller: Clock;
  /** Carries a request that was sent whatever becomes of the caller. */
  readonly network: Clock;
  readonly decide: (operation: StoreOperation) => Fate;
}

export function faultyStore(store: Store, { caller, network, decide }: Line): Store {
  return interposeStore(store, async <T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> => {
    const { sendMs, travelMs, answerMs, outcome } = decide(operation);
    if (sendMs > 0) await sleep(caller, sendMs);
    const arrival = sleep(network, travelMs).then(() => answerOf(operation, outcome, work));
    const answer: Answer<T> = outcome === "late" ? { error: unavailable(operation) } : await arrival;
    await sleep(caller, answerMs);
    if ("error" in answer) throw answer.error;
    if (outcome === "unacknowledged") throw unavailable(operation);
    return answer.value;
  });
}

type Answer<T> = { readonly value: T } | { readonly error: Error };

/** Never rejects: the answer may have nobody to take it. */
async function answerOf<T>(operation: StoreOperation, outcome: Fate["outcome"], work: () => Promise<T>): Promise<Answer<T>> {
  if (outcome === "refused") return { error: unavailable(operation) };
  if (outcome === "full") return { error: new MfmError("STORE_FULL", `${operation}: no space left, on purpose`) };
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function unavailable(operation: StoreOperation): MfmError {
  return new MfmError("STORE_UNAVAILABLE", `${operation}: no answer, on purpose`);
}

function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.timer(milliseconds, resolve);
  });
}

/** Does something around an operation of a store; `work` does the operation. */
export type Around = <T>(operation: StoreOperation, work: () => Promise<T>) => Promise<T>;

/** A store whose every operation goes through `around`. A plain object: spread it to replace single operations. */
export function interposeStore(store: Store, around: Around): Store {
  return {
    scope: store.scope,
    append: (append) => around("append", () => store.append(append)),
    readRun: (runId) => around("readRun", () => store.readRun(runId)),
    readEvents: (runId, from, limit) => around("readEvents", () => store.readEvents(runId, from, limit)),
    readCommits: (after, limit) => around("readCommits", () => store.readCommits(after, limit)),
    readArtifact: (digest) => around("readArtifact", () => store.readArtifact(digest)),
    readLane: (lane, queued) => around("readLane", () => store.readLane(lane, queued)),
    listLanes: () => around("listLanes", () => store.listLanes()),
    listEffects: (filter) => around("listEffects", () => store.listEffects(filter)),
    listRuns: (filter) => around("listRuns", () => store.listRuns(filter)),
    claim: (runId, request) => around("claim", () => store.claim(runId, request)),
    claimNext: (request) => around("claimNext", () => store.claimNext(request)),
    heartbeat: (leases, milliseconds) => around("heartbeat", () => store.heartbeat(leases, milliseconds)),
    release: (lease, wakeAt) => around("release", () => store.release(lease, wakeAt)),
    listDrivers: () => around("listDrivers", () => store.listDrivers()),
    writeSnapshot: (runId, head, artifact) => around("writeSnapshot", () => store.writeSnapshot(runId, head, artifact)),
    readSnapshot: (runId) => around("readSnapshot", () => store.readSnapshot(runId)),
    nextDue: (entryPoints, limits) => around("nextDue", () => store.nextDue(entryPoints, limits)),
    onDue: (wake) => store.onDue(wake),
    now: () => around("now", () => store.now()),
    info: () => around("info", () => store.info()),
    check: () => around("check", () => store.check()),
    repairRun: (run, effects, wake) => around("repairRun", () => store.repairRun(run, effects, wake)),
    repairLane: (repair) => around("repairLane", () => store.repairLane(repair)),
    backup: (destination) => around("backup", () => store.backup(destination)),
    close: () => around("close", () => store.close()),
  };
}
