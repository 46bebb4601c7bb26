/** Starting and resuming runs in this process. */
import type { Json } from "../kernel/json.ts";
import type { Watch } from "../kernel/ports.ts";
import { type Run, hasEnded } from "../kernel/run.ts";
import type { Runtime } from "../kernel/runtime/runtime.ts";
import { actOf } from "./actor.ts";
import { withEngine } from "./engine.ts";
import { type Cause, type Ending, causesOf, endingOf } from "./causes.ts";
import { freshKey } from "./machine.ts";
import { type Input, type InputSource, readInput } from "./op-input.ts";
import type { Place } from "./place.ts";
import { getOp } from "./registry.ts";
import { resolveRunId } from "./run-ids.ts";

export interface Driving {
  readonly place: Place;
  readonly watch: Watch;
  /** Aborted to stop: the lease is given back. */
  readonly signal: AbortSignal;
  /** Told as soon as the run is known, before it is driven, with how it stands then. */
  readonly onRun: (run: Run, how: "started" | "attached" | "resumed") => void;
}

export interface Driven {
  readonly run: Run;
  /** The run's output as data, once it succeeded. */
  readonly output: Json;
  readonly causes: readonly Cause[];
  readonly ending: Ending | null;
}

export interface StartTerms {
  readonly entryPoint: string;
  readonly key: string | undefined;
  readonly detach: boolean;
}

export interface StartRequest extends StartTerms {
  readonly input: Input;
  readonly source: InputSource;
}

/** @throws OP_UNKNOWN, VALUE_INVALID, PLAN_FAILED, CERTIFICATION_FAILED, CAPABILITY_UNAVAILABLE, INVOCATION_KEY_REUSED, INTERRUPTED; and what reading the input and opening the store throw */
export async function startRun(request: StartRequest, driving: Driving): Promise<Driven> {
  return startConfigured(await readInput(request.input, request.source), request, driving);
}

/** `startRun` for whoever made the configuration. */
export async function startConfigured(config: unknown, terms: StartTerms, driving: Driving): Promise<Driven> {
  return withEngine({ ...driving, op: terms.entryPoint }, async ({ assembly, runtime }) => {
    const op = getOp(assembly.registry, terms.entryPoint);
    driving.signal.throwIfAborted();
    const { run } = await runtime.startUntyped(op, config, {
      key: terms.key ?? freshKey(),
      detach: terms.detach,
      signal: driving.signal,
      onRun: (_runId, outcome, found) => driving.onRun(found, outcome === "admitted" ? "started" : outcome),
    });
    return withOutput(runtime, run);
  });
}

export interface ResumeRequest {
  readonly run: string;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  readonly detach: boolean;
}

/** @throws RUN_UNKNOWN, RUN_AMBIGUOUS, RUN_ENDED, CERTIFICATION_FAILED, CAPABILITY_UNAVAILABLE, INTERRUPTED */
export async function resumeRun(request: ResumeRequest, driving: Driving): Promise<Driven> {
  const act = actOf(request.actor, request.reason ?? "resumed from the command line");
  return withEngine(driving, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, request.run);
    const { run: found } = await runtime.getStored(runId);
    // One that has ended is refused below.
    if (!hasEnded(found.status)) driving.onRun(found, "resumed");
    const run = await runtime.resume(runId, act, { detach: request.detach, signal: driving.signal });
    return withOutput(runtime, run);
  });
}

async function withOutput(runtime: Runtime, run: Run): Promise<Driven> {
  const output = run.outputs === null ? null : await runtime.output(run);
  return { run, output, causes: await causesOf(runtime.store, run), ending: await endingOf(runtime.store, run) };
}
