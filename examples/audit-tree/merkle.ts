/**
 * The Merkle tree hash of RFC 6962, section 2.1: leaves and nodes are hashed with different prefixes, a tree of n leaves splits at the largest
 * power of two below n. It is folded from subtrees, so that a page contributes a few hashes, and the root does not depend on how pages were cut.
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 */
import { type Digest, digest, digestOf } from "mfm";
import * as z from "zod";

/** A perfect subtree: `size` leaves (a power of two) from leaf number `first` (a multiple of `size`) on. */
export const subtree = z.strictObject({ first: z.int().min(0), size: z.int().min(1), hash: digest });
export type Subtree = z.output<typeof subtree>;

export function hashLeaf(content: Uint8Array | string): Digest {
  return digestOf(Buffer.concat([Buffer.of(0), Buffer.from(content)]));
}

function hashNode(left: Digest, right: Digest): Digest {
  return digestOf(Buffer.concat([Buffer.of(1), bytesOf(left), bytesOf(right)]));
}

function bytesOf(hash: Digest): Buffer {
  return Buffer.from(hash.slice("sha256:".length), "hex");
}

/** The fewest perfect subtrees that cover the given ones, which follow each other. */
export function joinSubtrees(subtrees: Iterable<Subtree>): Subtree[] {
  const joined: Subtree[] = [];
  for (const next of subtrees) {
    let { first, size, hash } = next;
    for (let left = joined.at(-1); left?.size === size && left.first % (2 * size) === 0; left = joined.at(-1)) {
      joined.pop();
      hash = hashNode(left.hash, hash);
      first = left.first;
      size *= 2;
    }
    joined.push({ first, size, hash });
  }
  return joined;
}

/** The root of the tree that joined subtrees cover from leaf 0 on. */
export function rootOf(joined: readonly Subtree[]): Digest {
  const root = joined.reduceRight<Digest | undefined>(
    (right, left) => (right === undefined ? left.hash : hashNode(left.hash, right)),
    undefined,
  );
  return root ?? digestOf("");
}
