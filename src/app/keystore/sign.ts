/** Signing with the keystore: a transaction into a file, a message, an EIP-712 document. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { IntentOf, SigningIntent } from "../../capabilities/signer.ts";
import { digestOf, isDigest, toCanonical } from "../../kernel/canonical.ts";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { hashOf } from "../../keystore/signing/answer.ts";
import { intentJson, readIntent } from "../../keystore/signing/intent.ts";
import { failure, reasonOf, usage } from "../failure.ts";
import type { InputSource } from "../op-input.ts";
import type { Place } from "../place.ts";
import { type Existing, assertWritable, writeRawFile } from "./raw-file.ts";
import { type SignerChoice, selectAccount, withSigner } from "./signers.ts";
import { type TransactionInput, transactionOf } from "./transaction-input.ts";

export interface SignTransaction {
  /** Address, label or id of the account. */
  readonly account: string;
  readonly transaction: Omit<TransactionInput, "accessList" | "authorizationList"> & {
    readonly accessListFile: string | undefined;
    readonly authorizationsFile: string | undefined;
  };
  readonly role: IntentOf<"transaction">["role"];
  /** Undefined: made of sender, chain, nonce and action. */
  readonly intentId: string | undefined;
  readonly out: string;
  readonly existing: Existing;
}

/** What is said of a signed transaction; what could be sent stands in the file alone. */
export interface SignedFile {
  readonly from: string;
  readonly to: string | null;
  readonly chainId: number;
  readonly nonce: number;
  readonly type: string;
  readonly value: string;
  readonly role: string;
  readonly intentId: string;
  readonly signingDigest: string;
  readonly transactionHash: string;
  /** It had been signed before: the file holds what was signed then. */
  readonly recorded: boolean;
}

/** @throws INTENT_INVALID, VALUE_INVALID, USAGE; FILE_EXISTS, FILE_UNSAFE, FILE_UNWRITABLE; and what the signer throws */
export async function signTransaction(place: Place, choice: SignerChoice, request: SignTransaction): Promise<SignedFile> {
  const { accessListFile, authorizationsFile, ...flags } = request.transaction;
  const accessList = readList(place, accessListFile);
  const authorizationList = readList(place, authorizationsFile);
  const fields = transactionOf({ ...flags, accessList, authorizationList });
  const { role, intentId } = request;
  if (intentId !== undefined && !isDigest(intentId)) throw usage("--intent-id is sha256: and 64 hex digits", { option: "--intent-id" });
  if (role === "cancel" && intentId === undefined) throw usage("--cancel needs the --intent-id of what is cancelled, as tx-sign showed it");
  const file = resolve(place.folder, request.out);
  assertWritable(file, request.existing);
  return withSigner(place, choice, async (signer) => {
    const { address: sender } = selectAccount(await signer.accounts(), request.account);
    const draft = readIntent({ kind: "transaction", sender, role, transaction: fields, intentId: intentId ?? digestOf("") });
    const intent = (intentId === undefined ? { ...draft, intentId: nameOf(draft) } : draft) as IntentOf<"transaction">;
    const signed = await signer.sign(intent);
    writeRawFile(file, `${signed.raw}\n`, request.existing);
    const { chainId, nonce, type, to = null, value } = signed.transaction;
    return {
      from: sender,
      to,
      chainId,
      nonce,
      type,
      value: value.toString(),
      role,
      intentId: signed.intentId,
      signingDigest: hashOf({ ...intent, transaction: signed.transaction }),
      transactionHash: signed.hash,
      recorded: signed.recorded,
    };
  });
}

/** The same payment typed again is the same intent, whatever its fees; at another nonce it is another. */
function nameOf(intent: SigningIntent): `sha256:${string}` {
  const { sender, transaction } = intentJson(intent) as { readonly [name: string]: Json };
  const { chainId, nonce, to, value, data } = transaction as { readonly [name: string]: Json };
  return digestOf(toCanonical({ by: "mfm keystore tx-sign", sender, chainId, nonce, to: to ?? null, value, data }));
}

function readList(place: Place, file: string | undefined): Json | undefined {
  return file === undefined ? undefined : readStrictJson(readText(resolve(place.folder, file)));
}

function readText(path: string): string {
  return readBytes(path).toString("utf8");
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("FILE_UNREADABLE", `${path} cannot be read: ${reason}`, { file: path, reason });
  }
}

/** A message is text, or a file's bytes, or bytes in hex. */
export interface MessageInput {
  readonly text: string | undefined;
  /** A path, or `-` for standard input. */
  readonly file: string | undefined;
  readonly hex: string | undefined;
}

export interface SignedBytes {
  readonly address: string;
  readonly digest: string;
  readonly signature: string;
}

/** @throws USAGE, FILE_UNREADABLE, INTENT_INVALID, and what the signer throws */
export async function signMessage(
  place: Place,
  choice: SignerChoice,
  request: { readonly account: string; readonly message: MessageInput; readonly source: InputSource },
): Promise<SignedBytes> {
  const message = await readMessage(place, request.message, request.source);
  return signBytes(place, choice, request.account, (sender) => ({ kind: "message", sender, message }));
}

/** @throws JSON_INVALID, INTENT_INVALID, FILE_UNREADABLE, and what the signer throws */
export async function signTypedData(
  place: Place,
  choice: SignerChoice,
  request: { readonly account: string; readonly file: string; readonly source: InputSource },
): Promise<SignedBytes> {
  const document = await readDocument(place, request.file, request.source);
  return signBytes(place, choice, request.account, (sender) => ({ kind: "typedData", sender, document }));
}

/** An EIP-712 document that is made here, by one of those who may; before a policy has a say. @throws OPERATOR_UNKNOWN, INTENT_INVALID, and what the signer throws */
export function signDocument(
  place: Place,
  choice: SignerChoice,
  { account, document, operators }: { readonly account: string; readonly document: string; readonly operators: readonly string[] },
): Promise<SignedBytes> {
  return signBytes(place, choice, account, (sender) => {
    assertMaySign(sender, operators);
    return { kind: "typedData", sender, document };
  });
}

/** @throws OPERATOR_UNKNOWN */
export function assertMaySign(signer: string, operators: readonly string[]): void {
  if (operators.includes(signer)) return;
  throw failure("OPERATOR_UNKNOWN", `${signer} is none of those who may sign it: ${operators.join(", ")}`, { signer });
}

function signBytes(
  place: Place,
  choice: SignerChoice,
  account: string,
  intentOf: (sender: `0x${string}`) => IntentOf<"message"> | IntentOf<"typedData">,
): Promise<SignedBytes> {
  return withSigner(place, choice, async (signer) => {
    const { address } = selectAccount(await signer.accounts(), account);
    const { digest, signature } = await signer.sign(intentOf(address));
    return { address, digest, signature };
  });
}

/** As hex. @throws USAGE unless one of the three is given */
export async function readMessage(place: Place, { text, file, hex }: MessageInput, source: InputSource): Promise<`0x${string}`> {
  if ([text, file, hex].filter((given) => given !== undefined).length !== 1) throw usage("give one of --text, --file and --hex");
  if (hex !== undefined) return hex as `0x${string}`;
  const bytes =
    text !== undefined
      ? Buffer.from(text)
      : file === "-"
        ? Buffer.from(await source.readStdin())
        : readBytes(resolve(place.folder, file ?? ""));
  return `0x${bytes.toString("hex")}`;
}

/** The JSON text of an EIP-712 document. */
export async function readDocument(place: Place, file: string, source: InputSource): Promise<string> {
  return file === "-" ? source.readStdin() : readText(resolve(place.folder, file));
}
