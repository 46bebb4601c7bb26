/**
 * The root that a block's header has of its transactions: of the trie from each one's place to its bytes. Who was given a whole block can tell by it
 * that nothing was left out or changed. @see https://eips.ethereum.org/EIPS/eip-2718
 */
import { encode } from "@ethereumjs/rlp";
import { keccak_256 } from "@noble/hashes/sha3.js";

type Hex = `0x${string}`;

/** A quantity, bytes, or a list of such. */
export type Member = bigint | Hex | readonly Member[];

type Item = bigint | Uint8Array | Item[];

/** The bytes of a signed transaction of a type: RLP of its members, after the type's number where it has one. */
export function encodeTransaction(type: number, members: readonly Member[]): Hex {
  const body = Buffer.from(encode(members.map(itemOf))).toString("hex");
  return type === 0 ? `0x${body}` : `0x${type.toString(16).padStart(2, "0")}${body}`;
}

/** What the chain knows these bytes by. */
export function hashOfBytes(raw: Hex): Hex {
  return `0x${Buffer.from(keccak_256(bytesOf(raw))).toString("hex")}`;
}

/** Of these, in their order. @see https://ethereum.org/en/developers/docs/data-structures-and-encoding/patricia-merkle-trie */
export function transactionsRootOf(transactions: readonly Hex[]): Hex {
  const leaves = transactions.map((raw, index): Leaf => ({ path: nibblesOf(encode(BigInt(index))), value: bytesOf(raw) }));
  const root = encode(leaves.length === 0 ? new Uint8Array() : nodeOf(leaves, 0));
  return `0x${Buffer.from(keccak_256(root)).toString("hex")}`;
}

interface Leaf {
  readonly path: readonly number[];
  readonly value: Uint8Array;
}

/** The node that holds these, which have the same path down to this depth. No place is the beginning of another one. */
function nodeOf(leaves: readonly Leaf[], depth: number): Item[] {
  const [first] = leaves;
  if (first !== undefined && leaves.length === 1) return [packPath(first.path.slice(depth), 2), first.value];
  let end = depth;
  while (leaves.every(({ path }) => path[end] === first?.path[end])) end++;
  const children = Array.from({ length: 16 }, (_, nibble): Item => {
    const below = leaves.filter(({ path }) => path[end] === nibble);
    return below.length === 0 ? new Uint8Array() : referenceTo(nodeOf(below, end + 1));
  });
  const branch = [...children, new Uint8Array()];
  return end === depth ? branch : [packPath(first?.path.slice(depth, end) ?? [], 0), referenceTo(branch)];
}

/** A node that is shorter than its hash stands for itself. */
function referenceTo(node: Item[]): Item {
  const bytes = encode(node);
  return bytes.length < 32 ? node : keccak_256(bytes);
}

/** Two to a byte; the first says what node it is of, and whether their count is odd. */
function packPath(nibbles: readonly number[], kind: 0 | 2): Uint8Array {
  const all = nibbles.length % 2 === 1 ? [kind + 1, ...nibbles] : [kind, 0, ...nibbles];
  return Uint8Array.from({ length: all.length / 2 }, (_, index) => (all[2 * index] ?? 0) * 16 + (all[2 * index + 1] ?? 0));
}

function nibblesOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
}

function itemOf(member: Member): Item {
  if (typeof member === "bigint") return member;
  return typeof member === "string" ? bytesOf(member) : member.map(itemOf);
}

function bytesOf(hex: Hex): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}
