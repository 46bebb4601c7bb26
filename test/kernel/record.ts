/**
 * Records real histories, always the same bytes: a driver without a store, which executes the code of states, one attempt at a time, in a
 * world where time passes only when there is nothing else to do.
 */
import { type ArtifactKind } from "../../src/kernel/events.ts";
import { jsonArtifact, nullArtifact } from "../../src/kernel/artifacts.ts";
import { type Digest, digestOf, toCanonical } from "../../src/kernel/canonical.ts";
import { certify } from "../../src/kernel/certify.ts";
import { formatInstant } from "../../src/kernel/codecs.ts";
import { decide } from "../../src/kernel/decide.ts";
import { type EventDraft, type Ref, type SealedEvent, sealEvent } from "../../src/kernel/events.ts";
import { executeState, failureOf } from "../../src/kernel/execute.ts";
import { Fold } from "../../src/kernel/fold.ts";
import {
  type Manifest,
  deriveRunId,
  digestChildInvocation,
  digestInvocationKey,
  encodeManifest,
  manifestFormat,
} from "../../src/kernel/identity.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { planOp } from "../../src/kernel/op.ts";
import type { Registry } from "../../src/kernel/registry.ts";
import { Recording } from "../../src/kernel/runtime/record.ts";
import { type Binding, type Spec, resolveBinding } from "../../src/kernel/spec.ts";
import type { History } from "../../src/kernel/verify/history.ts";
import { startOfTime } from "./simulate.ts";

export const scope = "test-scope";
const act = { actor: "ann", reason: "it is time" };

export interface RecordOptions {
  readonly registry: Registry;
  readonly spec: Spec;
  readonly configText: string;
  /** What is sent to every signal. */
  readonly payload?: Json;
  readonly parent?: { readonly runId: RunId; readonly step: string };
}

/** Records a run to its end. */
export function record(options: RecordOptions): Promise<History> {
  return new Recorder(options).run();
}

class Recorder {
  readonly #options: RecordOptions;
  readonly #runId: RunId;
  readonly #fold: Fold;
  readonly #events: SealedEvent[] = [];
  readonly #artifacts = new Map<Digest, string>();
  readonly #flights = new Map<number, EventDraft>();
  #now = startOfTime;

  constructor(options: RecordOptions) {
    const { spec, parent } = options;
    const invocation = parent === undefined ? digestInvocationKey("key") : digestChildInvocation(parent.runId, parent.step);
    this.#options = options;
    this.#runId = deriveRunId(scope, spec.op, invocation);
    this.#fold = new Fold(this.#runId, spec);
    const [specRef, config] = [this.#keep("spec", toCanonical(spec)), this.#keep("config", options.configText)];
    const base: Manifest = { format: manifestFormat, scope, entryPoint: spec.op, invocation, spec: specRef.digest, config: config.digest };
    const manifest = this.#keep("manifest", encodeManifest(parent === undefined ? base : { ...base, parent }));
    this.#append({ type: "RunAdmitted", data: { spec: specRef, config, manifest } });
  }

  async run(): Promise<History> {
    certify(this.#options.spec, this.#options.registry);
    for (let turn = 0; !this.#fold.ended && turn < 10_000; turn++) await this.#turn();
    return { runId: this.#runId, events: this.#events, artifacts: this.#artifacts };
  }

  async #turn(): Promise<void> {
    const decision = decide(this.#fold, new Set(this.#flights.keys()), this.#now, nullArtifact.ref);
    switch (decision.kind) {
      case "rest":
        return this.#append({ type: "RunResumed", data: act });
      case "stop":
        this.#flights.clear();
        return this.#append(decision.draft);
      case "close":
        throw new Error("runs with effects are recorded by the runtime");
      case "succeed":
        return this.#append({
          type: "RunSucceeded",
          data: { output: this.#keep("output", toCanonical(this.#resolve(this.#options.spec.output.binding))) },
        });
      case "continue": {
        for (const draft of decision.drafts) this.#append(draft);
        for (const index of decision.start) this.#flights.set(index, await this.#attempt(index));
        for (const index of decision.children) await this.#child(index);
        const [first] = this.#flights;
        if (first !== undefined) {
          this.#flights.delete(first[0]);
          this.#append(first[1]);
        } else if (decision.drafts.length === 0 && decision.children.length === 0) this.#outside(decision.wakeAt);
      }
    }
  }

  #outside(wakeAt: number | null): void {
    const index = this.#fold.ready.find((ready) => this.#fold.stepAt(ready).kind === "signal");
    if (index !== undefined) {
      const payload = this.#keep("signal", toCanonical(this.#options.payload ?? "7"));
      return this.#append({ type: "SignalReceived", data: { step: this.#fold.stepAt(index).key, payload, ...act } });
    }
    if (wakeAt === null) throw new Error("nothing wakes this run");
    this.#now = wakeAt;
  }

  async #attempt(index: number): Promise<EventDraft> {
    const step = this.#fold.stepAt(index);
    const { registry } = this.#options;
    const state = step.kind === "state" ? registry.states.get(step.state) : undefined;
    if (step.kind !== "state" || state === undefined) throw new Error(`no code for ${step.key}`);
    const attempt = this.#fold.attempts(index) + 1;
    const signal = new AbortController().signal;
    const recording = new Recording({ runId: this.#runId, step: step.key, backends: registry.backends, watch: () => undefined, signal });
    try {
      const given = { config: step.config, input: this.#resolve(step.input) };
      const { text } = await executeState(state, given, recording.caller, signal);
      for (const { digest, body } of recording.artifacts) if (typeof body === "string") this.#artifacts.set(digest, body);
      return { type: "StepCompleted", data: { step: step.key, attempt, output: this.#keep("value", text), facts: recording.facts() } };
    } catch (error) {
      const { code, advice } = failureOf(error);
      const again = advice !== "never" && attempt < step.retry.maxAttempts;
      const retry = again ? ({ kind: "at", at: formatInstant(this.#now + 1000) } as const) : ({ kind: "no" } as const);
      return { type: "StepFailed", data: { step: step.key, attempt, code, advice, retry } };
    }
  }

  async #child(index: number): Promise<void> {
    const step = this.#fold.stepAt(index);
    if (step.kind !== "child") throw new Error(`${step.key} is no child`);
    const { registry } = this.#options;
    const plan = planOp(registry.op(step.op), this.#resolve(step.config));
    const child = await record({ registry, spec: plan.spec, configText: plan.configText, parent: { runId: this.#runId, step: step.key } });
    this.#append({
      type: "ChildStarted",
      data: { step: step.key, runId: child.runId, spec: this.#keep("spec", plan.text), config: this.#keep("config", plan.configText) },
    });
    const last = child.events.at(-1);
    if (last?.event.type !== "RunSucceeded") throw new Error("the child did not succeed");
    const output = this.#keep("value", child.artifacts.get(last.event.data.output.digest) ?? "");
    this.#append({
      type: "StepCompleted",
      data: { step: step.key, attempt: 1, output, facts: [], child: { seq: last.event.seq, digest: last.digest } },
    });
  }

  #resolve(binding: Binding): Json {
    return resolveBinding(binding, (key) => JSON.parse(this.#artifacts.get(this.#fold.outputOf(key) ?? digestOf("")) ?? "") as Json);
  }

  #keep(kind: ArtifactKind, text: string): Ref {
    const { ref } = jsonArtifact(kind, text);
    this.#artifacts.set(ref.digest, text);
    return ref;
  }

  #append(draft: EventDraft): void {
    if (draft.type === "StepCompleted" && draft.data.output.digest === nullArtifact.ref.digest)
      this.#artifacts.set(nullArtifact.ref.digest, "null");
    const sealed = sealEvent(draft, this.#runId, this.#fold.head, formatInstant(this.#now));
    this.#fold.apply(sealed);
    this.#events.push(sealed);
  }
}
