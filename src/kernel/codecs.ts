/**
 * The codecs of DESIGN 4, fixed for ever: how quantities, addresses, hashes and times stand in canonical data.
 * Each is a zod schema to write in `defineState`; its name, not zod's behaviour, is what a descriptor holds.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as z from "zod";
import { isDigest } from "./canonical.ts";
import { invariant } from "./errors.ts";
import { limits } from "./json.ts";

export interface Codec {
  /** What a person is told when a value does not fit. */
  readonly expected: string;
  /** The value as code sees it, normalised; undefined when it does not fit. */
  readonly decode: (json: unknown) => unknown;
  /** The canonical string of a code value; undefined when it does not fit. */
  readonly encode: (value: unknown) => string | undefined;
  /** Where code sees a string: its length in characters. Undefined where code sees a bigint. */
  readonly length?: { readonly min: number; readonly max: number };
}

const integerDigits = 400;
const integerPattern = /^(?:0|-?[1-9][0-9]{0,399})$/;
const integerBound = 10n ** BigInt(integerDigits);
const uint256Bound = 2n ** 256n;

/** JSON holds the decimal string; authored data may also hold the integer itself, as a number or bigint. */
function bigintCodec(expected: string, min: bigint, bound: bigint): Codec {
  const fits = (value: bigint): boolean => value >= min && value < bound;
  const decode = (json: unknown): bigint | undefined => {
    if (typeof json === "bigint") return fits(json) ? json : undefined;
    const whole = typeof json === "number" && Number.isSafeInteger(json) && !Object.is(json, -0);
    if (!whole && !(typeof json === "string" && integerPattern.test(json))) return undefined;
    const value = BigInt(json);
    return fits(value) ? value : undefined;
  };
  return { expected, decode, encode: (value) => (typeof value === "bigint" && fits(value) ? value.toString() : undefined) };
}

function stringCodec(
  expected: string,
  length: { readonly min: number; readonly max: number },
  normalise: (written: string) => string | undefined,
): Codec {
  const decode = (json: unknown): string | undefined =>
    typeof json === "string" && json.length >= length.min && json.length <= length.max ? normalise(json) : undefined;
  return { expected, length, decode, encode: decode };
}

const exactly = (length: number) => ({ min: length, max: length });
const lowered = (pattern: RegExp) => (written: string) => (pattern.test(written) ? written.toLowerCase() : undefined);

// A checksum costs 5 microseconds, and the same addresses are read again and again. Bounded; accepted spellings only.
const checksums = new Map<string, string>();
const checksumsKept = 32_768;

/** EIP-55. All-lower and all-upper digits are accepted and normalised; mixed case must carry the right checksum. */
function normaliseAddress(written: string): string | undefined {
  const known = checksums.get(written);
  if (known !== undefined) return known;
  if (!/^0x[0-9a-fA-F]{40}$/.test(written)) return undefined;
  const digits = written.slice(2);
  const checked = checksummed(digits.toLowerCase());
  if (written !== checked && digits !== digits.toLowerCase() && digits !== digits.toUpperCase()) return undefined;
  if (checksums.size >= checksumsKept) checksums.clear();
  checksums.set(written, checked);
  return checked;
}

/** A letter is upper-case where the digit of the hash at its place is 8 or more. @see https://eips.ethereum.org/EIPS/eip-55 */
function checksummed(lower: string): string {
  const sum = Buffer.from(keccak_256(Buffer.from(lower, "latin1"))).toString("hex");
  let written = "0x";
  for (let index = 0; index < lower.length; index++) {
    const digit = lower.charAt(index);
    written += sum.charAt(index) >= "8" ? digit.toUpperCase() : digit;
  }
  return written;
}

function normaliseBytes(written: string): string | undefined {
  return written.length % 2 === 0 && /^0x[0-9a-fA-F]*$/.test(written) ? written.toLowerCase() : undefined;
}

function normaliseDecimal(written: string): string | undefined {
  const match = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/.exec(written);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  const kept = fraction.replace(/0+$/, "");
  const magnitude = kept === "" ? whole : `${whole}.${kept}`;
  return magnitude === "0" ? "0" : `${sign}${magnitude}`;
}

const instantPattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

function checkedInstant(written: string): string | undefined {
  if (!instantPattern.test(written)) return undefined;
  // Every month has 28 days. Date.parse moves 30 February to March, so what it reads must be what is written.
  return written.slice(8, 10) <= "28" || new Date(Date.parse(written)).toISOString() === written ? written : undefined;
}

/** The chain id is a safe integer, as every library of the field has it. */
function checkedNetwork(written: string): string | undefined {
  return /^eip155:[1-9][0-9]{0,15}$/.test(written) && Number.isSafeInteger(Number(written.slice("eip155:".length))) ? written : undefined;
}

const firstInstant = Date.parse("0000-01-01T00:00:00.000Z");
const lastInstant = Date.parse("9999-12-31T23:59:59.999Z");

/** The canonical instant of a Unix time in milliseconds. @throws INTERNAL when it is not an integer of the years 0 to 9999 */
export function formatInstant(milliseconds: number): string {
  invariant(Number.isInteger(milliseconds) && milliseconds >= firstInstant && milliseconds <= lastInstant, `${milliseconds} is not a time`);
  return new Date(milliseconds).toISOString();
}

/** Unix milliseconds of a canonical instant. */
export function parseInstant(written: string): number {
  return Date.parse(written);
}

export const codecs = {
  address: stringCodec("an address: 0x and 40 hex digits with an EIP-55 checksum", exactly(42), normaliseAddress),
  bigint: bigintCodec(`a decimal integer as a string, at most ${integerDigits} digits`, 1n - integerBound, integerBound),
  bytes: stringCodec("bytes: 0x and an even number of hex digits", { min: 2, max: limits.valueBytes }, normaliseBytes),
  decimal: stringCodec("a decimal number as a string, without exponent, at most 400 characters", { min: 1, max: 400 }, normaliseDecimal),
  digest: stringCodec("a content address: sha256: and 64 lower-case hex digits", exactly(71), (written) =>
    isDigest(written) ? written : undefined,
  ),
  hash: stringCodec("a hash: 0x and 64 hex digits", exactly(66), lowered(/^0x[0-9a-fA-F]{64}$/)),
  instant: stringCodec("an instant: YYYY-MM-DDTHH:MM:SS.sssZ", exactly(24), checkedInstant),
  network: stringCodec("a network: eip155: and the chain id, for example eip155:1", { min: 8, max: 23 }, checkedNetwork),
  uint256: bigintCodec("a decimal integer from 0 to 2^256 - 1 as a string", 0n, uint256Bound),
} as const satisfies Record<string, Codec>;

export type CodecName = keyof typeof codecs;

export function isCodecName(name: string): name is CodecName {
  return Object.hasOwn(codecs, name);
}

// zod keeps a schema's definition object through .describe() and .meta(), which copy the schema around it; a refinement makes another one.
const names = new WeakMap<object, CodecName>();

/** The codec a zod schema stands for, if it is one of ours. */
export function codecNameOf(schema: z.ZodType): CodecName | undefined {
  return names.get(schema._zod.def);
}

/** The zod schema of a codec: strings in, T out, and nothing decided by zod. */
function schemaOf<T>(name: CodecName) {
  const codec: Codec = codecs[name];
  const schema = z.codec(
    z.custom<string>((written) => codec.decode(written) !== undefined, codec.expected),
    z.custom<T>((value) => codec.encode(value) !== undefined, codec.expected),
    { decode: (written) => codec.decode(written) as T, encode: (value) => codec.encode(value) as string },
  );
  names.set(schema._zod.def, name);
  return schema;
}

/** Any integer; `bigint` in code, a decimal string in JSON. */
export const bigint = schemaOf<bigint>("bigint");
/** 0 to 2^256 - 1, such as an amount in wei; `bigint` in code, a decimal string in JSON. */
export const uint256 = schemaOf<bigint>("uint256");
/** EIP-55 address. */
export const address = schemaOf<`0x${string}`>("address");
/** 32 bytes, lower-case hex. */
export const hash = schemaOf<`0x${string}`>("hash");
/** Bytes, lower-case hex. */
export const bytes = schemaOf<`0x${string}`>("bytes");
/** Decimal number as a string: no exponent, no trailing zeros. */
export const decimal = schemaOf<string>("decimal");
/** UTC time `YYYY-MM-DDTHH:MM:SS.sssZ`. */
export const instant = schemaOf<string>("instant");
/** CAIP-2 network id such as `eip155:1`. @see https://chainagnostic.org/CAIPs/caip-2 */
export const networkId = schemaOf<`eip155:${string}`>("network");
/** A content address. */
export const digest = schemaOf<`sha256:${string}`>("digest");
