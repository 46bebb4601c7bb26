/**
 * Where the store is older than the signer (case 47): what was signed for an effect before is taken up again, and none is given up as never sent
 * before the signer was asked whether it was.
 */
import { chainIdOf } from "../../../capabilities/evm/transaction-covers.ts";
import {
  type TransactionEnvelope,
  type UnsignedTransaction,
  signingHashOf,
  unsignedTransaction,
} from "../../../capabilities/evm/transaction-envelope.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { Digest } from "../../../kernel/canonical.ts";
import { MfmError } from "../../../kernel/errors.ts";
import { StepFailure, failureOf } from "../../../kernel/execute.ts";
import { type Json, isJsonObject } from "../../../kernel/json.ts";
import { lowerSchema } from "../../../kernel/lower.ts";
import { ValueCodec } from "../../../kernel/value.ts";
import type { Signer } from "../../../keystore/signer-port.ts";
import { askAll } from "../ask-sources.ts";
import type { Network } from "../network.ts";
import { type Recorded, sealTransaction, signingIntentOf } from "./seal.ts";

/** Effects that have no nonce here yet, and of whom they are. */
export interface Begun {
  readonly intent: Pick<TransactionIntent, "network" | "from">;
  readonly ids: readonly Digest[];
  readonly signal: AbortSignal;
}

type AskSigner = () => Promise<Pick<Signer, "signedNonces">>;

/**
 * Work for effects that have no nonce here yet. Where it fails for good they count as never sent: so the signer is asked first.
 * @throws SIGNED_OTHERWISE where it has signed for one of them; what the signer throws, as a failure that may pass, where it does not say
 */
export async function beforeGivingUp<T>(work: () => Promise<T>, begun: Begun, signer: AskSigner): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error).advice === "never" && !begun.signal.aborted ? await whyNotGivenUp(error, begun, signer) : error;
  }
}

async function whyNotGivenUp(error: unknown, { intent, ids }: Begun, signer: AskSigner): Promise<unknown> {
  const range = { chainId: chainIdOf(intent.network), sender: intent.from, from: Number.MAX_SAFE_INTEGER, intents: ids };
  const { code, message } = wordsOf(error);
  try {
    const [signed] = await (await signer()).signedNonces(range);
    if (signed === undefined) return error;
    const { nonce } = signed;
    return new MfmError("SIGNED_OTHERWISE", `the signer signed nonce ${nonce} for this effect before; now: ${code}: ${message}`, {
      signed: { nonce },
    });
  } catch (cause) {
    if (failureOf(cause).advice !== "never") return cause;
    const silent = wordsOf(cause);
    return new StepFailure(silent.code, "safe", `the signer does not say what it signed: ${silent.message}`);
  }
}

function wordsOf(error: unknown): { readonly code: string; readonly message: string } {
  return { code: failureOf(error).code, message: error instanceof Error ? error.message : "" };
}

type Wanted = Omit<Recorded, "envelope">;

interface Desk {
  readonly signer: Pick<Signer, "check" | "sign">;
  readonly network: Network;
  readonly signal: AbortSignal;
}

/**
 * The candidate that the signer would sign: the one that was made, or one that it has signed for the effect before, where that is its first here
 * and has the nonce that the effect was given.
 * @throws SIGNED_OTHERWISE where nothing of what it has signed before does what is intended; what the signer throws
 */
export async function checkedBySigner(wanted: Wanted, envelope: TransactionEnvelope, desk: Desk): Promise<TransactionEnvelope> {
  try {
    await desk.signer.check(signingIntentOf({ ...wanted, envelope }));
    return envelope;
  } catch (error) {
    if (wanted.role !== "first" || !(error instanceof MfmError) || error.code !== "SIGNED_OTHERWISE") throw error;
    const as = (transaction: UnsignedTransaction): TransactionEnvelope => ({ ...envelope, transaction, signedBefore: true });
    const before = readForgotten(error, envelope.transaction).map(as);
    const found = await newestOrIncluded(wanted, before, desk);
    if (found === undefined) throw error;
    return found;
  }
}

/** Of several candidates that were signed for one nonce, one may be included already. Each is signed again as it was: that makes the same bytes. */
async function newestOrIncluded(
  wanted: Wanted,
  candidates: readonly TransactionEnvelope[],
  { signer, network, signal }: Desk,
): Promise<TransactionEnvelope | undefined> {
  const sealed: { readonly envelope: TransactionEnvelope; readonly hash: string }[] = [];
  for (const envelope of candidates) sealed.push({ envelope, hash: (await sealTransaction({ ...wanted, envelope }, signer)).hash });
  if (sealed.length < 2) return sealed[0]?.envelope;
  const seen = await askAll(network, signal, (source, limited) =>
    Promise.all(sealed.map(async ({ hash }) => (await source.request("eth_getTransactionReceipt", [hash], limited)) !== null)),
  );
  return (sealed.find((_, index) => [...seen.values()].some((receipts) => receipts[index] === true)) ?? sealed[0])?.envelope;
}

/** What was signed before, the newest first, as far as it is the same but for its fees. */
function readForgotten({ details }: MfmError, made: UnsignedTransaction): UnsignedTransaction[] {
  const { signed = null } = details;
  if (!isJsonObject(signed)) return [];
  const { transaction = null, earlier = [] } = signed;
  const others: readonly Json[] = Array.isArray(earlier) ? (earlier as readonly Json[]) : [];
  return [transaction, ...others].flatMap((told) => readTransaction(told, made) ?? []);
}

function readTransaction(told: Json, made: UnsignedTransaction): UnsignedTransaction | undefined {
  if (!isJsonObject(told)) return undefined;
  const { type, ...fields } = told;
  const before = type === "eip1559" ? (unsignedCodec.decode(fields, "what was signed before") as UnsignedTransaction) : undefined;
  const { maxFeePerGas, maxPriorityFeePerGas } = made;
  return before !== undefined && signingHashOf({ ...before, maxFeePerGas, maxPriorityFeePerGas }) === signingHashOf(made)
    ? before
    : undefined;
}

const unsignedCodec = new ValueCodec(lowerSchema(unsignedTransaction));
