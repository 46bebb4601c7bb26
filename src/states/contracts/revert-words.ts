/** Why a call reverted, in words: Solidity's own two errors; of any other, its selector. @see https://docs.soliditylang.org/en/latest/control-structures.html#revert */
import { decodeArguments } from "../abi/abi-decoding.ts";
import { wordsOf } from "./assertion.ts";

type Hex = `0x${string}`;

const text = [{ name: "", type: { kind: "string" }, indexed: false }] as const;
const code = [{ name: "", type: { kind: "uint", bits: 256 }, indexed: false }] as const;

export function revertWords(data: Hex): string {
  const selector = data.slice(0, 10);
  const rest: Hex = `0x${data.slice(10)}`;
  if (selector === "0x08c379a0") return `a revert: ${wordsOf(decodeArguments(text, rest) ?? data)}`;
  if (selector === "0x4e487b71") return `a panic: ${wordsOf(decodeArguments(code, rest) ?? data)}`;
  return data.length < 10 ? "a revert without a reason" : `a revert with the error ${selector}`;
}
