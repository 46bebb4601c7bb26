/** Looking at runs and acting on them without driving them. None of this needs the code of any op. */
import { MfmError } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { Digest } from "../kernel/canonical.ts";
import type { Run } from "../kernel/run.ts";
import type { Runtime } from "../kernel/runtime/runtime.ts";
import type { StoredRun } from "../kernel/leases.ts";
import { actOf } from "./actor.ts";
import { type Cause, type Ending, causesOf, endingOf } from "./causes.ts";
import { withRecords } from "./engine.ts";
import { failure } from "./failure.ts";
import { type Input, type InputSource, readInput } from "./op-input.ts";
import type { Place } from "./place.ts";
import { resolveRunId } from "./run-ids.ts";
import { didYouMean, suggest } from "./suggest.ts";

/** Who drives a run, by the store's record: true until it expires. */
export interface RunDriver {
  readonly owner: string;
  readonly until: string;
}

export interface RunView {
  readonly run: Run;
  readonly driver: RunDriver | null;
  /** Where a run failed because a child failed: that child, its child, and so on. Where it paused because retries ran out: what its step failed with last. */
  readonly causes: readonly Cause[];
  /** Who cancelled the run, and why. */
  readonly ending: Ending | null;
}

/** The run as its verified stream says it is. @throws RUN_UNKNOWN, RUN_AMBIGUOUS, HISTORY_INVALID */
export async function showRun(place: Place, given: string): Promise<RunView> {
  return withRecords(place, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, given);
    return viewOf(runtime, await runtime.status(runId));
  });
}

async function viewOf(runtime: Runtime, run: Run): Promise<RunView> {
  const { store } = runtime;
  const driver = driverOf(await runtime.getStored(run.runId), await store.now());
  return { run, driver, causes: await causesOf(store, run), ending: await endingOf(store, run) };
}

function driverOf(stored: StoredRun, now: number): RunDriver | null {
  const { lease } = stored;
  return lease === null || lease.expiresAt <= now ? null : { owner: lease.owner, until: new Date(lease.expiresAt).toISOString() };
}

export interface RunOutput {
  readonly runId: string;
  readonly digest: Digest;
  readonly output: Json;
}

/** @throws OUTPUT_NOT_READY */
export async function showOutput(place: Place, given: string): Promise<RunOutput> {
  return withRecords(place, async ({ runtime }) => {
    const run = await runtime.status(await resolveRunId(runtime.store, given));
    const output = await runtime.output(run);
    return { runId: run.runId, digest: run.outputs?.digest ?? ("" as Digest), output };
  });
}

export interface ActRequest {
  readonly run: string;
  readonly actor: string | undefined;
  readonly reason: string;
}

/** @throws RUN_ENDED */
export async function cancelRun(place: Place, request: ActRequest): Promise<RunView> {
  const act = actOf(request.actor, request.reason);
  return withRecords(place, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, request.run);
    return viewOf(runtime, await runtime.cancel(runId, act));
  });
}

export interface SignalRequest extends ActRequest {
  readonly step: string;
  readonly input: Input;
  readonly source: InputSource;
}

/** @throws SIGNAL_UNKNOWN, SIGNAL_ALREADY_RECEIVED, RUN_ENDED, VALUE_INVALID */
export async function signalRun(place: Place, request: SignalRequest): Promise<RunView> {
  const act = actOf(request.actor, request.reason);
  const payload = await readInput(request.input, request.source);
  return withRecords(place, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, request.run);
    const run = await runtime.signal(runId, request.step, payload, act).catch((error: unknown) => {
      throw nameSignals(error, request.step);
    });
    return viewOf(runtime, run);
  });
}

/** Says which signals there are. */
function nameSignals(error: unknown, step: string): unknown {
  if (!(error instanceof MfmError) || error.code !== "SIGNAL_UNKNOWN") return error;
  const { signals } = error.details;
  const known = Array.isArray(signals) ? signals.map(String) : [];
  const words = known.length === 0 ? "; it has none" : `${didYouMean(step, known)} (its signals: ${known.slice(0, 20).join(", ")})`;
  return failure(error.code, `${error.message}${words}`, { ...error.details, suggestion: suggest(step, known) ?? null }, error);
}
