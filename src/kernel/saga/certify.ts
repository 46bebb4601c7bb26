/** Certification of what a run owes: policies that people can carry out, undo steps that can run when they are needed, approvals that say what they cover. */
import type { Finding, FindingCode } from "../findings.ts";
import type { Registry } from "../registry.ts";
import { type Quorum, type Spec, type StateStep, type Step, predecessorsOf, sourcesOf, undoneBy, writeStatesOf } from "../spec.ts";

/** Every finding about policy, undo steps and approvals. */
export function sagaFindings(spec: Spec, registry: Registry): Finding[] {
  const checks = new SagaChecks(spec, registry);
  checks.run();
  return checks.findings;
}

class SagaChecks {
  readonly findings: Finding[] = [];
  readonly #spec: Spec;
  readonly #registry: Registry;
  readonly #writes: ReadonlySet<string>;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #hasUndo: boolean;

  constructor(spec: Spec, registry: Registry) {
    this.#spec = spec;
    this.#registry = registry;
    this.#writes = writeStatesOf(spec);
    this.#steps = new Map(spec.steps.map((step) => [step.key, step]));
    this.#hasUndo = spec.steps.some((step) => undoneBy(step) !== undefined);
  }

  run(): void {
    this.#checkPolicy();
    const undone = new Set<string>();
    for (const [index, step] of this.#spec.steps.entries()) {
      const path = `/steps/${index}`;
      if (step.kind === "state" && step.undoes !== undefined) {
        this.#checkUndo(step, step.undoes, path);
        if (undone.has(step.undoes))
          this.#find("UNDO_INVALID", `${path}/undoes`, `${step.undoes} has an undo before: leave one of them out`);
        undone.add(step.undoes);
      } else if (this.#hasUndo) this.#checkForward(predecessorsOf(step), path, `the step ${step.key}`);
      if (step.kind === "state" && step.approval !== undefined) this.#checkApproval(step, step.approval, `${path}/approval`);
    }
    this.#checkForward(sourcesOf(this.#spec.output.binding), "/output/binding", "the output");
  }

  #find(code: FindingCode, path: string, message: string): void {
    this.findings.push({ code, path, message });
  }

  #isWrite(step: Step | undefined): boolean {
    return step?.kind === "state" && this.#writes.has(step.state);
  }

  #checkPolicy(): void {
    const { saga } = this.#spec;
    const writes = this.#writes.size > 0;
    if (writes !== (saga.policy !== "no-writes"))
      this.#find(
        "SAGA_INVALID",
        "/saga/policy",
        writes ? "a step writes: use fail, compensate or manual" : "no step writes: use no-writes",
      );
    if (saga.policy === "compensate" && !this.#hasUndo)
      this.#find("SAGA_INVALID", "/saga/policy", "there is nothing that undoes a step: give a write step an undo, or use manual or fail");
    if (saga.policy !== "compensate" && this.#hasUndo)
      this.#find(
        "SAGA_INVALID",
        "/saga/policy",
        `under the policy ${saga.policy} nothing is undone: use compensate, or leave the undo steps out`,
      );
    if ("quorum" in saga) this.#checkQuorum(saga, "/saga");
  }

  #checkQuorum({ operators, quorum }: Quorum, path: string): void {
    if (operators.length === 0 || operators.length > 100)
      this.#find("QUORUM_INVALID", `${path}/operators`, `${operators.length} operators, from 1 to 100: name who decides`);
    else if (quorum < 1 || quorum > operators.length)
      this.#find("QUORUM_INVALID", `${path}/quorum`, `a quorum of ${quorum} of ${operators.length} operators: from 1 to all of them`);
    for (const [index, operator] of operators.entries()) {
      const before = operators[index - 1];
      if (before === operator) this.#find("QUORUM_INVALID", `${path}/operators/${index}`, `${operator} stands there twice: name each once`);
      else if (before !== undefined && before > operator)
        this.#find("LIST_NOT_SORTED", `${path}/operators/${index}`, "the list must be sorted: plan the op again");
    }
  }

  #checkUndo(step: StateStep, key: string, path: string): void {
    const undone = this.#steps.get(key);
    const at = `${path}/undoes`;
    if (undone === undefined) this.#find("UNDO_INVALID", at, `the step ${key} does not exist: correct the key`);
    else if (!this.#isWrite(undone))
      this.#find("UNDO_INVALID", at, `the step ${key} does not write, so there is nothing to undo: leave it out`);
    else if (undoneBy(undone) !== undefined) this.#find("UNDO_INVALID", at, `the step ${key} is an undo itself: leave it out`);
    if (!this.#isWrite(step))
      this.#find("UNDO_INVALID", `${path}/state`, `${step.state} does not write, so it undoes nothing: use a state that writes`);
    if (step.after.length > 0)
      this.#find("UNDO_INVALID", `${path}/after`, "an undo runs after what it undoes, and when nothing else runs: leave it out");
    const ancestors = this.#ancestorsOf(key);
    for (const source of new Set(sourcesOf(step.input))) {
      if (this.#steps.has(source) && !ancestors.has(source))
        this.#find(
          "UNDO_INVALID",
          `${path}/input`,
          `the step ${source} may not be done by then: take input from ${key} and from the steps before it`,
        );
    }
  }

  /** The step, and every step that must be done before it. */
  #ancestorsOf(key: string): ReadonlySet<string> {
    const found = new Set([key]);
    for (const one of found) {
      const step = this.#steps.get(one);
      if (step !== undefined) for (const before of predecessorsOf(step)) found.add(before);
    }
    return found;
  }

  /** Nothing on the way forward needs a step that is not on it. */
  #checkForward(keys: readonly string[], path: string, what: string): void {
    for (const key of new Set(keys)) {
      const step = this.#steps.get(key);
      if (step !== undefined && undoneBy(step) !== undefined)
        this.#find("UNDO_INVALID", path, `${what} needs ${key}, which runs only when the run is compensated: take it from another step`);
    }
  }

  #checkApproval(step: StateStep, approval: Quorum, path: string): void {
    this.#checkQuorum(approval, path);
    const code = this.#registry.states.get(step.state)?.code;
    if (!this.#isWrite(step))
      this.#find("APPROVAL_INVALID", path, `${step.state} does not write, so there is nothing to agree to: leave it out`);
    else if (code?.kind === "writes" && code.effect.rules.states === null)
      this.#find(
        "APPROVAL_INVALID",
        path,
        `${code.effect.id} does not say what people would agree to: give the kind \`states\`, or leave it out`,
      );
  }
}
