/**
 * State proofs: whether the nodes of an `eth_getProof` answer lead from a state root to what the answer says, or to its absence.
 * @see https://eips.ethereum.org/EIPS/eip-1186
 */
import { decode, encode } from "@ethereumjs/rlp";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { AccountProof } from "./read.ts";

type Hex = `0x${string}`;

/** Of the empty trie: keccak-256 of the RLP of the empty string. */
const emptyRoot = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
/** Of no code: keccak-256 of nothing. */
const emptyCode = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
/** What some nodes report for an account that does not exist. */
const zeroHash = `0x${"0".repeat(64)}`;

/**
 * `proven`: balance, nonce, code hash, storage root and the values of these slots, in this order, are those of the state; zeros, where the
 * proof shows that nothing is there. Every node must be needed: bytes that prove nothing are refuted too. Pure.
 */
export async function verifyAccountProof(
  stateRoot: Hex,
  account: Hex,
  answer: AccountProof,
  slots: readonly Hex[],
): Promise<"proven" | "refuted"> {
  const asked = answer.storage.length === slots.length && answer.storage.every(({ slot }, index) => slot === slots[index]);
  const storageRoot = asked ? await provenStorageRoot(stateRoot, account, answer) : undefined;
  if (storageRoot === undefined) return "refuted";
  for (const { slot, value, proof } of answer.storage) {
    const found = await lookUp(storageRoot, slot, proof);
    if (found === "invalid" || !isEqual(found, value === 0n ? null : encode(value))) return "refuted";
  }
  return "proven";
}

/** The root of the account's storage, if the proof shows the account as the answer has it. */
async function provenStorageRoot(stateRoot: Hex, account: Hex, answer: AccountProof): Promise<Hex | undefined> {
  const { nonce, balance, storageHash, codeHash, accountProof } = answer;
  const found = await lookUp(stateRoot, account, accountProof);
  if (found === "invalid") return undefined;
  if (found !== null) return isEqual(found, encode([nonce, balance, bytesOf(storageHash), bytesOf(codeHash)])) ? storageHash : undefined;
  const isNothing =
    nonce === 0n && balance === 0n && [emptyRoot, zeroHash].includes(storageHash) && [emptyCode, zeroHash].includes(codeHash);
  return isNothing ? emptyRoot : undefined;
}

/** What a trie with this root has under the hash of the key: its bytes, or null for nothing. */
async function lookUp(root: Hex, key: Hex, proof: readonly Hex[]): Promise<Uint8Array | null | "invalid"> {
  const nodes = proof.map(bytesOf);
  // The empty trie has no node, or the empty string for one.
  if (root === emptyRoot && (proof.length === 0 || (proof.length === 1 && proof[0] === "0x80"))) return null;
  if (proof.length === 0) return "invalid";
  // Loaded with the first proof: it costs every other start a twentieth of a second.
  const { verifyMerkleProof } = await import("@ethereumjs/mpt");
  try {
    if (!isChain(root, nodes)) return "invalid";
    return await verifyMerkleProof(bytesOf(key), nodes, { root: bytesOf(root), useKeyHashing: true });
  } catch {
    // A node that the path needs is missing, or is no node.
    return "invalid";
  }
}

/** Whether each node is a child of the one before it, and the first the root's. */
function isChain(root: Hex, nodes: readonly Buffer[]): boolean {
  return nodes.every((node, index) => {
    const before = nodes[index - 1];
    const hash = keccak_256(node);
    return before === undefined
      ? isEqual(hash, bytesOf(root))
      : childrenOf(before).some((child) => isEqual(child, hash) || isEqual(child, node));
  });
}

/** What a branch or extension names its children by: their hash, or, where they are shorter than one, themselves. */
function childrenOf(node: Uint8Array): Uint8Array[] {
  const members = decode(node);
  return Array.isArray(members) ? members.map((member) => (Array.isArray(member) ? encode(member) : member)) : [];
}

function isEqual(left: Uint8Array | null, right: Uint8Array | null): boolean {
  return left === null || right === null ? left === right : Buffer.compare(left, right) === 0;
}

function bytesOf(hex: Hex): Buffer {
  return Buffer.from(hex.slice(2), "hex");
}
