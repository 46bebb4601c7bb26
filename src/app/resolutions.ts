/** Runs that stand before people: what is open, decisions that each operator signs, and handing a quorum of them in. None of this needs the code of any op. */
import { resolve } from "node:path";
import { parseCanonical, digestOf } from "../kernel/canonical.ts";
import type { ContradictionWords } from "../capabilities/evm/transaction-contradiction.ts";
import type { RunEvent } from "../kernel/events.ts";
import type { Json } from "../kernel/json.ts";
import { isJsonObject } from "../kernel/json.ts";
import { readStrictJson } from "../kernel/json-reader.ts";
import type { RunId } from "../kernel/names.ts";
import type { Run } from "../kernel/run.ts";
import type { Obligation, StuckEffect } from "../kernel/saga/obligations.ts";
import { type SignedResolution, encodeSignedResolution, readSignedResolution } from "../kernel/saga/signed-file.ts";
import type { ResolutionStatement } from "../kernel/saga/statement.ts";
import { type ResolutionOutcome, resolutionDocument } from "../kernel/runtime/resolve.ts";
import { openStoredEvent } from "../kernel/runtime/history.ts";
import type { Runtime } from "../kernel/runtime/runtime.ts";
import { withRecords } from "./engine.ts";
import { failure, usage } from "./failure.ts";
import type { SignerChoice } from "./keystore/signers.ts";
import { writeNewFile } from "./new-file.ts";
import type { InputSource } from "./op-input.ts";
import type { Place } from "./place.ts";
import { recoverSigner } from "./recover-signer.ts";
import { resolveRunId } from "./run-ids.ts";
import { readBytes, readSignature, readTextFile } from "./signature-input.ts";

/** An obligation, with the last that the outside said about it. */
export interface OpenObligation extends Obligation {
  /** The effect kind, where it was true, and the evidence itself as recorded; null where there is none. */
  readonly evidence: { readonly kind: string; readonly source: string; readonly said: Json } | null;
  /** What in the evidence of one that is ambiguous does not fit together, in words; null where its kind has none. */
  readonly contradiction: ContradictionWords | null;
}

export interface ObligationsView {
  readonly run: Run;
  readonly obligations: readonly OpenObligation[];
  /** What was sent, and does not get on before somebody asks for another candidate. */
  readonly stuck: readonly StuckEffect[];
  readonly operators: readonly string[];
  readonly need: number;
}

/** @throws RUN_UNKNOWN, RUN_AMBIGUOUS, HISTORY_INVALID */
export async function showObligations(place: Place, given: string): Promise<ObligationsView> {
  return withRecords(place, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, given);
    const { obligations, ...open } = await runtime.obligations(runId);
    const evidence = obligations.length === 0 ? new Map<string, OpenObligation["evidence"]>() : await lastEvidence(runtime, runId);
    const shown = obligations.map(async (one): Promise<OpenObligation> => {
      const said = evidence.get(one.step) ?? null;
      return Object.assign({ evidence: said, contradiction: await contradictionIn(runtime, runId, { one, said }) }, one);
    });
    return { ...open, obligations: await Promise.all(shown) };
  });
}

async function contradictionIn(
  { store }: Runtime,
  runId: RunId,
  { one, said }: { readonly one: Obligation; readonly said: OpenObligation["evidence"] },
): Promise<ContradictionWords | null> {
  if (one.kind !== "ambiguous" || said === null) return null;
  const { contradictionOf } = await import("./evm/transaction-story.ts");
  return contradictionOf(store, { runId, step: one.step, effect: one.effect, kind: said.kind });
}

/** By step, the evidence that its effect came to rest with. */
async function lastEvidence(runtime: Runtime, runId: RunId): Promise<Map<string, OpenObligation["evidence"]>> {
  const found = new Map<string, OpenObligation["evidence"]>();
  const page = 1000;
  for (let from = 0; ; from += page) {
    const stored = await runtime.store.readEvents(runId, from, page);
    for (const one of stored) {
      const { event } = openStoredEvent(runId, one);
      if (event.type === "EffectSettled" || event.type === "EffectAmbiguous")
        found.set(event.data.step, await readEvidence(runtime, event));
    }
    if (stored.length < page) return found;
  }
}

async function readEvidence(
  runtime: Runtime,
  { data }: Extract<RunEvent, { type: "EffectSettled" | "EffectAmbiguous" }>,
): Promise<OpenObligation["evidence"]> {
  const body = await runtime.store.readArtifact(data.evidence.digest);
  const document = body === undefined ? undefined : parseCanonical(Buffer.from(body).toString("utf8"));
  if (document === undefined || !isJsonObject(document)) return null;
  const { effect, source, evidence = null } = document;
  return typeof effect === "string" && typeof source === "string" ? { kind: effect, source, said: evidence } : null;
}

export interface ResolveRequest {
  readonly run: string;
  readonly reason: string;
  /** `accepted`, or `STEP=accepted`. */
  readonly outcomes: readonly string[];
  /** A file whose digest is signed. */
  readonly evidence: string | undefined;
}

const outcomes: readonly ResolutionOutcome[] = ["accepted", "done", "undone"];

export interface DraftedResolution {
  readonly statement: ResolutionStatement;
  readonly document: Json;
  /** Who may sign it. */
  readonly operators: readonly string[];
}

/** What is to be signed. @throws RESOLUTION_NOT_AWAITED, RESOLUTION_INCOMPLETE, USAGE, FILE_UNREADABLE */
export async function draftResolution(place: Place, request: ResolveRequest): Promise<DraftedResolution> {
  const evidence = request.evidence === undefined ? null : digestOf(readBytes(place, request.evidence));
  const said = readOutcomes(request.outcomes);
  return withRecords(place, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, request.run);
    const statement = await runtime.draftResolution(runId, { reason: request.reason, ...said, evidence });
    const { operators } = await runtime.obligations(runId);
    return { statement, document: readStrictJson(resolutionDocument(statement)), operators };
  });
}

function readOutcomes(given: readonly string[]): {
  readonly outcomes: { [step: string]: ResolutionOutcome };
  readonly all: ResolutionOutcome | undefined;
} {
  const named: { [step: string]: ResolutionOutcome } = {};
  let all: ResolutionOutcome | undefined;
  for (const one of given) {
    const at = one.lastIndexOf("=");
    const outcome = outcomes.find((known) => known === one.slice(at + 1));
    if (outcome === undefined)
      throw usage(`--outcome ${JSON.stringify(one)} is none of ${outcomes.join(", ")}, nor STEP= with one of them`, {
        option: "--outcome",
      });
    if (at < 0) all = outcome;
    else named[one.slice(0, at)] = outcome;
  }
  return { outcomes: named, all };
}

export interface SignedDraft extends DraftedResolution {
  readonly operator: string;
  readonly signature: string;
  /** Where it was written; null: nowhere. */
  readonly file: string | null;
}

/** Who signs: an account of the keystore, or somebody who did so elsewhere. */
export type SignedBy =
  | { readonly kind: "account"; readonly account: string; readonly choice: SignerChoice }
  | { readonly kind: "signature"; readonly signature: string; readonly source: InputSource };

/**
 * Signs what is to be decided, into a file that is handed on.
 * @throws OPERATOR_UNKNOWN, OPERATOR_SIGNATURE_WRONG; FILE_EXISTS, FILE_UNWRITABLE; what the signer throws, and what `draftResolution` does
 */
export async function signResolution(
  place: Place,
  by: SignedBy,
  request: ResolveRequest & { readonly out: string | undefined },
): Promise<SignedDraft> {
  const draft = await draftResolution(place, request);
  const { operator, signature } = await signedBy(place, by, draft);
  const file = request.out === undefined ? null : resolve(place.folder, request.out);
  if (file !== null) writeNewFile(file, [`${encodeSignedResolution({ statement: draft.statement, operator, signature })}\n`]);
  return { ...draft, operator, signature, file };
}

async function signedBy(
  place: Place,
  by: SignedBy,
  { statement, operators }: DraftedResolution,
): Promise<{ readonly operator: string; readonly signature: string }> {
  const document = resolutionDocument(statement);
  const { assertMaySign, signDocument } = await import("./keystore/sign.ts");
  if (by.kind === "account") {
    const { address, signature } = await signDocument(place, by.choice, { account: by.account, document, operators });
    return { operator: address, signature };
  }
  const signature = await readSignature(place, by.signature, by.source);
  const operator = await recoverSigner(document, signature);
  if (operator === undefined)
    throw failure("OPERATOR_SIGNATURE_WRONG", "the signature is none that a key could have made of this document", {});
  assertMaySign(operator, operators);
  return { operator, signature };
}

/** Hands in what a quorum has signed, which ends the run. `files`: paths, or `-`. @throws RESOLUTION_*, OPERATOR_*, FILE_UNREADABLE, VALUE_INVALID */
export async function submitResolutions(
  place: Place,
  { run, files, source }: { readonly run: string; readonly files: readonly string[]; readonly source: InputSource },
): Promise<{ readonly run: Run }> {
  const signed: SignedResolution[] = [];
  for (const file of files) signed.push(readSignedResolution(file === "-" ? await source.readStdin() : readTextFile(place, file), file));
  return withRecords(place, async ({ runtime }) => {
    const runId = await resolveRunId(runtime.store, run);
    return { run: await runtime.resolve(runId, signed) };
  });
}
