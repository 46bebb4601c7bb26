/** Approving what the effects of a run intend: shown, signed with the keystore or elsewhere, and recorded. Needs the code of the op, which says what it covers. */
import { codecs } from "../kernel/codecs.ts";
import { type Duration, parseDuration } from "../kernel/duration.ts";
import { MfmError } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import { readStrictJson } from "../kernel/json-reader.ts";
import type { Run } from "../kernel/run.ts";
import { type ApprovalRequest, approvalDocument, expiryAfter } from "../kernel/runtime/approve.ts";
import type { Runtime } from "../kernel/runtime/runtime.ts";
import { withEngine } from "./engine.ts";
import type { TransactionWords } from "./evm/approval-words.ts";
import { failure, usage } from "./failure.ts";
import type { SignerChoice } from "./keystore/signers.ts";
import type { InputSource } from "./op-input.ts";
import type { Place } from "./place.ts";
import { resolveRunId } from "./run-ids.ts";
import { readSignature } from "./signature-input.ts";

export interface ApproveRequest {
  readonly run: string;
  /** Undefined: the only one that waits. */
  readonly step: string | undefined;
  readonly expires: string | undefined;
  readonly until: string | undefined;
  /** Whether only the document is wanted. */
  readonly document: boolean;
  readonly account: string | undefined;
  readonly signature: string | undefined;
  readonly source: InputSource;
}

/** What is asked for, and of a transaction what it does. */
export interface ShownRequest extends Omit<ApprovalRequest, "intent" | "stepConfig"> {
  readonly transaction: TransactionWords | null;
}

/** What waits; what is to be signed; or that it is recorded. */
export type Approved =
  | { readonly kind: "waiting"; readonly run: Run; readonly requests: readonly ShownRequest[] }
  | { readonly kind: "document"; readonly request: ShownRequest; readonly expiry: string; readonly document: Json }
  | { readonly kind: "approved"; readonly request: ShownRequest; readonly expiry: string; readonly run: Run };

/** @throws APPROVAL_NOT_AWAITED, APPROVAL_EXPIRED, OPERATOR_SIGNATURE_WRONG, OPERATOR_UNKNOWN, OPERATOR_SIGNATURE_REPEATED; what the signer throws */
export async function approveRun(place: Place, choice: SignerChoice, given: ApproveRequest): Promise<Approved> {
  const { account, signature, document } = given;
  if ([account !== undefined, signature !== undefined, document].filter(Boolean).length > 1)
    throw usage("give one of --account, --signature and --document");
  return withEngine({ place, watch: () => undefined }, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, given.run);
    const requests = await runtime.approvals(runId);
    if (account === undefined && signature === undefined && !document) {
      const asked = given.step === undefined ? requests : [chosen(requests, given.step, runId)];
      return { kind: "waiting", run: await runtime.status(runId), requests: await Promise.all(asked.map((one) => shownOf(place, one))) };
    }
    const request = chosen(requests, given.step, runId);
    const expiry = expiryOf(given, runtime);
    const text = approvalDocument(request, expiry);
    const shown = await shownOf(place, request);
    if (document) return { kind: "document", request: shown, expiry, document: readStrictJson(text) };
    const signed =
      signature === undefined
        ? await signWith(place, choice, { account: account ?? "", document: text, operators: request.operators })
        : await readSignature(place, signature, given.source);
    const run = await runtime.approve({ runId, step: request.step, expiry, signature: signed });
    return { kind: "approved", request: shown, expiry, run };
  });
}

async function shownOf(place: Place, request: ApprovalRequest): Promise<ShownRequest> {
  const { transactionWords } = await import("./evm/approval-words.ts");
  const { intent: _intent, stepConfig: _config, ...shown } = request;
  return { ...shown, transaction: await transactionWords(place, request) };
}

async function signWith(
  place: Place,
  choice: SignerChoice,
  document: { readonly account: string; readonly document: string; readonly operators: readonly string[] },
): Promise<string> {
  const { signDocument } = await import("./keystore/sign.ts");
  return (await signDocument(place, choice, document)).signature;
}

function chosen(requests: readonly ApprovalRequest[], step: string | undefined, runId: string): ApprovalRequest {
  const steps = requests.map((request) => request.step);
  if (step === undefined && requests.length > 1)
    throw usage(`several steps wait, choose one with --step: ${steps.join(", ")}`, { option: "--step" });
  const found = requests.find((request) => step === undefined || request.step === step);
  if (found !== undefined) return found;
  const words = steps.length === 0 ? "nothing waits" : `what waits: ${steps.join(", ")}`;
  throw failure(
    "APPROVAL_NOT_AWAITED",
    `${step === undefined ? runId : `${step} of ${runId}`} waits for nobody to agree to it (${words})`,
    { runId },
  );
}

function expiryOf({ expires, until }: ApproveRequest, runtime: Runtime): string {
  if (until !== undefined) {
    if (expires !== undefined) throw usage("give one of --expires and --until");
    if (codecs.instant.decode(until) === undefined)
      throw usage(`--until ${JSON.stringify(until)} is no instant: 2026-01-31T12:00:00.000Z`, { option: "--until" });
    return until;
  }
  try {
    return expiryAfter(runtime.clock.now(), parseDuration((expires ?? "1h") as Duration));
  } catch (error) {
    throw error instanceof MfmError ? usage(`--expires: ${error.message}`, { option: "--expires" }) : error;
  }
}
