/**
 * The code that must stand at a contract's address, as far as a compiler can know it: immutables are written by the constructor, libraries and
 * a library's own address at deployment. Those places are masked with zeros and the rest is held to a hash; addresses in them are compared.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as z from "zod";
import { hash } from "../../kernel/codecs.ts";
import { type Addresses, addressBytes, bytesIn, contractName } from "../abi/template.ts";
import type { Hex } from "../evm/asking.ts";
import { metadataTail } from "./metadata-tail.ts";

const place = z.int().min(0).max(1_000_000);

export const runtimeCode = z.strictObject({
  /** In bytes, as the two lengths below. */
  size: place,
  /** keccak-256 of the masked code. */
  masked: hash,
  /** Of the metadata at its end; 0 for none. */
  metadata: place,
  /** keccak-256 of the masked code before the metadata. */
  maskedProgram: hash,
  /** Where the artifact says that the constructor writes. */
  immutables: z.array(z.strictObject({ at: place, length: place.min(1) })).max(1000),
  /** Where the address of a linked library stands. */
  libraries: z.array(z.strictObject({ at: place, contract: contractName })).max(1000),
  /** Where a library's own address stands: it compares itself with it, so that nobody calls it directly. */
  self: z.array(z.strictObject({ at: place })).max(1),
});
export type RuntimeCode = z.output<typeof runtimeCode>;

export type CodeComparison =
  | { readonly kind: "equal" }
  /** The program is the same; its metadata is not: compiled from other sources, or by another way, to the same instructions. */
  | { readonly kind: "metadata_differs" }
  | { readonly kind: "no_code" }
  | { readonly kind: "differs"; readonly size: number }
  /** Everything else is equal: the code is linked to another library, or stands for another address. */
  | { readonly kind: "other_address"; readonly at: number; readonly expected: Hex; readonly found: Hex };

type Places = Pick<RuntimeCode, "immutables" | "libraries" | "self">;

/** What code must be like, from the code of an artifact. */
export function describeCode(code: Hex, places: Places): RuntimeCode {
  const metadata = metadataTail(code);
  return { size: bytesIn(code), metadata, ...hashesOf(code, places, metadata), ...places };
}

/** A library begins with PUSH20 of its own address, and compares it with where it runs. @see https://docs.soliditylang.org/en/latest/contracts.html#call-protection-for-libraries */
export function findSelf(code: Hex): { at: number }[] {
  return /^0x73(?:00){20}30/.test(code) ? [{ at: 1 }] : [];
}

/** Compares what stands at `address` with what must stand there; `addresses` are those of the libraries. */
export function compareCode(
  expected: RuntimeCode,
  found: { readonly code: Hex; readonly address: Hex; readonly addresses: Addresses },
): CodeComparison {
  const { code } = found;
  const size = bytesIn(code);
  if (size === 0) return { kind: "no_code" };
  const metadata = metadataTail(code);
  const { masked, maskedProgram } = hashesOf(code, expected, metadata);
  const isEqual = size === expected.size && masked === expected.masked;
  const isSameProgram = size - metadata === expected.size - expected.metadata && maskedProgram === expected.maskedProgram;
  if (!isEqual && !isSameProgram) return { kind: "differs", size };
  return otherAddress(expected, found) ?? { kind: isEqual ? "equal" : "metadata_differs" };
}

function otherAddress(
  { libraries, self }: RuntimeCode,
  { code, address, addresses }: { readonly code: Hex; readonly address: Hex; readonly addresses: Addresses },
): CodeComparison | undefined {
  const places = [
    ...self.map(({ at }) => ({ at, expected: address })),
    ...libraries.map(({ at, contract }) => ({ at, expected: addresses[contract] })),
  ];
  for (const { at, expected } of places) {
    const found: Hex = `0x${code.slice(2 + 2 * at, 2 + 2 * (at + addressBytes))}`;
    if (expected === undefined || found !== expected.toLowerCase()) return { kind: "other_address", at, expected: expected ?? "0x", found };
  }
  return undefined;
}

function hashesOf(code: Hex, { immutables, libraries, self }: Places, metadata: number): Pick<RuntimeCode, "masked" | "maskedProgram"> {
  const bytes = Buffer.from(code.slice(2), "hex");
  for (const { at, length } of immutables) bytes.subarray(at, at + length).fill(0);
  for (const { at } of [...libraries, ...self]) bytes.subarray(at, at + addressBytes).fill(0);
  return { masked: hashOf(bytes), maskedProgram: hashOf(bytes.subarray(0, bytes.length - metadata)) };
}

export function hashOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(keccak_256(bytes)).toString("hex")}`;
}
