/** The root of a block's transactions, as another implementation of the trie has it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMPT } from "@ethereumjs/mpt";
import { encode } from "@ethereumjs/rlp";
import { transactionsRootOf } from "./transactions-root.ts";

async function rootByLibrary(raws: readonly `0x${string}`[]): Promise<string> {
  const trie = await createMPT();
  for (const [index, raw] of raws.entries()) await trie.put(encode(BigInt(index)), Buffer.from(raw.slice(2), "hex"));
  return `0x${Buffer.from(trie.root()).toString("hex")}`;
}

describe("transactionsRootOf", () => {
  // Around the places whose encoding grows by a byte, and those where nodes are short enough to stand for themselves.
  for (const count of [0, 1, 2, 3, 15, 16, 17, 127, 128, 129, 130, 255, 256, 257, 300])
    it(`is that of the trie of ${count} transactions`, async () => {
      const raws = Array.from(
        { length: count },
        (_, index): `0x${string}` => `0x${"5a".repeat((index % 3) * 40 + 1)}${index.toString(16).padStart(4, "0")}`,
      );
      assert.equal(transactionsRootOf(raws), await rootByLibrary(raws));
    });
});
