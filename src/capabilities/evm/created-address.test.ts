import assert from "node:assert/strict";
import { it } from "node:test";
import { getCreateAddress } from "ethers";
import * as fc from "fast-check";
import { createdAddress } from "./created-address.ts";

const account = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((drawn): `0x${string}` => `0x${Buffer.from(drawn).toString("hex")}`);

it("created addresses are those that ethers finds, at the edges of RLP too", () => {
  const from = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
  for (const nonce of [0n, 1n, 127n, 128n, 255n, 256n, 65_535n, 2n ** 53n, 2n ** 64n - 2n])
    assert.equal(createdAddress(from, nonce), getCreateAddress({ from, nonce }));
  fc.assert(
    fc.property(account, fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }), (sender, nonce) => {
      assert.equal(createdAddress(sender, nonce), getCreateAddress({ from: sender, nonce }));
    }),
  );
});
