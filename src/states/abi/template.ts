/**
 * Bytes that are decided before every address in them is known: a hole of 20 bytes stands for each contract whose address its deployment
 * will tell. An ABI address and a linked library fill the same hole, so both are bound in one way.
 */
import * as z from "zod";
import { bytes } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Hex } from "../evm/asking.ts";

/** How contracts are named in a plan. */
export const contractName = z.string().min(1).max(64);

export const template = z.strictObject({
  data: bytes,
  /** `at`: where the 20 bytes begin, in bytes; zeros stand there until it is bound. */
  holes: z.array(z.strictObject({ at: z.int().min(0), contract: contractName })).max(10_000),
});
export type Template = z.output<typeof template>;
export type Hole = Template["holes"][number];

/** Addresses of contracts by their names. */
export type Addresses = { readonly [contract: string]: Hex };

export const addressBytes = 20;

export function bytesIn(data: string): number {
  return (data.length - 2) / 2;
}

/** One behind the other. */
export function joinTemplates(...parts: readonly Template[]): Template {
  let at = 0;
  const holes: Hole[] = [];
  for (const part of parts) {
    for (const hole of part.holes) holes.push({ ...hole, at: hole.at + at });
    at += bytesIn(part.data);
  }
  return { data: `0x${parts.map(({ data }) => data.slice(2)).join("")}`, holes };
}

export function plainTemplate(data: Hex): Template {
  return { data, holes: [] };
}

/** The bytes with every address in its place. @throws INTERNAL where one is not given, or a hole is outside of the data */
export function bindTemplate({ data, holes }: Template, addresses: Addresses): Hex {
  let bound = "";
  let done = 2;
  for (const { at, contract } of holes.toSorted((one, other) => one.at - other.at)) {
    const start = 2 + 2 * at;
    const address = addresses[contract];
    if (address === undefined || start < done || start + 2 * addressBytes > data.length)
      throw new MfmError("INTERNAL", `no address for the hole at byte ${at}`, { contract });
    bound += data.slice(done, start) + address.slice(2).toLowerCase();
    done = start + 2 * addressBytes;
  }
  return `0x${bound}${data.slice(done)}`;
}

/** The contracts that must be known before it can be bound, each once. */
export function contractsIn({ holes }: Template): string[] {
  return [...new Set(holes.map(({ contract }) => contract))].sort();
}
