import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { hashLeaf, joinSubtrees, rootOf, type Subtree } from "./merkle.ts";

/** The test vectors of the reference implementation of RFC 6962 (certificate-transparency, `merkletree`): leaves, and the root of the first n. */
const contents = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map((hex) =>
  Buffer.from(hex, "hex"),
);
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

function leaves(from: number, to: number): Subtree[] {
  return contents.slice(from, to).map((content, index) => ({ first: from + index, size: 1, hash: hashLeaf(content) }));
}

describe("audit-tree: merkle tree", () => {
  it("has the roots of RFC 6962", () => {
    assert.deepEqual(
      roots.map((_, count) => rootOf(joinSubtrees(leaves(0, count)))),
      roots.map((root) => `sha256:${root}`),
    );
  });

  it("prefixes leaves with 0 and nodes with 1, and splits at the largest power of two", () => {
    const sha256 = (...parts: readonly (string | Buffer)[]): Buffer =>
      createHash("sha256")
        .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
        .digest();
    const [a, b, c] = [sha256("\0", "a"), sha256("\0", "b"), sha256("\0", "c")] as const;
    const byHand = sha256("\x01", sha256("\x01", a, b), c);
    const three = ["a", "b", "c"].map((content, first) => ({ first, size: 1, hash: hashLeaf(content) }));
    assert.equal(rootOf(joinSubtrees(three)), `sha256:${byHand.toString("hex")}`);
  });

  it("has the same root however the leaves were cut into pages", () => {
    for (let cut = 0; cut <= 8; cut++) {
      for (let next = cut; next <= 8; next++) {
        const pages = [leaves(0, cut), leaves(cut, next), leaves(next, 8)].map(joinSubtrees);
        assert.equal(rootOf(joinSubtrees(pages.flat())), `sha256:${roots[8]}`);
      }
    }
  });
});
