/**
 * What a signer is asked and answers: typed intents in, signed candidates out. What may be signed is a closed list: transactions (EIP-155, 2930, 1559,
 * 4844 without sidecar, 7702), messages (EIP-191), typed data (EIP-712) and authorizations (EIP-7702). There is no way to sign 32 bytes.
 */
import * as z from "zod";
import { address, bytes, digest, hash, instant, uint256 } from "../kernel/codecs.ts";

/** The most gas that a cancel may have: some chains charge more than Ethereum for a transfer of nothing. */
export const mostCancelGas = 2_000_000n;

const chainId = z.int().min(1);
const nonce = z.int().min(0);
const accessList = z.array(z.strictObject({ address, storageKeys: z.array(hash).max(10_000) })).max(10_000);

const signatureParts = { r: hash, s: hash, yParity: z.int().min(0).max(1) };

/** An authorization as a transaction carries it. Chain 0 means every chain. @see https://eips.ethereum.org/EIPS/eip-7702 */
const signedAuthorization = z.strictObject({ chainId: z.int().min(0), address, nonce, ...signatureParts });

/** Without `to` the transaction creates a contract. Quantities in wei and gas. */
const action = { chainId, nonce, gas: uint256, to: address.optional(), value: uint256, data: bytes };
const priced = { ...action, gasPrice: uint256 };
const dynamic = { ...action, maxFeePerGas: uint256, maxPriorityFeePerGas: uint256, accessList: accessList.optional() };

const transactionFields = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("legacy"), ...priced }),
  z.strictObject({ type: z.literal("eip2930"), ...priced, accessList: accessList.optional() }),
  z.strictObject({ type: z.literal("eip1559"), ...dynamic }),
  z.strictObject({
    type: z.literal("eip4844"),
    ...dynamic,
    to: address,
    maxFeePerBlobGas: uint256,
    blobVersionedHashes: z.array(hash).min(1).max(64),
  }),
  z.strictObject({ type: z.literal("eip7702"), ...dynamic, to: address, authorizationList: z.array(signedAuthorization).min(1).max(256) }),
]);

/**
 * What people signed who agreed to a transaction, as far as the transaction does not say it: of which run and step it is, up to which gas and
 * fees (wei per gas), and until when each agreed. With it and the transaction their EIP-712 documents can be made again.
 */
const agreement = z.strictObject({
  runId: z.string().max(200),
  specRef: digest,
  step: z.string().max(1000),
  intentDigest: digest,
  gas: uint256,
  maxFeePerGas: uint256,
  maxPriorityFeePerGas: uint256,
  signatures: z.array(z.strictObject({ expiry: instant, signature: bytes })).max(100),
});

/**
 * `intentId` names what was decided, such as one payment: an intent gets one nonce, and a nonce one intent. A `replacement` is the same action
 * with higher fees, a `cancel` sends nothing to the sender itself; both keep the intent and its nonce. `approved`: absent where nobody was asked to agree.
 */
const transactionIntent = z.strictObject({
  kind: z.literal("transaction"),
  intentId: digest,
  sender: address,
  role: z.enum(["first", "replacement", "cancel"]),
  transaction: transactionFields,
  approved: agreement.optional(),
});

/** @see https://eips.ethereum.org/EIPS/eip-191, version 0x45 */
const messageIntent = z.strictObject({ kind: z.literal("message"), sender: address, message: bytes });

/** `document` is the JSON text of an EIP-712 document: types, domain, primaryType, message. */
const typedDataIntent = z.strictObject({ kind: z.literal("typedData"), sender: address, document: z.string().max(262_144) });

/** The sender lets `delegate` be its code. It uses up a nonce, as a transaction does. */
const authorizationIntent = z.strictObject({
  kind: z.literal("authorization"),
  intentId: digest,
  sender: address,
  chainId: z.int().min(0),
  delegate: address,
  nonce,
});

export const signingIntent = z.discriminatedUnion("kind", [transactionIntent, messageIntent, typedDataIntent, authorizationIntent]);

/** `recorded`: the intent had been signed before, and this is what was signed then, whatever fees and nonce were asked for now. */
const signedTransaction = z.strictObject({
  kind: z.literal("transaction"),
  intentId: digest,
  transaction: transactionFields,
  hash,
  raw: bytes,
  recorded: z.boolean(),
});
/** `digest` is what was signed; `signature` is r, s and v (27 or 28). */
const signedBytes = { digest: hash, signature: bytes };
const signedMessage = z.strictObject({ kind: z.literal("message"), ...signedBytes });
const signedTypedData = z.strictObject({ kind: z.literal("typedData"), ...signedBytes });
const signedAuthorizationAnswer = z.strictObject({
  kind: z.literal("authorization"),
  intentId: digest,
  authorization: signedAuthorization,
  recorded: z.boolean(),
});

export const signedIntent = z.discriminatedUnion("kind", [signedTransaction, signedMessage, signedTypedData, signedAuthorizationAnswer]);

export type TransactionFields = z.output<typeof transactionFields>;
export type SigningIntent = z.output<typeof signingIntent>;
export type SignedIntent = z.output<typeof signedIntent>;
export type IntentOf<K extends SigningIntent["kind"]> = Extract<SigningIntent, { kind: K }>;
/** What signing an intent gives. */
export type SignedOf<I extends SigningIntent> = Extract<SignedIntent, { kind: I["kind"] }>;
