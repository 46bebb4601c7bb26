/** Parts of a node's answers, strictly: what is not what the method's schema says is `malformed`, never guessed. @see execution-apis */
import { codecs } from "../../kernel/codecs.ts";
import { RpcFailure } from "./provider.ts";

export type Hex = `0x${string}`;
export type Fields = { readonly [name: string]: unknown };

/** The members of an object. @throws RpcFailure malformed */
export function parseObject(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw malformed(what, "an object");
}

/** @throws RpcFailure malformed; too_large when it has more elements than `most` */
export function parseList(value: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(what, "a list");
  if (value.length > most) throw new RpcFailure("too_large", `${what}: more than ${most} elements`);
  return value;
}

/** A quantity. Leading zeros are accepted: nodes send them. @throws RpcFailure malformed */
export function parseQuantity(value: unknown, what: string): bigint {
  if (typeof value === "string" && /^0x[0-9a-f]{1,64}$/i.test(value)) return BigInt(value);
  throw malformed(what, "a quantity");
}

/** A quantity that is an index or a count. @throws RpcFailure malformed */
export function parseIndex(value: unknown, what: string): number {
  const index = Number(parseQuantity(value, what));
  if (Number.isSafeInteger(index)) return index;
  throw malformed(what, "an index");
}

/** 32 bytes. @throws RpcFailure malformed */
export function parseHash(value: unknown, what: string): Hex {
  const hash = codecs.hash.decode(value);
  if (typeof hash === "string") return hash as Hex;
  throw malformed(what, "a hash");
}

/** Bytes of any length. @throws RpcFailure malformed */
export function parseBytes(value: unknown, what: string): Hex {
  if (typeof value === "string" && value.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(value)) return value.toLowerCase() as Hex;
  throw malformed(what, "bytes");
}

/** Some chains have checksums of their own (EIP-1191), so case says nothing. @throws RpcFailure malformed */
export function parseAddress(value: unknown, what: string): Hex {
  const address = typeof value === "string" ? codecs.address.decode(value.toLowerCase()) : undefined;
  if (typeof address === "string") return address as Hex;
  throw malformed(what, "an address");
}

/** What `parse` reads, or undefined where the member is absent or null. */
export function parseOptional<T>(value: unknown, what: string, parse: (value: unknown, what: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : parse(value, what);
}

export function malformed(what: string, expected: string): RpcFailure {
  return new RpcFailure("malformed", `${what} is not ${expected}`);
}

/** A quantity as a request has it. */
export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}
