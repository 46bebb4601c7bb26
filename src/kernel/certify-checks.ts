/** The checks of certification, over a spec whose shape is right. Each asks one question; all findings are kept. */
import { toCanonical } from "./canonical.ts";
import { findMisfits, misfitOf } from "./certify-bindings.ts";
import { type Descriptor, nothing } from "./descriptor.ts";
import { longestDuration } from "./duration.ts";
import type { Finding, FindingCode } from "./findings.ts";
import { limits, pointerTo } from "./json.ts";
import { definitionGrammar, isDefinitionId, isMemberName, isStepKey, stepKeyGrammar } from "./names.ts";
import { opUse } from "./op.ts";
import type { Registry } from "./registry.ts";
import { type Binding, type RetryPolicy, type Spec, type StateStep, type Step, predecessorsOf, sourcesOf } from "./spec.ts";
import { sagaFindings } from "./saga/certify.ts";
import type { State } from "./state.ts";

const retryBounds = [
  ["maxAttempts", 1, 1000],
  ["firstDelayMs", 0, 86_400_000],
  ["maxDelayMs", 0, 86_400_000],
  ["factor", 1, 100],
  ["jitterPercent", 0, 100],
] as const satisfies readonly (readonly [keyof RetryPolicy, number, number])[];

/** One certification: the checks in order, and what they found. */
export class Checks {
  readonly findings: Finding[] = [];
  /** The registered state of each step of kind state, by key. */
  readonly states = new Map<string, State>();
  readonly #spec: Spec;
  readonly #bytes: number;
  readonly #registry: Registry;
  /** Where a step stands, by key. */
  readonly #indexOf = new Map<string, number>();
  /** The predecessors of each step, by index. */
  readonly #before: (readonly string[])[];

  constructor(spec: Spec, bytes: number, registry: Registry) {
    this.#spec = spec;
    this.#bytes = bytes;
    this.#registry = registry;
    this.#before = spec.steps.map(predecessorsOf);
  }

  run(): void {
    const { op, steps } = this.#spec;
    if (!isDefinitionId(op)) this.#find("OP_ID_INVALID", "/op", `the op id is not ${definitionGrammar}: rename it`);
    if (steps.length > limits.stepsPerSpec)
      this.#find("SPEC_TOO_LARGE", "/steps", `${steps.length} steps, at most ${limits.stepsPerSpec}: move part of the work to child runs`);
    if (this.#bytes > limits.artifactBytes)
      this.#find("SPEC_TOO_LARGE", "/", `${this.#bytes} bytes, at most ${limits.artifactBytes}: move part of the work to child runs`);
    this.#checkKeys();
    this.#checkStates();
    this.findings.push(...sagaFindings(this.#spec, this.#registry));
    this.#checkChildren();
    this.#checkLineage();
    for (const [index, step] of steps.entries()) this.#checkStep(step, this.#before[index] ?? [], `/steps/${index}`);
    this.#checkOrder();
    this.#checkOutput();
  }

  #find(code: FindingCode, path: string, message: string): void {
    this.findings.push({ code, path, message });
  }

  #checkKeys(): void {
    for (const [index, step] of this.#spec.steps.entries()) {
      if (!isStepKey(step.key)) this.#find("STEP_KEY_INVALID", `/steps/${index}/key`, `a step key has ${stepKeyGrammar}: rename it`);
      if (this.#indexOf.has(step.key))
        this.#find("STEP_KEY_DUPLICATE", `/steps/${index}/key`, `the key ${step.key} is used before: give this step another`);
      this.#indexOf.set(step.key, index);
    }
  }

  #checkSorted(list: readonly { readonly id: string }[], path: string): void {
    for (let index = 1; index < list.length; index++) {
      const [before, here] = [list[index - 1], list[index]];
      if (before !== undefined && here !== undefined && before.id >= here.id)
        this.#find("LIST_NOT_SORTED", `${path}/${index}/id`, "the list must be sorted by id, each once: plan the op again");
    }
  }

  #checkStates(): void {
    this.#checkSorted(this.#spec.states, "/states");
    const used = new Set(this.#spec.steps.map((step) => (step.kind === "state" ? step.state : "")));
    for (const [index, use] of this.#spec.states.entries()) {
      const path = `/states/${index}`;
      const state = this.#registry.states.get(use.id);
      if (!used.has(use.id)) this.#find("STATE_UNUSED", path, `no step uses ${use.id}: plan the op again`);
      if (state === undefined)
        this.#find("STATE_UNKNOWN", path, `the state ${use.id} is not registered: export it from the module that has the op`);
      else if (toCanonical(state.use) !== toCanonical(use)) {
        this.#find(
          "STATE_DIFFERENT",
          path,
          `the registered ${use.id} is declared otherwise than when this was planned: a changed state is a new @version, and the old one stays registered`,
        );
      }
    }
  }

  #checkChildren(): void {
    this.#checkSorted(this.#spec.children, "/children");
    const used = new Set(this.#spec.steps.map((step) => (step.kind === "child" ? step.op : "")));
    for (const [index, use] of this.#spec.children.entries()) {
      const path = `/children/${index}`;
      const op = this.#registry.ops.get(use.id);
      if (!used.has(use.id)) this.#find("CHILD_UNUSED", path, `no step starts ${use.id}: plan the op again`);
      if (op === undefined)
        this.#find("CHILD_UNKNOWN", path, `the op ${use.id} is not registered: export it from the module that has its parent`);
      else if (op.output === undefined || toCanonical(opUse(op)) !== toCanonical(use)) {
        this.#find("CHILD_DIFFERENT", path, `the registered ${use.id} has another config or output schema: a changed op is a new @version`);
      }
    }
  }

  #checkLineage(): void {
    const seen = new Set<string>();
    for (const [index, entry] of this.#spec.lineage.entries()) {
      if (!isStepKey(entry.key)) this.#find("STEP_KEY_INVALID", `/lineage/${index}/key`, `a key has ${stepKeyGrammar}: rename it`);
      if (seen.has(entry.key))
        this.#find("STEP_KEY_DUPLICATE", `/lineage/${index}/key`, `the key ${entry.key} is used before: include this op under another`);
      seen.add(entry.key);
      if (!isDefinitionId(entry.op))
        this.#find("OP_ID_INVALID", `/lineage/${index}/op`, `the op id is not ${definitionGrammar}: rename it`);
    }
  }

  #checkStep(step: Step, before: readonly string[], path: string): void {
    this.#checkPredecessors(before, path, `step ${step.key}`);
    if (!isAscending(step.after))
      this.#find("LIST_NOT_SORTED", `${path}/after`, "the list must be sorted, each key once: plan the op again");
    if (step.kind === "wait") this.#checkTime(step.durationMs, `${path}/durationMs`);
    if (step.kind === "child") {
      const use = this.#spec.children.find((child) => child.id === step.op);
      if (use === undefined)
        this.#find("CHILD_NOT_LISTED", `${path}/op`, `${step.op} is not in the spec's list of children: plan the op again`);
      else this.#checkBinding("BINDING_INVALID", step.config, use.config, `${path}/config`);
    }
    if (step.kind === "state") this.#checkStateStep(step, path);
  }

  #checkPredecessors(keys: readonly string[], path: string, what: string): void {
    for (const [index, key] of keys.entries()) {
      if (!this.#indexOf.has(key) && keys.indexOf(key) === index)
        this.#find("PREDECESSOR_UNKNOWN", path, `${what} needs the step ${key}, which does not exist: correct the key or add the step`);
    }
  }

  #checkBinding(code: FindingCode, binding: Binding, target: Descriptor, path: string): void {
    for (const misfit of findMisfits(binding, target, path, (step) => this.#outputOf(step)))
      this.#find(code, misfit.path, `${misfit.reason}: wire something that fits`);
  }

  #checkStateStep(step: StateStep, path: string): void {
    if (!this.#spec.states.some((use) => use.id === step.state))
      this.#find("STATE_NOT_LISTED", `${path}/state`, `${step.state} is not in the spec's list of states: plan the op again`);
    this.#checkTime(step.timeLimitMs, `${path}/timeLimitMs`);
    if (step.timeLimitMs === 0)
      this.#find("TIME_INVALID", `${path}/timeLimitMs`, "a time limit of 0 lets nothing run: leave it out or raise it");
    this.#checkRetry(step.retry, `${path}/retry`);
    const state = this.#registry.states.get(step.state);
    if (state === undefined) return;
    this.states.set(step.key, state);
    const reason = misfitOf(step.config, state.descriptors.config);
    if (reason !== undefined)
      this.#find("CONFIG_INVALID", `${path}/config`, `${reason}: correct the config that the plan gives to step ${step.key}`);
    this.#checkBinding("BINDING_INVALID", step.input, state.descriptors.input, `${path}/input`);
  }

  #checkTime(milliseconds: number, path: string): void {
    if (milliseconds > longestDuration)
      this.#find("TIME_INVALID", path, "longer than a year: use a shorter time, and start another run for what comes later");
  }

  #checkRetry(retry: RetryPolicy, path: string): void {
    for (const [name, low, high] of retryBounds) {
      const value = retry[name];
      if (value < low || value > high) this.#find("RETRY_INVALID", `${path}/${name}`, `${name} must be from ${low} to ${high}`);
    }
  }

  #outputOf(key: string): Descriptor | undefined {
    const step = this.#spec.steps[this.#indexOf.get(key) ?? -1];
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

  /** Kahn's algorithm: what cannot be ordered is on, or behind, a circle. */
  #checkOrder(): void {
    const followers: (number[] | undefined)[] = [];
    const missing = this.#before.map((keys, index) => {
      let count = 0;
      for (const key of keys) {
        const at = this.#indexOf.get(key);
        if (at === undefined) continue;
        (followers[at] ??= []).push(index);
        count++;
      }
      return count;
    });
    const free: number[] = [];
    for (const [index, count] of missing.entries()) if (count === 0) free.push(index);
    for (let index = free.pop(); index !== undefined; index = free.pop()) {
      for (const follower of followers[index] ?? []) {
        const left = (missing[follower] ?? 0) - 1;
        missing[follower] = left;
        if (left === 0) free.push(follower);
      }
    }
    const circular = this.#spec.steps.filter((_, index) => missing[index] !== 0);
    if (circular.length === 0) return;
    const keys = circular.slice(0, 10).map(({ key }) => key);
    this.#find("CYCLE", "/steps", `these steps wait for each other: ${keys.join(", ")}: remove one of the dependencies`);
  }

  #checkOutput(): void {
    const { binding, type } = this.#spec.output;
    const names = Object.keys(type.fields);
    if (names.length === 0) this.#find("OUTPUT_MISSING", "/output", "a run must have a result: return at least one handle from plan");
    for (const name of names)
      if (!isMemberName(name))
        this.#find("OUTPUT_INVALID", pointerTo("/output/type/fields", name), "an output's name is camelCase: rename it");
    this.#checkPredecessors(sourcesOf(binding), "/output/binding", "the output");
    this.#checkBinding("OUTPUT_INVALID", binding, type, "/output/binding");
  }
}

/** Whether each is behind the one before, as sorting strings puts them. */
function isAscending(keys: readonly string[]): boolean {
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? key) < key);
}
