/** Planning without starting: what a run would do, as its certified spec. Opens no store. */
import type { Digest } from "../kernel/canonical.ts";
import { certify } from "../kernel/certify.ts";
import { defaultTimeLimitMs, planOp, pureRetry, readRetry } from "../kernel/op.ts";
import { type RetryPolicy, type Spec, type Step, predecessorsOf, sourcesOf } from "../kernel/spec.ts";
import type { Effect } from "../kernel/state.ts";
import { readConfiguration } from "./configuration.ts";
import { type Input, type InputSource, readInput } from "./op-input.ts";
import type { Place } from "./place.ts";
import { assembleRegistry, getOp } from "./registry.ts";

export interface PlannedStep {
  readonly key: string;
  readonly kind: Step["kind"];
  /** Id of the state, or of the op of a child run; null for waits and signals. */
  readonly runs: string | null;
  readonly effect: Effect | null;
  /** Steps that must be done before. */
  readonly needs: readonly string[];
  readonly durationMs: number | null;
  /** Where they are not the default ones. */
  readonly retry: RetryPolicy | null;
  readonly timeLimitMs: number | null;
}

export interface PlanView {
  readonly entryPoint: string;
  readonly specRef: Digest;
  readonly configDigest: Digest;
  readonly steps: readonly PlannedStep[];
  /** Which steps each output is made of. */
  readonly outputs: readonly { readonly name: string; readonly from: readonly string[] }[];
  readonly spec: Spec;
}

export interface PlanRequest {
  readonly entryPoint: string;
  readonly input: Input;
  readonly source: InputSource;
}

/** @throws OP_UNKNOWN, VALUE_INVALID, PLAN_FAILED, CERTIFICATION_FAILED with every finding */
export async function planRun(place: Place, request: PlanRequest): Promise<PlanView> {
  const config = await readInput(request.input, request.source);
  const { modules } = await readConfiguration(place);
  const { registry } = await assembleRegistry(modules, place, request.entryPoint);
  const { spec, specRef, configDigest } = planOp(getOp(registry, request.entryPoint), config);
  certify(spec, registry);
  const effects = new Map<string, Effect>(spec.states.map((state) => [state.id, state.effect]));
  const steps = spec.steps.map((step) => viewStep(step, effects));
  return { entryPoint: request.entryPoint, specRef, configDigest, steps, outputs: viewOutputs(spec), spec };
}

function viewStep(step: Step, effects: ReadonlyMap<string, Effect>): PlannedStep {
  const base = {
    key: step.key,
    kind: step.kind,
    runs: null,
    effect: null,
    needs: predecessorsOf(step),
    durationMs: null,
    retry: null,
    timeLimitMs: null,
  };
  switch (step.kind) {
    case "wait":
      return { ...base, durationMs: step.durationMs };
    case "signal":
      return base;
    case "child":
      return { ...base, runs: step.op };
    case "state": {
      const effect = effects.get(step.state) ?? null;
      const usual = effect === "pure" ? pureRetry : readRetry;
      const retry = sameRetry(step.retry, usual) ? null : step.retry;
      return { ...base, runs: step.state, effect, retry, timeLimitMs: step.timeLimitMs === defaultTimeLimitMs ? null : step.timeLimitMs };
    }
  }
}

function sameRetry(left: RetryPolicy, right: RetryPolicy): boolean {
  return (Object.keys(left) as (keyof RetryPolicy)[]).every((name) => left[name] === right[name]);
}

function viewOutputs(spec: Spec): PlanView["outputs"] {
  const { binding } = spec.output;
  const members = "object" in binding ? binding.object : {};
  return Object.keys(spec.output.type.fields).map((name) => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    return { name, from: member === undefined ? [] : [...new Set(sourcesOf(member))] };
  });
}
