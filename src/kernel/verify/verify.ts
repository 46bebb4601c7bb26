/**
 * Verification: re-derives everything a history claims. The chain, the run's identity, the certification, every binding, every step
 * recomputed from its facts, every output. No provider, no signer, no configuration, no clock.
 */
import { jsonMediaType, nullArtifact } from "../artifacts.ts";
import { digestOf, toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { EffectEvent, EventData, FactUse, Head, Ref, RunEvent } from "../events.ts";
import { Fold } from "../fold.ts";
import { deriveRunId, digestChildInvocation } from "../identity.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { RecoverSigner } from "../ports.ts";
import type { Registry } from "../registry.ts";
import { readSpecShape } from "../spec-shape.ts";
import { type Binding, type Spec, type StateStep, type Step, resolveBinding } from "../spec.ts";
import type { State } from "../state.ts";
import { codecOf } from "../value.ts";
import type { EffectKind } from "../effects/kind.ts";
import type { Effect } from "../effects/ledger.ts";
import { type Conclusion, EffectChecks } from "./effects.ts";
import { type Evidence, type History, digestsOf, refsOf } from "./history.ts";
import { type Opening, digestAs, isCanonicalValue, openHistory } from "./opening.ts";
import { recompute } from "./recompute.ts";
import { expect, placedAt, refusal } from "./refusal.ts";
import type { VerifyOptions, VerifyReport } from "./report.ts";
import { SignatureChecks, signatureRecovery } from "./signatures.ts";

export type { VerifyOptions, VerifyReport } from "./report.ts";

/**
 * Verifies a history.
 * @throws HISTORY_INVALID at the first thing that does not hold; details name the event's seq and the field
 * @throws HEAD_MISMATCH when everything holds but the head is not `options.head`
 */
export async function verifyHistory(history: History, registry: Registry, options: VerifyOptions = {}): Promise<VerifyReport> {
  const verification = new Verification(history, registry, options.recoverSigner);
  const report = await verification.run();
  if (options.head !== undefined && options.head !== report.head.digest) {
    throw new MfmError("HEAD_MISMATCH", `the history ends in ${report.head.digest} at seq ${report.head.seq}, not in ${options.head}`, {
      kind: "rewritten",
      head: report.head.digest,
      expected: options.head,
    });
  }
  return report;
}

class Verification {
  readonly #history: History;
  readonly #registry: Registry;
  readonly #opening: Opening;
  readonly #fold: Fold;
  readonly #children = new Map<string, { runId: RunId; step: string; head: Head | null }>();
  readonly #effects: EffectChecks;
  readonly #signatures: SignatureChecks;
  #facts = 0;
  #recomputed = 0;

  constructor(history: History, registry: Registry, recoverSigner: RecoverSigner | undefined) {
    this.#history = history;
    this.#registry = registry;
    this.#opening = openHistory(history, registry);
    this.#fold = new Fold(history.runId, this.#spec);
    this.#effects = new EffectChecks(this.#evidence);
    const { runId } = history;
    this.#signatures = new SignatureChecks({ runId, specRef: this.#opening.manifest.spec, evidence: this.#evidence, recoverSigner });
  }

  get #spec(): Spec {
    return this.#opening.spec;
  }

  get #evidence(): Evidence {
    return this.#opening.evidence;
  }

  async run(): Promise<VerifyReport> {
    for (const sealed of this.#history.events) {
      try {
        this.#fold.apply(sealed);
        const recomputing = this.#checkEvent(sealed.event);
        if (recomputing !== undefined) await recomputing;
      } catch (error) {
        throw placedAt(error, sealed.event);
      }
    }
    const run = this.#fold.run();
    const unknown = [...this.#opening.unknown, ...(this.#signatures.isIncomplete ? [signatureRecovery] : [])];
    return {
      result: unknown.length === 0 ? "verified" : "consistent",
      run,
      head: run.head,
      counts: {
        events: this.#history.events.length,
        artifacts: this.#history.artifacts.size,
        facts: this.#facts,
        recomputed: this.#recomputed,
      },
      unknown: unknown.sort(),
      children: [...this.#children.values()],
    };
  }

  /** Checks what an event claims beyond its place; a promise where a step has to be recomputed asynchronously. */
  #checkEvent(event: RunEvent): Promise<void> | undefined {
    for (const { field, ref, kind } of refsOf(event)) {
      if (ref.kind !== kind) throw refusal(`${field}.kind`, `expected ${kind}, found ${ref.kind}`);
      if (ref.mediaType !== jsonMediaType) throw refusal(`${field}.mediaType`, `expected ${jsonMediaType}`);
    }
    for (const digest of digestsOf(event)) this.#evidence.text(digest);
    switch (event.type) {
      case "StepCompleted":
        return this.#checkCompleted(event.data);
      case "StepFailed":
        return this.#checkFailed(event.data);
      case "SignalReceived": {
        const step = this.#step(event.data.step);
        if (step.kind === "signal")
          expect(
            isCanonicalValue(codecOf(step.payload), this.#evidence.json(event.data.payload.digest)),
            "data.payload.digest",
            "the payload does not match the signal's schema",
          );
        return undefined;
      }
      case "ChildStarted":
        return this.#checkChild(event.data);
      case "EffectIntended":
        this.#checkEffect(event);
        return this.#checkIntended(event.data);
      case "ApprovalRecorded":
        this.#checkEffect(event);
        return this.#signatures.checkApproval(event.data, this.#effectOf(this.#step(event.data.step)), this.#kindOf(event.data.step));
      case "ResolutionRecorded":
        return this.#signatures.checkResolution(event);
      case "LaneAcquired":
      case "LaneExplained":
      case "CandidateRequested":
      case "EffectPrepared":
      case "EffectDispatched":
      case "EffectObserved":
      case "EffectSettled":
      case "EffectAmbiguous":
      case "EffectAbandoned":
        return this.#checkEffect(event);
      case "RunSucceeded": {
        const output = this.#resolve(this.#spec.output.binding);
        const text = toCanonical(output);
        expect(
          isCanonicalValue(codecOf(this.#spec.output.type), output),
          "data.output.digest",
          "the output does not match its declared type",
        );
        expect(digestOf(text) === event.data.output.digest, "data.output.digest", "the output is not what the steps' outputs make");
        return undefined;
      }
      default:
        return undefined;
    }
  }

  #checkCompleted(data: EventData<"StepCompleted">): Promise<void> | undefined {
    const step = this.#step(data.step);
    switch (step.kind) {
      case "wait":
        expect(data.output.digest === nullArtifact.ref.digest, "data.output.digest", "a wait puts out null");
        return undefined;
      case "child":
        this.#checkChildOutput(step, data);
        return undefined;
      case "signal":
        throw refusal("data.step", "a signal is completed by SignalReceived");
      case "state": {
        const state = this.#registry.states.get(step.state);
        if (state?.code.kind === "writes" && this.#effectOf(step) !== undefined)
          return this.#checkConcluded(step, state, { output: data.output.digest });
        return this.#checkMade(step, state, data, { output: data.output, field: "data.output.digest" });
      }
    }
  }

  /** What a state's code made: recomputed from the recorded facts where the code is here. */
  #checkMade(
    step: StateStep,
    state: State | undefined,
    data: { readonly facts: readonly FactUse[] },
    made: { readonly output: Ref; readonly field: string },
  ): Promise<void> | undefined {
    this.#facts += data.facts.length;
    if (state !== undefined) {
      const recomputing = recompute({ step, state, facts: data.facts, ...made }, () => this.#resolve(step.input), this.#evidence);
      this.#recomputed++;
      return recomputing;
    }
    for (const digest of [made.output.digest, ...data.facts.map((use) => use.fact)]) this.#evidence.json(digest);
    return undefined;
  }

  #checkIntended(data: EventData<"EffectIntended">): Promise<void> | undefined {
    const step = this.#step(data.step);
    if (step.kind !== "state") throw refusal("data.step", "the step does not write");
    // What is intended anew is the same intent, which the ledger sees to.
    if (data.renewal !== undefined) return undefined;
    return this.#checkMade(step, this.#registry.states.get(step.state), data, { output: data.intent, field: "data.intent.digest" });
  }

  #effectOf(step: Step): Effect | undefined {
    return this.#fold.effects.get(this.#fold.indexOf(step.key) ?? -1);
  }

  #checkEffect(event: EffectEvent): undefined {
    const effect = this.#effectOf(this.#step(event.data.step));
    if (effect !== undefined) this.#effects.check(event, effect, this.#kindOf(event.data.step));
  }

  #kindOf(key: string): EffectKind | undefined {
    const step = this.#step(key);
    const code = step.kind === "state" ? this.#registry.states.get(step.state)?.code : undefined;
    return code?.kind === "writes" ? code.effect : undefined;
  }

  /** What became of a write step whose effect succeeded: its output, or the code with which its own code fails on that. */
  #checkConcluded(step: StateStep, state: State, claimed: Conclusion): undefined {
    const effect = this.#effectOf(step);
    if (effect === undefined) throw refusal("data.step", "the step has no effect");
    this.#effects.checkConcluded({ step, state, effect }, () => this.#resolve(step.input), claimed);
    this.#recomputed++;
  }

  #checkFailed(data: EventData<"StepFailed">): undefined {
    const step = this.#step(data.step);
    const child = this.#children.get(step.key);
    if (child !== undefined) child.head = data.child ?? null;
    if (step.kind !== "state") return;
    this.#checkFailedConclusion(step, data);
    const mayRetry = data.advice !== "never" && data.attempt < step.retry.maxAttempts;
    expect((data.retry.kind === "at") === mayRetry, "data.retry.kind", "it is not what the step's retry policy says");
  }

  /** A step that failed although its effect succeeded did so in its own code, which does it again. */
  #checkFailedConclusion(step: StateStep, data: EventData<"StepFailed">): void {
    const state = this.#registry.states.get(step.state);
    const effect = this.#effectOf(step);
    if (state?.code.kind !== "writes" || effect?.is !== "settled" || effect.outcome.kind !== "success") return;
    this.#checkConcluded(step, state, { code: data.code });
  }

  #checkChild(data: EventData<"ChildStarted">): undefined {
    const step = this.#step(data.step);
    if (step.kind !== "child") return;
    expect(
      data.runId === deriveRunId(this.#opening.manifest.scope, step.op, digestChildInvocation(this.#history.runId, step.key)),
      "data.runId",
      "it is not the id of this child",
    );
    const config = this.#spec.children.find((use) => use.id === step.op)?.config;
    expect(
      config !== undefined && digestAs(codecOf(config), this.#resolve(step.config)) === data.config.digest,
      "data.config.digest",
      "it is not what is wired to the child",
    );
    const shaped = readSpecShape(this.#evidence.json(data.spec.digest));
    expect(shaped.kind === "spec" && shaped.spec.op === step.op, "data.spec.digest", "it is not a spec of this child's op");
    this.#children.set(step.key, { runId: data.runId, step: step.key, head: null });
  }

  #checkChildOutput(step: Step & { readonly kind: "child" }, data: EventData<"StepCompleted">): void {
    const output = this.#spec.children.find((use) => use.id === step.op)?.output;
    expect(
      output !== undefined && isCanonicalValue(codecOf(output), this.#evidence.json(data.output.digest)),
      "data.output.digest",
      "it is not a value of the child's output",
    );
    const child = this.#children.get(step.key);
    if (child !== undefined) child.head = data.child ?? null;
  }

  #step(key: string): Step {
    const step = this.#spec.steps[this.#fold.indexOf(key) ?? -1];
    if (step === undefined) throw refusal("data.step", "the spec has no such step");
    return step;
  }

  #resolve(binding: Binding): Json {
    return resolveBinding(binding, (key) => {
      const digest = this.#fold.outputOf(key);
      if (digest === undefined) throw refusal("data.step", `the step ${key} has no output yet`);
      return this.#evidence.json(digest);
    });
  }
}
