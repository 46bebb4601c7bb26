/** The state of a chain that has one account: its trie is a single leaf, so that root and proof are made at once. @see https://eips.ethereum.org/EIPS/eip-1186 */
import { encode } from "@ethereumjs/rlp";
import { keccak256 } from "viem";
import type { Hex } from "../../../src/transports/evm/parse.ts";

export const balance = 10n ** 24n;
const emptyRoot = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
const emptyCode = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

function leafOf(account: Hex, nonce: number): Uint8Array {
  // A path of an even length that ends here.
  const path = Buffer.from(`20${keccak256(account).slice(2)}`, "hex");
  return encode([path, encode([nonce, balance, emptyRoot, emptyCode])]);
}

export function stateRootOf(account: Hex, nonce: number): Hex {
  return keccak256(leafOf(account, nonce));
}

/** What `eth_getProof` answers of the account. */
export function proofOf(account: Hex, nonce: number): object {
  return {
    address: account,
    balance: `0x${balance.toString(16)}`,
    nonce: `0x${nonce.toString(16)}`,
    codeHash: emptyCode,
    storageHash: emptyRoot,
    accountProof: [`0x${Buffer.from(leafOf(account, nonce)).toString("hex")}`],
    storageProof: [],
  };
}
