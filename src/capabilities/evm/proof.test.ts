/** State proofs of a trie of our own: what is there, what is not, and every byte that could be wrong. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { createMerkleProof, createMPT, type MerklePatriciaTrie } from "@ethereumjs/mpt";
import { encode } from "@ethereumjs/rlp";
import { verifyAccountProof } from "./proof.ts";
import type { AccountProof } from "./read.ts";

type Hex = `0x${string}`;

const bytesOf = (hex: Hex): Uint8Array => Buffer.from(hex.slice(2), "hex");
const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
const accountOf = (index: number): Hex => `0x${index.toString(16).padStart(40, "0")}`;
const slotOf = (index: number): Hex => `0x${index.toString(16).padStart(64, "0")}`;
const emptyRoot = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
const emptyCode = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
const nothing = { kind: "ok", balance: 0n, nonce: 0n, codeHash: emptyCode, storageHash: emptyRoot } as const;

let state: MerklePatriciaTrie;
let storage: MerklePatriciaTrie;
let stateRoot: Hex;

/** Account 7 has code and storage, the others a balance only. */
async function proofOf(index: number, slots: readonly number[] = []): Promise<AccountProof> {
  const entry = { balance: BigInt(index), nonce: 1n, codeHash: index === 7 ? slotOf(0xc0de) : emptyCode } as const;
  const proved = slots.map(async (slot) => ({
    slot: slotOf(slot),
    value: slot < 40 ? BigInt(slot) * 10n ** 20n : 0n,
    proof: (await createMerkleProof(storage, bytesOf(slotOf(slot)))).map(hexOf),
  }));
  return {
    kind: "ok",
    ...entry,
    storageHash: index === 7 ? hexOf(storage.root()) : emptyRoot,
    accountProof: (await createMerkleProof(state, bytesOf(accountOf(index)))).map(hexOf),
    storage: await Promise.all(proved),
  };
}

const verify = (index: number, answer: AccountProof, slots: readonly number[] = []) =>
  verifyAccountProof(stateRoot, accountOf(index), answer, slots.map(slotOf));

describe("verifyAccountProof", () => {
  before(async () => {
    storage = await createMPT({ useKeyHashing: true });
    for (let slot = 1; slot < 40; slot++) await storage.put(bytesOf(slotOf(slot)), encode(BigInt(slot) * 10n ** 20n));
    state = await createMPT({ useKeyHashing: true });
    for (let index = 1; index < 60; index++) {
      const [root, code]: [Hex, Hex] = index === 7 ? [hexOf(storage.root()), slotOf(0xc0de)] : [emptyRoot, emptyCode];
      await state.put(bytesOf(accountOf(index)), encode([1n, BigInt(index), bytesOf(root), bytesOf(code)]));
    }
    stateRoot = hexOf(state.root());
  });

  it("proves an account without code and storage", async () => {
    assert.equal(await verify(3, await proofOf(3)), "proven");
  });

  it("proves the values of slots, and that a slot is empty", async () => {
    assert.equal(await verify(7, await proofOf(7, [1, 2, 39, 500]), [1, 2, 39, 500]), "proven");
  });

  it("proves that an account is not there, however the node spells its empty hashes", async () => {
    const { accountProof } = await proofOf(5000);
    assert.equal(await verify(5000, { ...nothing, accountProof, storage: [] }), "proven");
    const empty = { slot: slotOf(1), value: 0n, proof: [] };
    assert.equal(
      await verify(5000, { ...nothing, codeHash: slotOf(0), storageHash: slotOf(0), accountProof, storage: [empty] }, [1]),
      "proven",
    );
  });

  it("proves emptiness in a state that is empty", async () => {
    const proofs = [[], ["0x80"]] as const;
    for (const accountProof of proofs)
      assert.equal(
        await verifyAccountProof(emptyRoot, accountOf(1), { ...nothing, accountProof: [...accountProof], storage: [] }, []),
        "proven",
      );
  });

  it("refutes any other value", async () => {
    const answer = await proofOf(7, [2]);
    const nodes = answer.storage[0]?.proof ?? [];
    const lies: readonly Partial<AccountProof>[] = [
      { balance: 8n },
      { nonce: 0n },
      { codeHash: emptyCode },
      { storageHash: emptyRoot },
      { storage: [{ slot: slotOf(2), value: 2n * 10n ** 20n + 1n, proof: nodes }] },
      { storage: [{ slot: slotOf(2), value: 0n, proof: nodes }] },
      { accountProof: answer.accountProof.slice(1) },
      { accountProof: answer.accountProof.slice(0, -1) },
      { accountProof: [] },
      { accountProof: answer.accountProof.toReversed() },
      { storage: [{ slot: slotOf(2), value: 2n * 10n ** 20n, proof: [] }] },
    ];
    for (const lie of lies) assert.equal(await verify(7, { ...answer, ...lie }, [2]), "refuted", Object.keys(lie).join());
  });

  it("refutes that something is there which is not, and the other way round", async () => {
    const { accountProof } = await proofOf(5000);
    assert.equal(await verify(5000, { ...nothing, balance: 1n, accountProof, storage: [] }), "refuted");
    assert.equal(await verify(3, { ...nothing, accountProof: (await proofOf(3)).accountProof, storage: [] }), "refuted");
    const claimed = { slot: slotOf(1), value: 1n, proof: (await proofOf(7, [1])).storage[0]?.proof ?? [] };
    assert.equal(await verify(5000, { ...nothing, accountProof, storage: [claimed] }, [1]), "refuted");
  });

  it("refutes the proof of another account, another slot or another state", async () => {
    assert.equal(await verify(4, await proofOf(3)), "refuted");
    assert.equal(await verify(7, await proofOf(7, [1]), [2]), "refuted");
    assert.equal(await verify(7, await proofOf(7, [1]), []), "refuted");
    assert.equal(await verifyAccountProof(slotOf(1), accountOf(3), await proofOf(3), []), "refuted");
  });

  it("refutes a proof with any byte changed, cut off or added", async () => {
    const answer = await proofOf(7, [5]);
    const { accountProof, storage: proved } = answer;
    const ofAccount = damage(accountProof).map((proof) => verify(7, { ...answer, accountProof: proof }, [5]));
    const ofSlot = damage(proved[0]?.proof ?? []).map((proof) =>
      verify(7, { ...answer, storage: [{ slot: slotOf(5), value: 5n * 10n ** 20n, proof }] }, [5]),
    );
    assert.ok(ofAccount.length > 500 && ofSlot.length > 500);
    const verdicts = new Set(await Promise.all([...ofAccount, ...ofSlot]));
    assert.deepEqual([...verdicts], ["refuted"]);
  });
});

/** Every node with each of its bytes changed, and the proof with a byte or a node too many. */
function damage(proof: readonly Hex[]): Hex[][] {
  const changed = proof.flatMap((node, at) => {
    const bytes = Buffer.from(bytesOf(node));
    return Array.from(bytes, (byte, offset) => {
      const copy = Buffer.from(bytes);
      copy[offset] = byte ^ (1 << (offset % 8));
      return proof.with(at, hexOf(copy));
    });
  });
  return [...changed, ...proof.map((node, at) => proof.with(at, `${node}00`)), [...proof, "0x80"], [...proof, ...proof]];
}
