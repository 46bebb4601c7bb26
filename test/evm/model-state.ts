/** A state of some accounts with some storage, and the proofs of it: what `eth_getProof` answers. @see https://eips.ethereum.org/EIPS/eip-1186 */
import { type MerklePatriciaTrie, createMPT, createMerkleProof } from "@ethereumjs/mpt";
import { encode } from "@ethereumjs/rlp";
import type { AccountProof } from "../../src/capabilities/evm/read.ts";
import type { Hex } from "../../src/states/evm/asking.ts";

export interface ModelAccount {
  readonly balance: bigint;
  readonly storage: ReadonlyMap<Hex, bigint>;
}

export interface ModelState {
  readonly stateRoot: Hex;
  prove(account: Hex, slots: readonly Hex[]): Promise<AccountProof>;
}

/** Every account has code, so that its storage is not forgotten. */
const codeHash: Hex = `0x${"c0".repeat(32)}`;

export async function modelState(accounts: ReadonlyMap<Hex, ModelAccount>): Promise<ModelState> {
  const state = await createMPT({ useKeyHashing: true });
  const tries = new Map<Hex, MerklePatriciaTrie>();
  for (const [address, { balance, storage }] of accounts) {
    const trie = await createMPT({ useKeyHashing: true });
    for (const [slot, value] of storage) await trie.put(bytesOf(slot), encode(value));
    tries.set(address, trie);
    await state.put(bytesOf(address), encode([1n, balance, trie.root(), bytesOf(codeHash)]));
  }
  return {
    stateRoot: hexOf(state.root()),
    prove: async (address, slots) => {
      const trie = tries.get(address) ?? (await createMPT({ useKeyHashing: true }));
      const account = accounts.get(address);
      const storage = slots.map(async (slot) => ({
        slot,
        value: account?.storage.get(slot) ?? 0n,
        proof: (await createMerkleProof(trie, bytesOf(slot))).map(hexOf),
      }));
      return {
        kind: "ok",
        balance: account?.balance ?? 0n,
        nonce: 1n,
        codeHash,
        storageHash: hexOf(trie.root()),
        accountProof: (await createMerkleProof(state, bytesOf(address))).map(hexOf),
        storage: await Promise.all(storage),
      };
    },
  };
}

function bytesOf(hex: Hex): Uint8Array {
  return Buffer.from(hex.slice(2), "hex");
}

function hexOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
