/** The spec: a program as canonical data. Everything that can change an outcome is in it, and the same config always gives the same bytes. */
import { type Digest, digestOf, toCanonical } from "./canonical.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { type Json, isJsonObject, put } from "./json.ts";
import type { DefinitionId } from "./names.ts";
import type { StateUse } from "./state.ts";

export const specFormat = "mfm-spec/1";

/** A tree that says where an input comes from: constants, and members of earlier steps' outputs. */
export type Binding =
  | { readonly value: Json }
  | { readonly from: string; readonly path: readonly string[] }
  | { readonly array: readonly Binding[] }
  | { readonly object: { readonly [name: string]: Binding } };

export interface RetryPolicy {
  /** How often a step is tried before its run pauses. */
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Each delay is this many times the one before. */
  readonly factor: number;
  /** A delay is shortened by a random part of up to this percentage. */
  readonly jitterPercent: number;
}

interface StepCommon {
  readonly key: string;
  /** Steps that must be done before this one, beyond those it takes input from. */
  readonly after: readonly string[];
}

export type Step = StepCommon &
  (
    | {
        readonly kind: "state";
        readonly state: DefinitionId;
        readonly config: Json;
        readonly input: Binding;
        readonly retry: RetryPolicy;
        readonly timeLimitMs: number;
        /** The write step that this one undoes: it runs only when the run is compensated. */
        readonly undoes?: string;
        /** Who must agree before anything of its effect is prepared. */
        readonly approval?: Quorum;
      }
    | { readonly kind: "wait"; readonly durationMs: number }
    | { readonly kind: "signal"; readonly payload: Descriptor }
    | { readonly kind: "child"; readonly op: DefinitionId; readonly config: Binding }
  );

/** A use of a state. */
export type StateStep = Step & { readonly kind: "state" };

/** An op that a step starts as a child run. */
export interface OpUse {
  readonly id: DefinitionId;
  readonly config: Descriptor;
  readonly output: Descriptor;
}

/** That `quorum` of these people agree. */
export interface Quorum {
  /** EIP-55 addresses, sorted. */
  readonly operators: readonly string[];
  readonly quorum: number;
}

/** What is owed when a run fails after a write: there are none; nothing (it stops and says so); undoing them; a person's decision. */
export type Saga = { readonly policy: "no-writes" | "fail" } | ({ readonly policy: "compensate" | "manual" } & Quorum);
export type SagaPolicy = Saga["policy"];

export interface Spec {
  readonly format: typeof specFormat;
  readonly op: DefinitionId;
  /** Ops that were included, under which key, with the digest of their config. */
  readonly lineage: readonly { readonly key: string; readonly op: DefinitionId; readonly config: Digest }[];
  /** Sorted by id. */
  readonly states: readonly StateUse[];
  /** Sorted by id. */
  readonly children: readonly OpUse[];
  /** In author order, which is the order of starting and committing. */
  readonly steps: readonly Step[];
  readonly saga: Saga;
  readonly output: { readonly binding: Binding; readonly type: ObjectDescriptor };
}

/** A spec's canonical text and its content address. */
export function encodeSpec(spec: Spec): { readonly text: string; readonly specRef: Digest } {
  const text = toCanonical(spec);
  return { text, specRef: digestOf(text) };
}

/** Ids of the states that write. */
export function writeStatesOf(spec: Pick<Spec, "states">): ReadonlySet<string> {
  return new Set(spec.states.filter((use) => use.effect === "write").map((use) => use.id));
}

/** The step that a step undoes; undefined: it is one that goes forward. */
export function undoneBy(step: Step): string | undefined {
  return step.kind === "state" ? step.undoes : undefined;
}

/** The keys of the steps that a binding takes values from. */
export function sourcesOf(binding: Binding): string[] {
  const sources: string[] = [];
  addSources(binding, sources);
  return sources;
}

function addSources(binding: Binding, sources: string[]): void {
  if ("from" in binding) sources.push(binding.from);
  else if ("array" in binding) for (const item of binding.array) addSources(item, sources);
  else if ("object" in binding) for (const member of Object.values(binding.object)) addSources(member, sources);
}

/** The keys of every step that must be done before `step` starts, without repeats. */
export function predecessorsOf(step: Step): string[] {
  const binding = step.kind === "state" ? step.input : step.kind === "child" ? step.config : undefined;
  const keys = [...step.after];
  if (binding !== undefined) addSources(binding, keys);
  return keys.length < 2 ? keys : [...new Set(keys)];
}

/**
 * The data that a binding stands for, given the outputs (as data) of the steps it names.
 * @throws HISTORY_INVALID when an output lacks what the binding takes from it, which a certified spec and a known state rule out
 */
export function resolveBinding(binding: Binding, outputOf: (step: string) => Json): Json {
  if ("value" in binding) return binding.value;
  if ("array" in binding) return binding.array.map((item) => resolveBinding(item, outputOf));
  if ("object" in binding) {
    const object: { [name: string]: Json } = {};
    for (const [name, member] of Object.entries(binding.object)) put(object, name, resolveBinding(member, outputOf));
    return object;
  }
  let value: Json = outputOf(binding.from);
  for (const name of binding.path) {
    const member: Json | undefined = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (member === undefined) {
      const reason = `the output of step ${binding.from} has no member ${binding.path.join(".")}`;
      throw new MfmError("HISTORY_INVALID", reason, { field: "data.step", reason });
    }
    value = member;
  }
  return value;
}
