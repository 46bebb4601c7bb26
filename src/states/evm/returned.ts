/**
 * Reading what a contract returned. A stranger wrote it: nothing about its form is taken for granted, and what is not exactly what was asked
 * for is no answer. @see https://docs.soliditylang.org/en/latest/abi-spec.html
 */
import type { Hex } from "./asking.ts";

/** How many bytes came back, and the beginning of them. */
export interface Returned {
  readonly size: number;
  readonly head: Hex;
}

/** The answer, where it is exactly one word. */
export function readWord(returned: Returned): bigint | undefined {
  return readWords(returned, 1)?.[0];
}

/** The answer, where it is exactly so many words. */
export function readWords({ size, head }: Returned, count: number): bigint[] | undefined {
  if (size !== 32 * count || head.length !== 2 + 64 * count) return undefined;
  return Array.from({ length: count }, (_, at) => wordAt(head, 32 * at));
}

export interface Text {
  readonly text: string;
  /** `bytes32`: the old form of some tokens, read up to the first zero byte. */
  readonly form: "string" | "bytes32";
  /** Whether it was longer than this. */
  readonly cut: boolean;
}

/** What a text may have at most: UTF-16 units, and bytes as canonical JSON has them, where a control character takes six. */
export const textLimits = { characters: 128, jsonBytes: 192 } as const;

/** How much of an answer must be kept for `readText`: where the text is, its length, and as many bytes as a text may have. */
export const textHead = 64 + textLimits.jsonBytes + 64;

/** The answer as a text: an ABI string, or text in one word. Undefined where it is neither, or not UTF-8. */
export function readText({ size, head }: Returned): Text | undefined {
  const bytes = Buffer.from(head.slice(2), "hex");
  if (size === 32) return bytes.length === 32 ? readBytes32(bytes) : undefined;
  if (size < 64 || bytes.length < 64) return undefined;
  const offset = wordAt(head, 0);
  if (offset + 32n > BigInt(bytes.length)) return undefined;
  const start = Number(offset) + 32;
  const length = wordAt(head, Number(offset));
  if (length > BigInt(size - start)) return undefined;
  const kept = bytes.subarray(start, start + Number(length));
  return readUtf8(kept, { form: "string", isWhole: BigInt(kept.length) === length });
}

function readBytes32(bytes: Buffer): Text | undefined {
  const zero = bytes.indexOf(0);
  // A number stands on the right of its word, a text on the left.
  if (zero === 0 && bytes.some((byte) => byte !== 0)) return undefined;
  return readUtf8(zero < 0 ? bytes : bytes.subarray(0, zero), { form: "bytes32", isWhole: true });
}

function readUtf8(bytes: Buffer, { form, isWhole }: { readonly form: Text["form"]; readonly isWhole: boolean }): Text | undefined {
  try {
    // Of a text whose end was not kept, the last character may be there in part: streaming leaves it out.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole });
    const shown = cut(text);
    return { text: shown, form, cut: !isWhole || shown.length < text.length };
  } catch {
    return undefined;
  }
}

/** As much of the text as the limits have room for, whole characters only. */
function cut(text: string): string {
  // A character takes six bytes at most.
  if (text.length * 6 <= textLimits.jsonBytes) return text;
  let units = 0;
  let jsonBytes = 0;
  for (const character of text) {
    jsonBytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (units + character.length > textLimits.characters || jsonBytes > textLimits.jsonBytes) break;
    units += character.length;
  }
  return text.slice(0, units);
}

/** The word at a byte of `0x...`. */
function wordAt(head: Hex, byte: number): bigint {
  return BigInt(`0x${head.slice(2 + 2 * byte, 66 + 2 * byte)}`);
}
