/** The vault file as data, `mfm-keystore/1`: canonical JSON with exactly these members. docs/formats/keystore.md describes it byte by byte. */
import * as z from "zod";
import { type Digest, digestOf, parseCanonical, toCanonical } from "../../kernel/canonical.ts";
import { codecs } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type Json, type JsonObject, isJsonObject } from "../../kernel/json.ts";
import type { Hex } from "./bytes.ts";
import { type Kdf, assertKdfCost } from "./kdf.ts";
import { keyBytes, nonceBytes, type Sealed, tagBytes } from "./sealing.ts";
import type { EntryKind, EntryView } from "./session.ts";

export const vaultFormat = "mfm-keystore/1";

export const vaultLimits = { fileBytes: 10_485_760, entries: 10_000, labelCharacters: 100 } as const;

/** What a vault's keys are derived under. A change of it is a change of passphrase. */
export interface Header {
  readonly format: typeof vaultFormat;
  readonly vaultId: string;
  readonly createdAt: string;
  readonly kdf: Kdf;
  readonly passphraseEncoding: "utf8-nfkc";
}

export interface Entry extends EntryView, Sealed {}

/** All that the MAC covers. */
export interface Content extends Header {
  /** HMAC over the header: whether a passphrase is the right one. */
  readonly passphraseCheck: Hex;
  readonly vaultKey: Sealed;
  /** Grows by one with every change. */
  readonly generation: number;
  readonly entries: readonly Entry[];
  readonly book: Json;
}

export interface Vault extends Content {
  readonly mac: Hex;
}

const hex = (bytes: number) =>
  z.custom<Hex>(
    (value) => typeof value === "string" && value.length === 2 + 2 * bytes && /^0x[0-9a-f]*$/.test(value),
    `${bytes} bytes in hex`,
  );
const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, "a UUID");
const instant = z.custom<string>((value) => codecs.instant.decode(value) === value, "an instant");
const whole = z.int().min(1);
const anyJson = z.custom<Json>((value) => value !== undefined, "a value");
const sealedKey = { nonce: hex(nonceBytes), ciphertext: hex(keyBytes + tagBytes) };

const kind: z.ZodType<EntryKind> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("private-key") }),
  z.strictObject({
    type: z.literal("hd"),
    path: z.string().regex(/^m(?:\/(?:0|[1-9][0-9]{0,9})'?){1,10}$/, "a path"),
    fingerprint: hex(4),
  }),
]);

const entry: z.ZodType<Entry> = z.strictObject({
  id: uuid,
  label: z.custom<string>((value) => isLabel(value), "a label"),
  address: z.custom<Hex>((value) => codecs.address.decode(value) === value, "an address"),
  kind,
  createdAt: instant,
  policy: anyJson,
  ...sealedKey,
});

const vault: z.ZodType<Vault> = z.strictObject({
  format: z.literal(vaultFormat),
  vaultId: uuid,
  createdAt: instant,
  kdf: z.strictObject({
    name: z.literal("argon2id"),
    version: z.literal(19),
    memoryKib: whole,
    iterations: whole,
    parallelism: whole,
    salt: hex(32),
  }),
  passphraseEncoding: z.literal("utf8-nfkc"),
  passphraseCheck: hex(32),
  vaultKey: z.strictObject(sealedKey),
  generation: whole,
  entries: z.array(entry).max(vaultLimits.entries),
  book: anyJson,
  mac: hex(32),
});

/** 1 to 100 characters, none of which steers a terminal or the direction of text, no space around. */
export function isLabel(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= vaultLimits.labelCharacters &&
    value.isWellFormed() &&
    value.trim() === value &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)
  );
}

/**
 * Reads a vault file; nothing of it is authenticated yet.
 * @throws KEYSTORE_INVALID when it is not canonical JSON, or a member is missing, unknown or malformed, or two entries share an id or address
 * @throws KEYSTORE_KDF_REFUSED when deriving would cost too much or too little
 */
export function parseVault(bytes: Uint8Array): Vault {
  const json = readCanonical(bytes);
  const read = vault.safeParse(json);
  if (!read.success) throw invalid(reasonOf(json, read.error));
  assertKdfCost(read.data.kdf);
  const { entries } = read.data;
  for (const member of ["id", "address"] as const) {
    if (new Set(entries.map((at) => at[member])).size < entries.length) throw invalid(`two entries share one ${member}`);
  }
  return read.data;
}

function readCanonical(bytes: Uint8Array): Json {
  if (bytes.length > vaultLimits.fileBytes) throw invalid(`over ${vaultLimits.fileBytes} bytes`);
  try {
    return parseCanonical(bytes);
  } catch (error) {
    // Its message may hold a piece of the text; the byte is enough to look.
    const byte = error instanceof MfmError ? error.details["byte"] : undefined;
    throw invalid(`not canonical JSON${typeof byte === "number" ? ` at byte ${byte}` : ""}`);
  }
}

/** Where and what was expected, never what was found. */
function reasonOf(json: Json, error: z.ZodError): string {
  const format = isJsonObject(json) ? json["format"] : undefined;
  if (typeof format === "string" && /^mfm-keystore\/[1-9][0-9]{0,3}$/.test(format) && format !== vaultFormat)
    return `of format ${format}, which this version of MFM does not know`;
  const [issue] = error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "the document" : issue.path.join(".");
  return issue?.code === "unrecognized_keys" ? `${place} has an unknown member` : `${place} is missing or malformed`;
}

function invalid(reason: string): MfmError {
  return new MfmError("KEYSTORE_INVALID", `the file is no vault that MFM wrote: ${reason}`, { reason });
}

export function encodeVault(value: Vault): Uint8Array {
  return new TextEncoder().encode(toCanonical(jsonOf(value)));
}

/** The members that passphrase check and wrapped key are bound to. */
export function headerOf({ format, vaultId, createdAt, kdf, passphraseEncoding }: Header): Header {
  return { format, vaultId, createdAt, kdf, passphraseEncoding };
}

/** Names header and passphrase check: as long as it is the same, so is the passphrase. */
export function headerDigestOf(value: Content): Digest {
  return digestOf(toCanonical(jsonOf({ ...headerOf(value), passphraseCheck: value.passphraseCheck })));
}

/** Without its key. */
export function viewOf({ id, label, address, kind: origin, createdAt, policy }: EntryView): EntryView {
  return { id, label, address, kind: origin, createdAt, policy };
}

/** These interfaces hold nothing but JSON, which TypeScript does not see of an interface. */
export function jsonOf(value: object): JsonObject {
  return value as JsonObject;
}
