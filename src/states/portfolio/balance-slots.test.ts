import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeAbiParameters, keccak256, stringToHex } from "viem/utils";
import { layoutsBySlot, likelyLayouts, slotOf } from "./balance-slots.ts";

const account = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
const solidity = (position: bigint) => keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [account, position]));
const vyper = (position: bigint) => keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "address" }], [position, account]));
/** erc7201:openzeppelin.storage.ERC20, by the formula of the EIP. */
const namespace = (() => {
  const inner = BigInt(keccak256(stringToHex("openzeppelin.storage.ERC20"))) - 1n;
  return BigInt(keccak256(encodeAbiParameters([{ type: "uint256" }], [inner]))) & ~0xffn;
})();

describe("balance slots", () => {
  it("are those of Solidity and of Vyper", () => {
    for (const position of [0n, 3n, 1023n]) {
      assert.equal(slotOf({ order: "key_first", position }, account), solidity(position));
      assert.equal(slotOf({ order: "position_first", position }, account), vyper(position));
    }
  });

  it("count where they are derived from one of 1024 positions, or OpenZeppelin's namespace", () => {
    const known = layoutsBySlot(account);
    assert.equal(known.size, 2049);
    for (const position of [0n, 9n, 1023n, namespace]) assert.deepEqual(known.get(solidity(position)), { order: "key_first", position });
    assert.deepEqual(known.get(vyper(1023n)), { order: "position_first", position: 1023n });
    for (const stranger of [solidity(1024n), vyper(1024n), vyper(namespace), `0x${"00".repeat(32)}` as const])
      assert.equal(known.get(stranger), undefined);
  });

  it("of most tokens can be asked for in one proof", () => {
    const likely = likelyLayouts();
    assert.equal(likely.length, 33);
    assert.ok(likely.every(({ position }) => position < 16n || position === namespace));
  });
});
