/**
 * The codecs of DESIGN 4, fixed for ever: how quantities, addresses, hashes and times stand in canonical data.
 * Each is a zod schema to write in `defineState`; its name, not zod's behaviour, is what a descriptor holds.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as z from "zod";

export interface Codec {
  /** What a person is told when a value does not fit. */
  readonly expected: string;
  /** The value as code sees it, normalised; undefined when it does not fit. */
  readonly decode: (json: unknown) => unknown;
  /** The canonical string of a code value; undefined when it does not fit. */
  readonly encode: (value: unknown) => string | undefined;
}

const uint256Max = 2n ** 256n - 1n;

function bigintCodec(expected: string, fits: (value: bigint) => boolean): Codec {
  const decode = (json: unknown): bigint | undefined => {
    const written = typeof json === "number" && Number.isSafeInteger(json) ? String(json) : json;
    if (typeof json === "bigint") return fits(json) ? json : undefined;
    if (typeof written !== "string" || written.length > 400 || !/^(0|-?[1-9][0-9]*)$/.test(written)) return undefined;
    const value = BigInt(written);
    return fits(value) ? value : undefined;
  };
  return { expected, decode, encode: (value) => (typeof value === "bigint" && fits(value) ? value.toString() : undefined) };
}

function stringCodec(expected: string, normalise: (written: string) => string | undefined): Codec {
  const decode = (json: unknown): string | undefined => (typeof json === "string" ? normalise(json) : undefined);
  return { expected, decode, encode: decode };
}

const matching = (pattern: RegExp) => (written: string) => (pattern.test(written) ? written : undefined);
const lowered = (pattern: RegExp) => (written: string) => (pattern.test(written) ? written.toLowerCase() : undefined);

/** EIP-55. All-lower and all-upper digits are accepted and normalised; mixed case must carry the right checksum. */
function normaliseAddress(written: string): string | undefined {
  if (!/^0x[0-9a-fA-F]{40}$/.test(written)) return undefined;
  const digits = written.slice(2);
  const lower = digits.toLowerCase();
  const sum = Buffer.from(keccak_256(Buffer.from(lower, "latin1"))).toString("hex");
  const checked = `0x${Array.from(lower, (digit, index) => (Number.parseInt(sum.charAt(index), 16) >= 8 ? digit.toUpperCase() : digit)).join("")}`;
  return digits === lower || digits === digits.toUpperCase() || written === checked ? checked : undefined;
}

function normaliseDecimal(written: string): string | undefined {
  const match = written.length <= 400 ? /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/.exec(written) : null;
  if (match === null) return undefined;
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  const magnitude = fraction === "" ? (match[2] ?? "") : `${match[2]}.${fraction}`;
  return magnitude === "0" ? "0" : `${match[1]}${magnitude}`;
}

function checkedInstant(written: string): string | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/.test(written)) return undefined;
  const time = Date.parse(written);
  return Number.isNaN(time) || formatInstant(time) !== written ? undefined : written;
}

/** The canonical instant of a Unix time in milliseconds. */
export function formatInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Unix milliseconds of a canonical instant. */
export function parseInstant(written: string): number {
  return Date.parse(written);
}

export const codecs = {
  address: stringCodec("an address: 0x and 40 hex digits with an EIP-55 checksum", normaliseAddress),
  bigint: bigintCodec("a decimal integer as a string", () => true),
  bytes: stringCodec("bytes: 0x and an even number of hex digits", lowered(/^0x(?:[0-9a-fA-F]{2})*$/)),
  decimal: stringCodec("a decimal number as a string, without exponent", normaliseDecimal),
  digest: stringCodec("a content address: sha256: and 64 lower-case hex digits", matching(/^sha256:[0-9a-f]{64}$/)),
  hash: stringCodec("a hash: 0x and 64 hex digits", lowered(/^0x[0-9a-fA-F]{64}$/)),
  instant: stringCodec("an instant: YYYY-MM-DDTHH:MM:SS.sssZ", checkedInstant),
  network: stringCodec("a network: eip155: and the chain id, for example eip155:1", matching(/^eip155:[1-9][0-9]{0,15}$/)),
  uint256: bigintCodec("a decimal integer from 0 to 2^256 - 1 as a string", (value) => value >= 0n && value <= uint256Max),
} as const satisfies Record<string, Codec>;

export type CodecName = keyof typeof codecs;

export function isCodecName(name: string): name is CodecName {
  return Object.hasOwn(codecs, name);
}

// zod keeps a schema's definition object through .describe() and .meta(), which copy the schema around it.
const names = new WeakMap<object, CodecName>();

/** The codec a zod schema stands for, if it is one of ours. */
export function codecNameOf(schema: z.ZodType): CodecName | undefined {
  return names.get(schema._zod.def);
}

function named<S extends z.ZodType>(name: CodecName, schema: S): S {
  names.set(schema._zod.def, name);
  return schema;
}

function bigintSchema(name: "bigint" | "uint256") {
  const codec: Codec = codecs[name];
  return named(
    name,
    z.codec(
      z.string().refine((written) => codec.decode(written) !== undefined, codec.expected),
      z.bigint(),
      { decode: (written) => BigInt(written), encode: (value) => value.toString() },
    ),
  );
}

type HexString = `0x${string}`;
const hexSchema = (name: "address" | "bytes" | "hash") =>
  named(name, z.custom<HexString>((written) => codecs[name].decode(written) !== undefined, codecs[name].expected));
const textSchema = (name: "decimal" | "instant") => named(name, z.string().refine((written) => codecs[name].decode(written) !== undefined, codecs[name].expected));

/** Any integer; `bigint` in code, a decimal string in JSON. */
export const bigint = bigintSchema("bigint");
/** 0 to 2^256 - 1, such as an amount in wei; `bigint` in code, a decimal string in JSON. */
export const uint256 = bigintSchema("uint256");
/** EIP-55 address. */
export const address = hexSchema("address");
/** 32 bytes, lower-case hex. */
export const hash = hexSchema("hash");
/** Bytes, lower-case hex. */
export const bytes = hexSchema("bytes");
/** Decimal number as a string: no exponent, no trailing zeros. */
export const decimal = textSchema("decimal");
/** UTC time `YYYY-MM-DDTHH:MM:SS.sssZ`. */
export const instant = textSchema("instant");
/** CAIP-2 network id such as `eip155:1`. @see https://chainagnostic.org/CAIPs/caip-2 */
export const networkId = named("network", z.custom<`eip155:${string}`>((written) => codecs.network.decode(written) !== undefined, codecs.network.expected));
/** A content address. */
export const digest = named("digest", z.custom<`sha256:${string}`>((written) => codecs.digest.decode(written) !== undefined, codecs.digest.expected));
