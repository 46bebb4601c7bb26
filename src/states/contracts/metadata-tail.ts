/**
 * The metadata that solc and vyper append to code: a CBOR map, then its length in two bytes. It says which sources were compiled and how, and
 * is never executed: the same contract compiled from a file with another comment differs there and nowhere else.
 * @see https://docs.soliditylang.org/en/latest/metadata.html#encoding-of-the-metadata-hash-in-the-bytecode
 */
import { bytesIn } from "../abi/template.ts";
import type { Hex } from "../evm/asking.ts";

/** What a tail holds is a hash or two, a version and a flag. */
const longestTail = 512;

/** Its length in bytes, with the two that say it; 0 where the code has none. */
export function metadataTail(code: Hex): number {
  const size = bytesIn(code);
  if (size < 4) return 0;
  const length = Number.parseInt(code.slice(-4), 16);
  if (length < 2 || length > longestTail || length + 2 > size) return 0;
  const first = Number.parseInt(code.slice(2 + 2 * (size - 2 - length), 4 + 2 * (size - 2 - length)), 16);
  // A map of one to seven members whose first key is a text of a few letters: `ipfs`, `bzzr0`, `solc`.
  const key = Number.parseInt(code.slice(4 + 2 * (size - 2 - length), 6 + 2 * (size - 2 - length)), 16);
  return first >= 0xa1 && first <= 0xa7 && key >= 0x61 && key <= 0x77 ? length + 2 : 0;
}
