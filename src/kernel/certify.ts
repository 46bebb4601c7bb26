/**
 * Certification: the one way from a spec to something the runtime executes. Every check answers a question that would otherwise be
 * asked when money is at stake; all findings are reported at once, each with the fix.
 */
import { type Digest, digestOf, toCanonical } from "./canonical.ts";
import { Checks } from "./certify-checks.ts";
import { MfmError } from "./errors.ts";
import type { Finding } from "./findings.ts";
import type { Json } from "./json.ts";
import type { Registry } from "./registry.ts";
import type { Spec } from "./spec.ts";
import { type SpecShape, readSpecShape } from "./spec-shape.ts";
import type { State } from "./state.ts";

export { type Finding, type FindingCode, findingTable } from "./findings.ts";

const issued = new WeakSet<object>();

/** A spec that this build's registry accepted, in this process. Only `certify` makes one; a copy of one is not one. */
export class CertifiedSpec {
  /** Frozen at every depth. */
  readonly spec: Spec;
  readonly text: string;
  readonly specRef: Digest;
  /** The state of each step of kind state, by key. */
  readonly states: Pick<ReadonlyMap<string, State>, "get">;

  /** @throws NOT_CERTIFIED unless called by `certify` */
  constructor(key: symbol, accepted: Accepted) {
    if (key !== certifier) throw new MfmError("NOT_CERTIFIED", "a CertifiedSpec is made by certify() only");
    const { spec, text, states } = accepted;
    this.spec = stored.has(spec) ? spec : deepFreeze(spec);
    this.text = text;
    this.specRef = digestOf(text);
    this.states = Object.freeze({ get: (step: string) => states.get(step) });
    Object.freeze(this);
    issued.add(this);
  }
}

const certifier = Symbol("certifier");

/** Specs that were read from stored text, with that text. They are frozen, so what is certified later is what was read: no copy is needed. */
const stored = new WeakMap<object, string>();

/** The spec that a stored text is, frozen at every depth. `data` is what the canonical `text` says. */
export function readStoredSpec(data: Json, text: string): SpecShape {
  const shaped = readSpecShape(data);
  if (shaped.kind === "spec") stored.set(deepFreeze(shaped.spec), text);
  return shaped;
}

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
 * @throws CERTIFICATION_FAILED with every finding in details.findings
 */
export function certify(data: unknown, registry: Registry): CertifiedSpec {
  const checked = check(data, registry);
  if (checked.kind === "accepted") return new CertifiedSpec(certifier, checked);
  const { findings } = checked;
  const words = findings.slice(0, 10).map((finding) => `${finding.path}: ${finding.message} [${finding.code}]`);
  if (findings.length > 10) words.push(`and ${findings.length - 10} more`);
  throw new MfmError("CERTIFICATION_FAILED", `the spec is refused:\n  ${words.join("\n  ")}`, { findings });
}

/** Every finding about a spec, without certifying it. */
export function inspectSpec(data: unknown, registry: Registry): readonly Finding[] {
  const checked = check(data, registry);
  return checked.kind === "accepted" ? [] : checked.findings;
}

/**
 * A stored spec and every finding about it, for verification, which may lack code; `spec` is undefined where it has not the shape of one.
 * `data` is what the canonical `text` says, and nobody changes it.
 */
export function inspectStoredSpec(
  data: Json,
  text: string,
  registry: Registry,
): { readonly spec: Spec | undefined; readonly findings: readonly Finding[] } {
  const checked = checkShaped(data, text, registry);
  return { spec: checked.spec, findings: checked.kind === "accepted" ? [] : checked.findings };
}

interface Accepted {
  readonly kind: "accepted";
  readonly spec: Spec;
  readonly text: string;
  readonly states: ReadonlyMap<string, State>;
}

interface Refused {
  readonly kind: "refused";
  readonly spec: Spec | undefined;
  readonly findings: readonly Finding[];
}

function shapeFinding(path: unknown, reason: unknown): Finding {
  return { code: "SPEC_SHAPE", path: path === "" ? "/" : String(path), message: `${String(reason)}: plan the op again with this version` };
}

function check(data: unknown, registry: Registry): Accepted | Refused {
  const known = typeof data === "object" && data !== null ? stored.get(data) : undefined;
  if (known !== undefined) return checkMeaning(data as Spec, known, registry);
  let text: string;
  try {
    // What is certified is a copy: what the caller holds may change, or answer differently the next time it is read.
    text = toCanonical(data as Json);
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    return { kind: "refused", spec: undefined, findings: [shapeFinding(error.details["path"], error.details["reason"])] };
  }
  return checkShaped(JSON.parse(text) as Json, text, registry);
}

/** `data` is what the canonical `text` says. */
function checkShaped(data: Json, text: string, registry: Registry): Accepted | Refused {
  const shaped = readSpecShape(data);
  if (shaped.kind === "refused") {
    return { kind: "refused", spec: undefined, findings: shaped.problems.map(({ path, reason }) => shapeFinding(path, reason)) };
  }
  return checkMeaning(shaped.spec, text, registry);
}

function checkMeaning(spec: Spec, text: string, registry: Registry): Accepted | Refused {
  const checks = new Checks(spec, Buffer.byteLength(text), registry);
  checks.run();
  return checks.findings.length === 0
    ? { kind: "accepted", spec, text, states: checks.states }
    : { kind: "refused", spec, findings: checks.findings };
}
