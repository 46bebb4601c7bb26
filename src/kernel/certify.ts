/**
 * Certification: the one way from a spec to something the runtime executes. Every check answers a question that would otherwise be
 * asked when money is at stake; all findings are reported at once, each with the fix.
 */
import { type Digest, digestOf, toCanonical } from "./canonical.ts";
import { type Descriptor, describe, descriptorAt, mismatch, nothing } from "./descriptor.ts";
import { longestDuration } from "./duration.ts";
import { MfmError } from "./errors.ts";
import { type Json, limits } from "./json.ts";
import { definitionGrammar, isDefinitionId, isMemberName, isStepKey, stepKeyGrammar } from "./names.ts";
import { opUse } from "./op.ts";
import type { Registry } from "./registry.ts";
import { type Binding, type RetryPolicy, type Spec, type Step, encodeSpec, predecessorsOf } from "./spec.ts";
import { readSpecShape } from "./spec-shape.ts";
import type { State } from "./state.ts";
import { ValueCodec } from "./value.ts";

/** When each finding is made, for `docs/errors.md`. */
export const findingTable = {
  SPEC_SHAPE: "The data is not a spec of a format this version reads.",
  SPEC_TOO_LARGE: "More steps, or more bytes, than a spec may have.",
  OP_ID_INVALID: "The op's id does not have the form of one.",
  STEP_KEY_INVALID: "A step key does not have the form of one.",
  STEP_KEY_DUPLICATE: "Two steps have the same key.",
  STATE_UNKNOWN: "A state's code is not registered here.",
  STATE_DIFFERENT: "The registered state of this id has other schemas, capabilities or another effect class.",
  STATE_NOT_LISTED: "A step uses a state that the spec does not list.",
  STATE_UNUSED: "The spec lists a state that no step uses.",
  LIST_NOT_SORTED: "A list that is kept sorted and unique is not.",
  EFFECTS_NOT_AVAILABLE: "A step writes, and this version executes no writes yet.",
  CHILD_UNKNOWN: "The op of a child step is not registered here.",
  CHILD_DIFFERENT: "The registered op of this id has another config or output schema.",
  CHILD_NOT_LISTED: "A child step starts an op that the spec does not list.",
  CHILD_UNUSED: "The spec lists a child op that no step starts.",
  CONFIG_INVALID: "A step's config does not match its state's schema.",
  BINDING_INVALID: "What is wired to an input cannot always be a value of it.",
  PREDECESSOR_UNKNOWN: "A step waits for, or takes input from, a step that does not exist.",
  CYCLE: "Steps wait for each other in a circle.",
  RETRY_INVALID: "A retry policy is out of range.",
  TIME_INVALID: "A duration or time limit is out of range.",
  OUTPUT_MISSING: "The spec declares no output.",
  OUTPUT_INVALID: "An output's name is not camelCase, or its binding cannot be a value of its type.",
} as const;

export type FindingCode = keyof typeof findingTable;

export interface Finding {
  readonly [name: string]: string;
  readonly code: FindingCode;
  /** JSON pointer into the spec. */
  readonly path: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

const issued = new WeakSet<object>();

/** A spec that this build's registry accepted, in this process. Only `certify` makes one; a copy of one is not one. */
export class CertifiedSpec {
  readonly spec: Spec;
  readonly text: string;
  readonly specRef: Digest;
  /** The state of each step of kind state, by key. */
  readonly states: ReadonlyMap<string, State>;

  /** @throws NOT_CERTIFIED unless called by `certify` */
  constructor(key: symbol, spec: Spec, states: ReadonlyMap<string, State>) {
    if (key !== certifier) throw new MfmError("NOT_CERTIFIED", "a CertifiedSpec is made by certify() only");
    const encoded = encodeSpec(spec);
    this.spec = deepFreeze(structuredClone(spec));
    this.text = encoded.text;
    this.specRef = encoded.specRef;
    this.states = states;
    Object.freeze(this);
    issued.add(this);
  }
}

const certifier = Symbol("certifier");

/** @throws NOT_CERTIFIED when the value was not made by this module's `certify`, however much it looks like it */
export function assertCertified(value: unknown): asserts value is CertifiedSpec {
  if (typeof value === "object" && value !== null && issued.has(value)) return;
  throw new MfmError("NOT_CERTIFIED", "this is not a spec that certify() of this process returned");
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}

/**
 * Certifies a spec, given as data.
 * @throws EFFECTS_NOT_AVAILABLE when the only findings are write steps
 * @throws CERTIFICATION_FAILED with every finding in details.findings
 */
export function certify(data: unknown, registry: Registry): CertifiedSpec {
  const checked = findProblems(data, registry);
  if (!Array.isArray(checked)) return new CertifiedSpec(certifier, checked.spec, checked.states);
  const findings: readonly Finding[] = checked;
  const onlyEffects = findings.every((finding) => finding.code === "EFFECTS_NOT_AVAILABLE");
  const words = findings.slice(0, 10).map((finding) => `${finding.path}: ${finding.message} [${finding.code}]`);
  if (findings.length > 10) words.push(`and ${findings.length - 10} more`);
  throw new MfmError(onlyEffects ? "EFFECTS_NOT_AVAILABLE" : "CERTIFICATION_FAILED", `the spec is refused:\n  ${words.join("\n  ")}`, { findings });
}

/** Every finding about a spec, without certifying it: for verification, which may lack code. */
export function inspectSpec(data: unknown, registry: Registry): readonly Finding[] {
  const checked = findProblems(data, registry);
  return Array.isArray(checked) ? checked : [];
}

function findProblems(data: unknown, registry: Registry): Finding[] | { readonly spec: Spec; readonly states: Map<string, State> } {
  const shaped = readSpecShape(data);
  if (Array.isArray(shaped)) {
    return shaped.map(({ path, reason }: { path: string; reason: string }) => ({ code: "SPEC_SHAPE" as const, path, message: `${reason}; plan the op again with this version` }));
  }
  const check = new Check(shaped as Spec, registry);
  check.run();
  return check.findings.length === 0 ? { spec: shaped as Spec, states: check.states } : check.findings;
}

/** One certification: the checks in order, and what they found. */
class Check {
  readonly findings: Finding[] = [];
  readonly states = new Map<string, State>();
  readonly #spec: Spec;
  readonly #registry: Registry;
  readonly #steps = new Map<string, Step>();

  constructor(spec: Spec, registry: Registry) {
    this.#spec = spec;
    this.#registry = registry;
  }

  run(): void {
    const { op, steps } = this.#spec;
    if (!isDefinitionId(op)) this.#find("OP_ID_INVALID", "/op", `the op id is not ${definitionGrammar}`);
    if (steps.length > limits.stepsPerSpec) this.#find("SPEC_TOO_LARGE", "/steps", `${steps.length} steps, at most ${limits.stepsPerSpec}: move part of the work to child runs`);
    const bytes = Buffer.byteLength(toCanonical(this.#spec as unknown as Json));
    if (bytes > limits.artifactBytes) this.#find("SPEC_TOO_LARGE", "", `${bytes} bytes, at most ${limits.artifactBytes}: move part of the work to child runs`);
    this.#checkKeys();
    this.#checkStates();
    this.#checkChildren();
    this.#checkLineage();
    for (const [index, step] of steps.entries()) this.#checkStep(step, `/steps/${index}`);
    this.#checkOrder();
    this.#checkOutput();
  }

  #find(code: FindingCode, path: string, message: string): void {
    this.findings.push({ code, path: path === "" ? "/" : path, message });
  }

  #checkKeys(): void {
    for (const [index, step] of this.#spec.steps.entries()) {
      if (!isStepKey(step.key)) this.#find("STEP_KEY_INVALID", `/steps/${index}/key`, `a step key has ${stepKeyGrammar}: rename it`);
      if (this.#steps.has(step.key)) this.#find("STEP_KEY_DUPLICATE", `/steps/${index}/key`, `the key ${step.key} is used before: give this step another`);
      this.#steps.set(step.key, step);
    }
  }

  #checkSorted(list: readonly { readonly id: string }[], path: string): void {
    for (let index = 1; index < list.length; index++) {
      const [before, here] = [list[index - 1], list[index]];
      if (before !== undefined && here !== undefined && before.id >= here.id) this.#find("LIST_NOT_SORTED", `${path}/${index}/id`, "the list must be sorted by id, each once: plan the op again");
    }
  }

  #checkStates(): void {
    this.#checkSorted(this.#spec.states, "/states");
    const used = new Set(this.#spec.steps.map((step) => (step.kind === "state" ? step.state : "")));
    for (const [index, use] of this.#spec.states.entries()) {
      const path = `/states/${index}`;
      const state = this.#registry.states.get(use.id);
      if (!used.has(use.id)) this.#find("STATE_UNUSED", path, `no step uses ${use.id}: plan the op again`);
      if (state === undefined) this.#find("STATE_UNKNOWN", path, `the state ${use.id} is not registered: export it from the module that has the op`);
      else if (toCanonical(state.use as unknown as Json) !== toCanonical(use as unknown as Json)) {
        this.#find("STATE_DIFFERENT", path, `the registered ${use.id} is declared otherwise than when this was planned: a changed state is a new @version, and the old one stays registered`);
      }
      if (use.effect === "write") this.#find("EFFECTS_NOT_AVAILABLE", path, `${use.id} writes, and this version executes no writes yet: remove the step`);
    }
  }

  #checkChildren(): void {
    this.#checkSorted(this.#spec.children, "/children");
    const used = new Set(this.#spec.steps.map((step) => (step.kind === "child" ? step.op : "")));
    for (const [index, use] of this.#spec.children.entries()) {
      const path = `/children/${index}`;
      const op = this.#registry.ops.get(use.id);
      if (!used.has(use.id)) this.#find("CHILD_UNUSED", path, `no step starts ${use.id}: plan the op again`);
      if (op === undefined) this.#find("CHILD_UNKNOWN", path, `the op ${use.id} is not registered: export it from the module that has its parent`);
      else if (op.output === undefined || toCanonical(opUse(op) as unknown as Json) !== toCanonical(use as unknown as Json)) {
        this.#find("CHILD_DIFFERENT", path, `the registered ${use.id} has another config or output schema: a changed op is a new @version`);
      }
    }
  }

  #checkLineage(): void {
    for (const [index, entry] of this.#spec.lineage.entries()) {
      if (!isStepKey(entry.key)) this.#find("STEP_KEY_INVALID", `/lineage/${index}/key`, `a key has ${stepKeyGrammar}: rename it`);
      if (!isDefinitionId(entry.op)) this.#find("OP_ID_INVALID", `/lineage/${index}/op`, `the op id is not ${definitionGrammar}`);
    }
  }

  #checkStep(step: Step, path: string): void {
    for (const key of predecessorsOf(step)) {
      if (!this.#steps.has(key)) this.#find("PREDECESSOR_UNKNOWN", path, `step ${step.key} needs the step ${key}, which does not exist: correct the key or add the step`);
    }
    if (toCanonical(step.after) !== toCanonical([...new Set(step.after)].sort())) this.#find("LIST_NOT_SORTED", `${path}/after`, "the list must be sorted, each key once: plan the op again");
    if (step.kind === "wait") this.#checkTime(step.durationMs, `${path}/durationMs`);
    if (step.kind === "child") {
      const use = this.#spec.children.find((child) => child.id === step.op);
      if (use === undefined) this.#find("CHILD_NOT_LISTED", `${path}/op`, `${step.op} is not in the spec's list of children: plan the op again`);
      else this.#checkBinding(step.config, use.config, `${path}/config`, "BINDING_INVALID");
    }
    if (step.kind === "state") this.#checkStateStep(step, path);
  }

  #checkStateStep(step: Step & { readonly kind: "state" }, path: string): void {
    if (!this.#spec.states.some((use) => use.id === step.state)) this.#find("STATE_NOT_LISTED", `${path}/state`, `${step.state} is not in the spec's list of states: plan the op again`);
    this.#checkTime(step.timeLimitMs, `${path}/timeLimitMs`);
    if (step.timeLimitMs === 0) this.#find("TIME_INVALID", `${path}/timeLimitMs`, "a time limit of 0 lets nothing run: leave it out or raise it");
    this.#checkRetry(step.retry, `${path}/retry`);
    const state = this.#registry.states.get(step.state);
    if (state === undefined) return;
    this.states.set(step.key, state);
    const reason = misfitOf(step.config, state.descriptors.config);
    if (reason !== undefined) this.#find("CONFIG_INVALID", `${path}/config`, `${reason}: correct the config that the plan gives to step ${step.key}`);
    this.#checkBinding(step.input, state.descriptors.input, `${path}/input`, "BINDING_INVALID");
  }

  #checkTime(milliseconds: number, path: string): void {
    if (milliseconds > longestDuration) this.#find("TIME_INVALID", path, "longer than a year: use a shorter time, and start another run for what comes later");
  }

  #checkRetry(retry: RetryPolicy, path: string): void {
    const bounds = { maxAttempts: [1, 1000], firstDelayMs: [0, 86_400_000], maxDelayMs: [0, 86_400_000], factor: [1, 100], jitterPercent: [0, 100] } as const;
    for (const [name, [low, high]] of Object.entries(bounds)) {
      const value = retry[name as keyof RetryPolicy];
      if (value < low || value > high) this.#find("RETRY_INVALID", `${path}/${name}`, `${name} must be from ${low} to ${high}`);
    }
  }

  #outputOf(key: string): Descriptor | undefined {
    const step = this.#steps.get(key);
    switch (step?.kind) {
      case "state":
        return this.#registry.states.get(step.state)?.descriptors.output;
      case "wait":
        return nothing;
      case "signal":
        return step.payload;
      case "child":
        return this.#spec.children.find((child) => child.id === step.op)?.output;
      case undefined:
        return undefined;
    }
  }

  #checkBinding(binding: Binding, target: Descriptor, path: string, code: FindingCode): void {
    const refuse = (reason: string): void => this.#find(code, path, `${reason}: wire something that fits`);
    if ("value" in binding) {
      const reason = misfitOf(binding.value, target);
      if (reason !== undefined) refuse(reason);
    } else if ("from" in binding) {
      const source = this.#outputOf(binding.from);
      // An unknown step or state is a finding of its own.
      if (source === undefined) return;
      const given = descriptorAt(source, binding.path);
      if (given === undefined) refuse(`the output of step ${binding.from} has no member ${binding.path.join(".")} that is always present`);
      else {
        const reason = mismatch(given, target);
        if (reason !== undefined) refuse(`the output of step ${binding.from}: ${reason}`);
      }
    } else if ("array" in binding) {
      const count = binding.array.length;
      if (target.kind !== "array" || count < target.min || count > target.max) return refuse(`an array of ${count}, expected ${describe(target)}`);
      for (const [index, item] of binding.array.entries()) this.#checkBinding(item, target.items, `${path}/${index}`, code);
    } else this.#checkMembers(binding.object, target, path, code);
  }

  #checkMembers(members: { readonly [name: string]: Binding }, target: Descriptor, path: string, code: FindingCode): void {
    const refuse = (reason: string): void => this.#find(code, path, `${reason}: wire something that fits`);
    if (target.kind === "record") {
      for (const [name, member] of Object.entries(members)) this.#checkBinding(member, target.values, `${path}/${name}`, code);
      return;
    }
    let object = target;
    if (target.kind === "variant") {
      const tag = Object.hasOwn(members, target.on) ? members[target.on] : undefined;
      const chosen = tag !== undefined && "value" in tag ? String(tag.value) : "";
      object = (Object.hasOwn(target.cases, chosen) ? target.cases[chosen] : undefined) ?? target;
    }
    if (object.kind !== "object") return refuse(`an object, expected ${describe(target)}`);
    for (const [name, field] of Object.entries(object.fields)) {
      const member = Object.hasOwn(members, name) ? members[name] : undefined;
      if (member !== undefined) this.#checkBinding(member, field, `${path}/${name}`, code);
      else if (!object.optional.includes(name)) refuse(`the member ${name} is missing`);
    }
    for (const name of Object.keys(members)) if (!Object.hasOwn(object.fields, name)) refuse(`there is no member ${name}`);
  }

  /** Kahn's algorithm: what cannot be ordered is on, or behind, a circle. */
  #checkOrder(): void {
    const missing = new Map<string, number>();
    const followers = new Map<string, string[]>();
    for (const [key, step] of this.#steps) {
      const known = predecessorsOf(step).filter((predecessor) => this.#steps.has(predecessor));
      missing.set(key, known.length);
      for (const predecessor of known) {
        const list = followers.get(predecessor);
        if (list === undefined) followers.set(predecessor, [key]);
        else list.push(key);
      }
    }
    const free = [...missing].filter(([, count]) => count === 0).map(([key]) => key);
    for (let key = free.pop(); key !== undefined; key = free.pop()) {
      missing.delete(key);
      for (const follower of followers.get(key) ?? []) {
        const left = (missing.get(follower) ?? 0) - 1;
        missing.set(follower, left);
        if (left === 0) free.push(follower);
      }
    }
    if (missing.size > 0) this.#find("CYCLE", "/steps", `these steps wait for each other: ${[...missing.keys()].slice(0, 10).join(", ")}: remove one of the dependencies`);
  }

  #checkOutput(): void {
    const { binding, type } = this.#spec.output;
    const names = Object.keys(type.fields);
    if (names.length === 0) this.#find("OUTPUT_MISSING", "/output", "a run must have a result: return at least one handle from plan");
    for (const name of names) if (!isMemberName(name)) this.#find("OUTPUT_INVALID", `/output/type/${name}`, "an output's name is camelCase: rename it");
    this.#checkBinding(binding, type, "/output/binding", "OUTPUT_INVALID");
  }
}

/** Why data is not the canonical encoding of a value of the descriptor. */
function misfitOf(data: Json, descriptor: Descriptor): string | undefined {
  try {
    const codec = new ValueCodec(descriptor);
    const encoded = codec.encode(codec.decode(data));
    return digestOf(encoded) === digestOf(toCanonical(data)) ? undefined : "a value that is not in its canonical form";
  } catch (error) {
    if (error instanceof MfmError) return error.message;
    throw error;
  }
}
