/** Verification of what people signed: each document is rebuilt from what is recorded, and must have been signed by whose signature it is said to be. */
import { type Digest, digestOf } from "../canonical.ts";
import type { EffectKind } from "../effects/kind.ts";
import type { Effect } from "../effects/ledger.ts";
import { MfmError } from "../errors.ts";
import type { EventData, RunEvent } from "../events.ts";
import type { RunId } from "../names.ts";
import type { RecoverSigner } from "../ports.ts";
import { type StatedMember, encodeApproval, encodeResolution } from "../saga/statement.ts";
import { membersOf } from "../saga/stated.ts";
import type { Evidence } from "./history.ts";
import { expect, refusal } from "./refusal.ts";

/** What a report says is unknown where there are signatures and nobody here can recover who made them. */
export const signatureRecovery = "signatures";

export interface SignedHistory {
  readonly runId: RunId;
  readonly specRef: Digest;
  readonly evidence: Evidence;
  readonly recoverSigner: RecoverSigner | undefined;
}

export class SignatureChecks {
  readonly #history: SignedHistory;
  /** Whether there was a signature that could not be checked. */
  isIncomplete = false;

  constructor(history: SignedHistory) {
    this.#history = history;
  }

  /** `kind`: undefined where its code is not here, so that nobody can say what was agreed to. */
  async checkApproval(data: EventData<"ApprovalRecorded">, effect: Effect | undefined, kind: EffectKind | undefined): Promise<void> {
    if (effect === undefined || kind === undefined) return;
    const { runId, specRef, evidence } = this.#history;
    const { step, expiry, statement, operator, signature } = data;
    const members = statedBy(kind, evidence, effect);
    const document = encodeApproval({
      runId,
      specRef,
      step,
      effect: effect.id,
      intentDigest: effect.intent,
      kind: kind.id,
      members,
      expiry,
    });
    expect(digestOf(document) === statement, "data.statement", "it is not what was to be agreed to");
    await this.#checkSigner(document, operator, { signature, field: "data.signature" });
  }

  async checkResolution(event: Extract<RunEvent, { type: "ResolutionRecorded" }>): Promise<void> {
    const { runId, specRef } = this.#history;
    const { seq, prev, data } = event;
    const { reason, decisions, evidence = null } = data;
    if (prev === null) throw refusal("prev", "there is nothing before it");
    const document = encodeResolution({ runId, specRef, seq, head: prev, reason, decisions, evidence });
    for (const [index, { operator, signature }] of data.signatures.entries())
      await this.#checkSigner(document, operator, { signature, field: `data.signatures.${index}.signature` });
  }

  async #checkSigner(
    document: string,
    operator: string,
    { signature, field }: { readonly signature: string; readonly field: string },
  ): Promise<void> {
    const { recoverSigner } = this.#history;
    if (recoverSigner === undefined) {
      this.isIncomplete = true;
      return;
    }
    expect((await recoverSigner(document, signature)) === operator, field, `${operator} has not signed this`);
  }
}

function statedBy(kind: EffectKind, evidence: Evidence, effect: Effect): readonly StatedMember[] {
  const intent = evidence.json(effect.intent);
  try {
    return membersOf(kind, intent);
  } catch (error) {
    throw refusal("data.step", error instanceof MfmError ? error.message : "the kind's code fails on the intent");
  }
}
