/**
 * What people sign about a run, as EIP-712 documents: that they agree to what an effect intends, and what became of the effects of a run that
 * stands still. A document is rebuilt from what is recorded, so a signature says exactly that, at that place of the history, and nothing else.
 *
 * @see https://eips.ethereum.org/EIPS/eip-712
 */
import { type Digest, toCanonical } from "../canonical.ts";
import type { ResolutionDecision } from "../events.ts";
import type { Json } from "../json.ts";
import type { DefinitionId, RunId } from "../names.ts";

interface Field {
  readonly name: string;
  readonly type: string;
}

/** What an effect kind says of an intent, for people to agree to: a member of the document. `value`: text; of a uint256, decimal. */
export interface StatedMember {
  readonly name: string;
  readonly type: "address" | "bytes32" | "string" | "uint256";
  readonly value: string;
}

/** What somebody agrees to. */
export interface ApprovalStatement {
  readonly runId: RunId;
  readonly specRef: Digest;
  readonly step: string;
  readonly effect: Digest;
  /** Content address of the whole intent, of which the members are what people can read. */
  readonly intentDigest: Digest;
  /** The effect kind, which says what the members mean. */
  readonly kind: DefinitionId;
  readonly members: readonly StatedMember[];
  /** An instant at a whole second: nothing is begun on this approval after it. */
  readonly expiry: string;
}

/** What people decide, at one place in the history of a run. */
export interface ResolutionStatement {
  readonly runId: RunId;
  readonly specRef: Digest;
  /** The place that the decision takes in the stream, and the digest of the event before it. */
  readonly seq: number;
  readonly head: Digest;
  readonly reason: string;
  readonly decisions: readonly ResolutionDecision[];
  /** Digest of a document that the operators keep; null: there is none. */
  readonly evidence: Digest | null;
}

const domainFields: readonly Field[] = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
];
const domain = { name: "MFM", version: "1" };
const text = (...names: readonly string[]): Field[] => names.map((name) => ({ name, type: "string" }));

/** The canonical text of the document that whoever approves signs. */
export function encodeApproval({ runId, specRef, step, effect, intentDigest, kind, members, expiry }: ApprovalStatement): string {
  return encodeDocument("Approval", {
    types: {
      Approval: [
        ...text("runId", "specRef", "step", "effect", "kind", "intentDigest"),
        { name: "intent", type: "Intent" },
        { name: "expiry", type: "uint256" },
      ],
      Intent: members.map(({ name, type }) => ({ name, type })),
    },
    message: {
      runId,
      specRef,
      step,
      effect,
      kind,
      intentDigest,
      intent: Object.fromEntries(members.map(({ name, value }) => [name, value])),
      expiry: String(Date.parse(expiry) / 1000),
    },
  });
}

/** The canonical text of the document that whoever decides signs. */
export function encodeResolution({ runId, specRef, seq, head, reason, decisions, evidence }: ResolutionStatement): string {
  return encodeDocument("Resolution", {
    types: {
      Resolution: [
        ...text("runId", "specRef"),
        { name: "seq", type: "uint256" },
        ...text("head", "reason"),
        { name: "decisions", type: "Decision[]" },
        ...text("evidence"),
      ],
      Decision: text("step", "effect", "obligation", "outcome"),
    },
    message: {
      runId,
      specRef,
      seq: String(seq),
      head,
      reason,
      decisions: decisions.map(({ step, effect, obligation, outcome }) => ({ step, effect, obligation, outcome })),
      evidence: evidence ?? "",
    },
  });
}

function encodeDocument(
  primaryType: string,
  { types, message }: { readonly types: { readonly [name: string]: readonly Field[] }; readonly message: Json },
): string {
  return toCanonical({ domain, message, primaryType, types: { EIP712Domain: domainFields, ...types } });
}
