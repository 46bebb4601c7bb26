/**
 * Verification: re-derives everything a history claims. The chain, the run's identity, the certification, every binding, every step
 * recomputed from its facts, every output. No provider, no signer, no configuration, no clock.
 */
import { jsonMediaType, nullArtifact } from "../artifacts.ts";
import { type Digest, digestOf, toCanonical } from "../canonical.ts";
import { type Finding, inspectSpec } from "../certify.ts";
import { MfmError } from "../errors.ts";
import type { EventData, Head, RunEvent } from "../events.ts";
import { executeState } from "../execute.ts";
import { answerFromFacts } from "../facts.ts";
import { Fold } from "../fold.ts";
import { type Manifest, deriveRunId, digestChildInvocation, readManifest } from "../identity.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { Registry } from "../registry.ts";
import type { Run } from "../run.ts";
import { readSpecShape } from "../spec-shape.ts";
import { type Binding, type Spec, type Step, resolveBinding } from "../spec.ts";
import type { State } from "../state.ts";
import { ValueCodec } from "../value.ts";
import type { Descriptor } from "../descriptor.ts";
import { Evidence, type History, referencesOf, refsOf } from "./history.ts";

export interface VerifyReport {
  /** `consistent`: everything holds that can be checked without the code of the definitions in `unknown`. */
  readonly result: "verified" | "consistent";
  readonly run: Run;
  readonly head: Head;
  readonly counts: { readonly events: number; readonly artifacts: number; readonly facts: number; readonly recomputed: number };
  /** Ids of states and ops whose code is not registered here. */
  readonly unknown: readonly string[];
  /** Child runs and the heads under which they were taken in: each is a history of its own. */
  readonly children: readonly { readonly runId: RunId; readonly step: string; readonly head: Head | null }[];
}

/**
 * Verifies a history.
 * @throws HISTORY_INVALID at the first thing that does not hold; details name the event's seq and the field
 * @throws HEAD_MISMATCH when everything holds but the head is not `options.head`
 */
export async function verifyHistory(history: History, registry: Registry, options: { readonly head?: Digest } = {}): Promise<VerifyReport> {
  const verification = new Verification(history, registry);
  const report = await verification.run();
  if (options.head !== undefined && options.head !== report.head.digest) {
    throw new MfmError("HEAD_MISMATCH", `the history ends in ${report.head.digest} at seq ${report.head.seq}, not in ${options.head}`, { kind: "rewritten", head: report.head.digest, expected: options.head });
  }
  return report;
}

/** Finding codes that mean "code is missing here", not "the spec is wrong". */
const unknownCodes = new Set<Finding["code"]>(["STATE_UNKNOWN", "CHILD_UNKNOWN"]);

class Verification {
  readonly #history: History;
  readonly #registry: Registry;
  readonly #evidence: Evidence;
  readonly #spec: Spec;
  readonly #manifest: Manifest;
  readonly #fold: Fold;
  readonly #unknown = new Set<string>();
  readonly #children = new Map<string, { runId: RunId; step: string; head: Head | null }>();
  readonly #codecs = new Map<Descriptor, ValueCodec>();
  readonly #signal = new AbortController().signal;
  #facts = 0;
  #recomputed = 0;

  constructor(history: History, registry: Registry) {
    this.#history = history;
    this.#registry = registry;
    this.#evidence = new Evidence(history.artifacts);
    const first = history.events[0]?.event;
    if (first?.type !== "RunAdmitted") throw at(0, "type", "a history begins with RunAdmitted");
    try {
      this.#manifest = this.#checkIdentity(first.data);
      this.#spec = this.#checkSpec(first.data, this.#manifest.entryPoint);
    } catch (error) {
      throw placedAt(error, first);
    }
    this.#fold = new Fold(history.runId, this.#spec);
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
    const { head } = this.#fold;
    if (head === null) throw at(0, "events", "there are none");
    return {
      result: this.#unknown.size === 0 ? "verified" : "consistent",
      run: this.#fold.run(),
      head,
      counts: { events: this.#history.events.length, artifacts: this.#history.artifacts.size, facts: this.#facts, recomputed: this.#recomputed },
      unknown: [...this.#unknown].sort(),
      children: [...this.#children.values()],
    };
  }

  #checkIdentity(data: EventData<"RunAdmitted">): Manifest {
    const manifest = this.#readManifest(data.manifest.digest);
    expect(manifest.spec === data.spec.digest, "data.spec.digest", "the manifest names another spec");
    expect(manifest.config === data.config.digest, "data.config.digest", "the manifest names another config");
    expect(deriveRunId(manifest.scope, manifest.entryPoint, manifest.invocation) === this.#history.runId, "runId", "the manifest is of another run");
    const { parent } = manifest;
    if (parent !== undefined) expect(manifest.invocation === digestChildInvocation(parent.runId as RunId, parent.step), "data.manifest.digest", "the parent did not start this run");
    return manifest;
  }

  #readManifest(digest: Digest): Manifest {
    try {
      return readManifest(this.#evidence.json(digest));
    } catch (error) {
      if (error instanceof MfmError && error.details["field"] === "manifest") throw refusal("data.manifest.digest", `it is no manifest: ${error.message}`);
      throw error;
    }
  }

  #checkSpec(data: EventData<"RunAdmitted">, entryPoint: string): Spec {
    const json = this.#evidence.json(data.spec.digest);
    const findings = inspectSpec(json, this.#registry);
    for (const finding of findings) {
      if (!unknownCodes.has(finding.code)) throw refusal("data.spec.digest", `the spec is refused at ${finding.path}: ${finding.message} [${finding.code}]`);
    }
    const spec = readSpecShape(json) as Spec;
    expect(spec.op === entryPoint, "data.spec.digest", "the spec is of another op than the run");
    for (const use of spec.states) if (!this.#registry.states.has(use.id)) this.#unknown.add(use.id);
    for (const use of spec.children) if (!this.#registry.ops.has(use.id)) this.#unknown.add(use.id);
    const op = this.#registry.ops.get(spec.op);
    const config = this.#evidence.json(data.config.digest);
    if (op !== undefined) expect(isCanonicalValue(new ValueCodec(op.configDescriptor), config), "data.config.digest", "the config does not match the op's schema");
    return spec;
  }

  /** Checks what an event claims beyond its place; a promise where a step has to be recomputed asynchronously. */
  #checkEvent(event: RunEvent): Promise<void> | undefined {
    for (const { field, ref, kind } of refsOf(event)) {
      expect(ref.kind === kind, `${field}.kind`, `expected ${kind}, found ${ref.kind}`);
      expect(ref.mediaType === jsonMediaType, `${field}.mediaType`, `expected ${jsonMediaType}`);
    }
    for (const { digest } of referencesOf(event)) this.#evidence.text(digest);
    switch (event.type) {
      case "StepCompleted":
        return this.#checkCompleted(event.data);
      case "StepFailed":
        return this.#checkFailed(event.data);
      case "SignalReceived": {
        const step = this.#step(event.data.step);
        if (step.kind === "signal") expect(isCanonicalValue(this.#codec(step.payload), this.#evidence.json(event.data.payload.digest)), "data.payload.digest", "the payload does not match the signal's schema");
        return undefined;
      }
      case "ChildStarted":
        return this.#checkChild(event.data);
      case "RunSucceeded": {
        const output = this.#resolve(this.#spec.output.binding);
        const text = toCanonical(output);
        expect(isCanonicalValue(this.#codec(this.#spec.output.type), output), "data.output.digest", "the output does not match its declared type");
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
        this.#facts += data.facts.length;
        if (state !== undefined) return this.#recompute(step, state, data);
        for (const digest of [data.output.digest, ...data.facts.map((use) => use.fact)]) this.#evidence.json(digest);
        return undefined;
      }
    }
  }

  #recompute(step: Step & { readonly kind: "state" }, state: State, data: EventData<"StepCompleted">): Promise<void> | undefined {
    const { caller, settle } = answerFromFacts(data.facts, (digest) => this.#evidence.text(digest));
    const compare = (text: string): void => {
      settle();
      expect(text === this.#evidence.text(data.output.digest), "data.output.digest", `the code of ${step.state} computes another output from the same input and facts`);
      this.#recomputed++;
    };
    const failed = (error: unknown): never => {
      settle();
      if (error instanceof MfmError && error.code === "HISTORY_INVALID") throw error;
      if (error instanceof MfmError && error.code === "FACT_MISSING") throw refusal("data.facts", error.message);
      throw refusal("data.output.digest", `the code of ${step.state} fails on the recorded input and facts (${error instanceof MfmError ? error.code : "STEP_THREW"})`);
    };
    let result: string | Promise<string>;
    try {
      result = executeState(state, step.config, this.#resolve(step.input), caller, this.#signal);
    } catch (error) {
      return failed(error);
    }
    if (typeof result !== "string") return result.catch(failed).then(compare);
    compare(result);
    return undefined;
  }

  #checkFailed(data: EventData<"StepFailed">): undefined {
    const step = this.#step(data.step);
    if (step.kind !== "state") return;
    const mayRetry = data.advice !== "never" && data.attempt < step.retry.maxAttempts;
    expect((data.retry.kind === "at") === mayRetry, "data.retry.kind", "it is not what the step's retry policy says");
  }

  #checkChild(data: EventData<"ChildStarted">): undefined {
    const step = this.#step(data.step);
    if (step.kind !== "child") return;
    expect(data.runId === deriveRunId(this.#manifest.scope, step.op, digestChildInvocation(this.#history.runId, step.key)), "data.runId", "it is not the id of this child");
    const config = this.#spec.children.find((use) => use.id === step.op)?.config;
    expect(config !== undefined && this.#digestAs(config, this.#resolve(step.config)) === data.config.digest, "data.config.digest", "it is not what is wired to the child");
    const spec = readSpecShape(this.#evidence.json(data.spec.digest));
    expect(!Array.isArray(spec) && (spec as Spec).op === step.op, "data.spec.digest", "it is not a spec of this child's op");
    this.#children.set(step.key, { runId: data.runId as RunId, step: step.key, head: null });
  }

  #checkChildOutput(step: Step & { readonly kind: "child" }, data: EventData<"StepCompleted">): void {
    const output = this.#spec.children.find((use) => use.id === step.op)?.output;
    expect(output !== undefined && isCanonicalValue(this.#codec(output), this.#evidence.json(data.output.digest)), "data.output.digest", "it is not a value of the child's output");
    const child = this.#children.get(step.key);
    if (child !== undefined) child.head = data.child ?? null;
  }

  #step(key: string): Step {
    const step = this.#spec.steps[this.#fold.indexOf(key) ?? -1];
    if (step === undefined) throw refusal("data.step", "the spec has no such step");
    return step;
  }

  #digestAs(descriptor: Descriptor, data: Json): Digest | undefined {
    try {
      return digestOf(this.#codec(descriptor).encode(this.#codec(descriptor).decode(data)));
    } catch {
      return undefined;
    }
  }

  #codec(descriptor: Descriptor): ValueCodec {
    let codec = this.#codecs.get(descriptor);
    if (codec === undefined) this.#codecs.set(descriptor, (codec = new ValueCodec(descriptor)));
    return codec;
  }

  #resolve(binding: Binding): Json {
    return resolveBinding(binding, (key) => {
      const digest = this.#fold.outputOf(key);
      if (digest === undefined) throw refusal("data.step", `the step ${key} has no output yet`);
      return this.#evidence.json(digest);
    });
  }
}

/** Whether data is the canonical encoding of a value. */
function isCanonicalValue(codec: ValueCodec, data: Json): boolean {
  try {
    return codec.encode(codec.decode(data)) === toCanonical(data);
  } catch {
    return false;
  }
}

function refusal(field: string, reason: string): MfmError {
  return new MfmError("HISTORY_INVALID", `${field}: ${reason}`, { kind: "altered", field, reason });
}

function at(seq: number, field: string, reason: string): MfmError {
  return new MfmError("HISTORY_INVALID", `event ${seq}, ${field}: ${reason}`, { kind: "altered", seq, field, reason });
}

function expect(condition: boolean, field: string, reason: string): asserts condition {
  if (!condition) throw refusal(field, reason);
}

/** Names the event in any refusal. */
function placedAt(error: unknown, event: RunEvent): unknown {
  if (!(error instanceof MfmError)) return error;
  if (error.details["seq"] !== undefined) return error;
  return new MfmError("HISTORY_INVALID", `event ${event.seq} (${event.type}): ${error.message}`, { kind: "altered", ...error.details, runId: event.runId, seq: event.seq });
}
