/** Deciding about a run that stands still: what is open, what people sign about it, and recording what a quorum of them has signed. */
import { type Digest, toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { EventDraft, Head, ResolutionDecision } from "../events.ts";
import type { Fold } from "../fold.ts";
import type { RunId } from "../names.ts";
import type { Run } from "../run.ts";
import type { Obligation, StuckEffect } from "../saga/obligations.ts";
import { assertOperator } from "../saga/signatures.ts";
import type { SignedResolution } from "../saga/signed-file.ts";
import { type ResolutionStatement, encodeResolution } from "../saga/statement.ts";
import { endingOf } from "../saga/rules.ts";
import { type Quorum, encodeSpec } from "../spec.ts";
import { appendOutside } from "./acts.ts";
import type { Context } from "./context.ts";
import { loadFold } from "./history.ts";

/** What people have to decide about a run, and who. */
export interface OpenObligations {
  readonly run: Run;
  readonly obligations: readonly Obligation[];
  /** What is to come to rest first, and does not by itself: nothing is decided before. */
  readonly stuck: readonly StuckEffect[];
  readonly operators: readonly string[];
  readonly need: number;
}

export type ResolutionOutcome = ResolutionDecision["outcome"];

export interface ResolutionWords {
  readonly reason: string;
  /** What became of each step's effect; `all` for those that are not named. */
  readonly outcomes: { readonly [step: string]: ResolutionOutcome };
  readonly all: ResolutionOutcome | undefined;
  readonly evidence: Digest | null;
}

/** Nothing is open where the run does not stand before a person. @throws RUN_UNKNOWN, HISTORY_INVALID */
export async function readObligations(context: Context, runId: RunId): Promise<OpenObligations> {
  const fold = await loadFold(context.store, runId, { trustSnapshot: false });
  const { saga } = fold.spec;
  const people = "quorum" in saga ? { operators: saga.operators, need: saga.quorum } : { operators: [], need: 0 };
  return { run: fold.run(), obligations: fold.isBlocked ? fold.obligations() : [], stuck: fold.stuck, ...people };
}

/**
 * What is signed, about everything that is open now.
 * @throws RESOLUTION_NOT_AWAITED; RESOLUTION_INCOMPLETE when nothing is said of an obligation, or something of what is none
 */
export async function draftResolution(context: Context, runId: RunId, words: ResolutionWords): Promise<ResolutionStatement> {
  const fold = await loadFold(context.store, runId, { trustSnapshot: false });
  const head = blockedHead(fold);
  const open = fold.obligations();
  const strange = Object.keys(words.outcomes).find((key) => !open.some(({ step }) => step === key));
  if (strange !== undefined) throw incomplete(fold, `nothing is open about ${JSON.stringify(strange)}`);
  const decisions = open.map(({ step, effect, kind }): ResolutionDecision => {
    const outcome = Object.hasOwn(words.outcomes, step) ? words.outcomes[step] : words.all;
    if (outcome === undefined) throw incomplete(fold, `nothing is said about ${step}`);
    return { step, effect, obligation: kind, outcome };
  });
  return placed(fold, head, { reason: words.reason, decisions, evidence: words.evidence });
}

/** The document that whoever decides signs: canonical JSON of EIP-712. */
export function resolutionDocument(statement: ResolutionStatement): string {
  return encodeResolution(statement);
}

/**
 * Records what a quorum has signed, and ends the run with it: in one append, at exactly the place that was signed.
 * @throws RUN_ENDED, RESOLUTION_NOT_AWAITED; RESOLUTION_DIVERGES when they did not sign the same; RESOLUTION_FOREIGN when it is of another run;
 * RESOLUTION_OUTDATED when the run went on since; RESOLUTION_INCOMPLETE; OPERATOR_SIGNATURE_WRONG, OPERATOR_UNKNOWN, OPERATOR_SIGNATURE_REPEATED;
 * RESOLUTION_QUORUM_MISSING
 */
export function resolveRun(context: Context, runId: RunId, signed: readonly SignedResolution[]): Promise<Run> {
  return appendOutside(context, runId, async (fold) => {
    const head = blockedHead(fold);
    const { statement } = assertSame(fold, signed);
    assertPlace(fold, head, statement);
    const signatures = await assertQuorum(context, fold, signed);
    const why = endingOf(fold);
    if (why === undefined) throw new MfmError("INTERNAL", "a run stands still without a reason");
    const { reason, decisions, evidence } = statement;
    const data = { reason, decisions: [...decisions], signatures, ...(evidence === null ? {} : { evidence }) };
    const drafts: EventDraft[] = [
      { type: "ResolutionRecorded", data },
      { type: "RunResolved", data: { why } },
    ];
    return { drafts };
  });
}

function blockedHead(fold: Fold): Head {
  if (fold.isBlocked && fold.head !== null) return fold.head;
  const { runId, status } = fold.run();
  throw new MfmError("RESOLUTION_NOT_AWAITED", `${runId} is ${status}: there is nothing to decide about`, { runId, status });
}

function placed(fold: Fold, head: Head, words: Pick<ResolutionStatement, "reason" | "decisions" | "evidence">): ResolutionStatement {
  return { runId: fold.runId, specRef: encodeSpec(fold.spec).specRef, seq: head.seq + 1, head: head.digest, ...words };
}

function assertSame({ runId }: Fold, signed: readonly SignedResolution[]): SignedResolution {
  const [first, ...others] = signed;
  if (first === undefined) throw new MfmError("RESOLUTION_QUORUM_MISSING", "nobody has signed", { runId, have: 0 });
  const text = encodeResolution(first.statement);
  const other = others.find(({ statement }) => encodeResolution(statement) !== text);
  if (other === undefined) return first;
  const { operator } = other;
  throw new MfmError("RESOLUTION_DIVERGES", `${operator} has signed something else than ${first.operator}`, { runId, operator });
}

function assertPlace(fold: Fold, head: Head, statement: ResolutionStatement): void {
  const { runId } = fold;
  const { evidence, reason, decisions } = statement;
  const now = placed(fold, head, { reason, decisions, evidence });
  if (statement.runId !== runId || statement.specRef !== now.specRef)
    throw new MfmError("RESOLUTION_FOREIGN", `what was signed is about ${statement.runId}, not ${runId}`, {
      runId,
      signedFor: statement.runId,
    });
  if (statement.seq !== now.seq || statement.head !== now.head)
    throw new MfmError(
      "RESOLUTION_OUTDATED",
      `what was signed is about ${runId} at event ${statement.seq - 1}, and it is at ${head.seq} now`,
      {
        runId,
        seq: statement.seq,
        head: statement.head,
      },
    );
  const open = fold.obligations().map(({ step, effect, kind }) => ({ step, effect, obligation: kind }));
  const said = decisions.map(({ step, effect, obligation }) => ({ step, effect, obligation }));
  if (toCanonical(open) !== toCanonical(said)) throw incomplete(fold, "it is not about everything that is open, in its order");
}

async function assertQuorum(
  context: Context,
  { runId, spec: { saga } }: Fold,
  signed: readonly SignedResolution[],
): Promise<{ operator: `0x${string}`; signature: `0x${string}` }[]> {
  const quorum: Quorum = "quorum" in saga ? saga : { operators: [], quorum: 1 };
  const signatures = new Map<string, string>();
  for (const { statement, operator, signature } of signed) {
    const signer = await assertOperator(context.recoverSigner, quorum, encodeResolution(statement), { operator, signature });
    if (signatures.has(signer))
      throw new MfmError("OPERATOR_SIGNATURE_REPEATED", `${signer} stands there twice`, { runId, operator: signer });
    signatures.set(signer, signature.toLowerCase());
  }
  const { size } = signatures;
  if (size < quorum.quorum)
    throw new MfmError("RESOLUTION_QUORUM_MISSING", `${size} of ${quorum.quorum} operators have signed`, {
      runId,
      have: size,
      need: quorum.quorum,
    });
  return [...signatures]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([operator, signature]) => ({ operator: operator as `0x${string}`, signature: signature as `0x${string}` }));
}

function incomplete({ runId }: Fold, reason: string): MfmError {
  return new MfmError("RESOLUTION_INCOMPLETE", `${runId}: ${reason}`, { runId, reason });
}
