/** Approving what effects intend: what people are asked to agree to, and recording that somebody does. */
import { digestOf } from "../canonical.ts";
import { codecs, formatInstant, parseInstant } from "../codecs.ts";
import type { EffectKind } from "../effects/kind.ts";
import type { Approval } from "../effects/ledger.ts";
import { MfmError } from "../errors.ts";
import type { Fold } from "../fold.ts";
import type { Json } from "../json.ts";
import type { DefinitionId, RunId } from "../names.ts";
import type { Run } from "../run.ts";
import { approvalOf, awaitsApproval } from "../saga/approval-rules.ts";
import { membersOf } from "../saga/stated.ts";
import { assertOperator } from "../saga/signatures.ts";
import { type ApprovalStatement, type StatedMember, encodeApproval } from "../saga/statement.ts";
import { type Quorum, encodeSpec } from "../spec.ts";
import { readJsonArtifact } from "../artifacts.ts";
import { appendOutside } from "./acts.ts";
import type { Context } from "./context.ts";
import { artifactsOf, loadFold } from "./history.ts";

/** An effect that people have to agree to. */
export interface ApprovalRequest {
  readonly runId: RunId;
  readonly specRef: string;
  readonly step: string;
  readonly effect: string;
  readonly intentDigest: string;
  readonly kind: DefinitionId;
  /** What is agreed to, as the effect's kind says it. */
  readonly members: readonly StatedMember[];
  /** The whole intent, and the configuration of the step as the spec has it: what people may be shown besides. */
  readonly intent: Json;
  readonly stepConfig: Json;
  readonly operators: readonly string[];
  readonly need: number;
  /** Who has agreed, and until when: those whose agreement holds now, and those of whom it is over, who may agree again. */
  readonly have: readonly Approval[];
  readonly over: readonly Approval[];
}

export interface ApprovalGiven {
  readonly runId: RunId;
  readonly step: string;
  /** An instant at a whole second. */
  readonly expiry: string;
  readonly signature: string;
}

/** Every effect of a run that waits for people. @throws RUN_UNKNOWN, HISTORY_INVALID; CERTIFICATION_FAILED where the code of the states is not here */
export async function readApprovals(context: Context, runId: RunId): Promise<ApprovalRequest[]> {
  const fold = await loadFold(context.store, runId, { trustSnapshot: true });
  const requests: ApprovalRequest[] = [];
  for (const index of fold.attended()) {
    const found = await waitingAt(context, fold, index);
    if (found === undefined) continue;
    const { statement, approval, intent, stepConfig, given } = found;
    const { operators, quorum } = approval;
    requests.push({ ...statement, intent, stepConfig, operators, need: quorum, ...splitAt(context, given) });
  }
  return requests;
}

/** The document that whoever approves signs: canonical JSON of EIP-712. */
export function approvalDocument(request: ApprovalRequest, expiry: string): string {
  return encodeApproval({ ...request, expiry } as ApprovalStatement);
}

/** The instant at a whole second that is so many milliseconds from now. */
export function expiryAfter(now: number, milliseconds: number): string {
  return formatInstant(Math.floor((now + milliseconds) / 1000) * 1000);
}

/**
 * Records that somebody agrees.
 * @throws APPROVAL_NOT_AWAITED, APPROVAL_EXPIRED, OPERATOR_SIGNATURE_WRONG, OPERATOR_UNKNOWN, OPERATOR_SIGNATURE_REPEATED
 */
export function approveRun(context: Context, { runId, step, expiry, signature }: ApprovalGiven): Promise<Run> {
  return appendOutside(context, runId, async (fold) => {
    const found = await waitingAt(context, fold, fold.indexOf(step) ?? -1);
    if (found === undefined)
      throw new MfmError("APPROVAL_NOT_AWAITED", `${step} of ${runId} waits for nobody to agree to it`, { runId, step });
    const { statement, approval, given } = found;
    if (!isWholeSecond(expiry) || parseInstant(expiry) <= context.clock.now())
      throw new MfmError("APPROVAL_EXPIRED", `the approval holds until ${expiry}, which is over, or no whole second`, {
        runId,
        step,
        expiry,
      });
    const document = encodeApproval({ ...statement, expiry });
    const operator = await assertOperator(context.recoverSigner, approval, document, { signature, operator: undefined });
    const { have, over } = splitAt(context, given);
    if (have.some((one) => one.operator === operator))
      throw new MfmError("OPERATOR_SIGNATURE_REPEATED", `${operator} has agreed to ${step} before`, { operator, step });
    // It would be begun, and given up at once.
    const left = over.filter((one) => one.operator !== operator);
    if (left.length > 0 && have.length + 1 < approval.quorum && have.length + left.length + 1 >= approval.quorum) {
      const words = left.map((one) => `that of ${one.operator} at ${one.expiry}`).join(", ");
      throw new MfmError("APPROVAL_EXPIRED", `an agreement to ${step} is over, ${words}: who gave it agrees again first`, { runId, step });
    }
    const data = {
      step,
      effect: statement.effect,
      operator: operator as `0x${string}`,
      expiry,
      statement: digestOf(document),
      signature: signature.toLowerCase() as `0x${string}`,
    };
    return { drafts: [{ type: "ApprovalRecorded", data }] };
  });
}

function splitAt(
  { clock }: Context,
  given: readonly Approval[],
): { readonly have: readonly Approval[]; readonly over: readonly Approval[] } {
  const now = clock.now();
  const holds = ({ expiry }: Approval): boolean => parseInstant(expiry) > now;
  return { have: given.filter(holds), over: given.filter((one) => !holds(one)) };
}

function isWholeSecond(expiry: string): boolean {
  return codecs.instant.decode(expiry) !== undefined && expiry.endsWith(".000Z");
}

interface Waiting {
  readonly statement: Omit<ApprovalStatement, "expiry">;
  readonly approval: Quorum;
  readonly intent: Json;
  readonly stepConfig: Json;
  readonly given: readonly Approval[];
}

/** What a step's effect waits for people to agree to; undefined: it does not. */
async function waitingAt(context: Context, fold: Fold, index: number): Promise<Waiting | undefined> {
  const effect = fold.effects.get(index);
  if (effect === undefined || fold.ended || fold.closingOf(index) !== null) return undefined;
  const step = fold.stepAt(index);
  const approval = approvalOf(step);
  if (approval === undefined || !awaitsApproval(approval, effect)) return undefined;
  const { specRef } = encodeSpec(fold.spec);
  const kind = kindOf(context, fold, step.key);
  const intent = await readJsonArtifact(artifactsOf(context.store), effect.intent);
  const members = membersOf(kind, intent);
  const statement = { runId: fold.runId, specRef, step: step.key, effect: effect.id, intentDigest: effect.intent, kind: kind.id, members };
  const stepConfig = step.kind === "state" ? step.config : null;
  return { statement, approval, intent, stepConfig, given: effect.approvals };
}

function kindOf(context: Context, fold: Fold, step: string): EffectKind {
  const certified = context.specs.certify(fold.spec, encodeSpec(fold.spec).specRef);
  const code = certified.states.get(step)?.code;
  if (code?.kind === "writes") return code.effect;
  throw new MfmError("INTERNAL", `step ${step} has an effect and does not write`);
}
