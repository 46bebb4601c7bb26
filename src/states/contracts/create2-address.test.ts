import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getCreate2Address, keccak256 } from "ethers";
import * as fc from "fast-check";
import { deriveCreate2Address } from "./create2-address.ts";

type Hex = `0x${string}`;
const bytes = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((drawn): Hex => `0x${Buffer.from(drawn).toString("hex")}`);

describe("addresses of creations", () => {
  it("by CREATE2 are those that ethers finds", () => {
    const code = fc.uint8Array({ maxLength: 100 }).map((drawn): Hex => `0x${Buffer.from(drawn).toString("hex")}`);
    fc.assert(
      fc.property(bytes(20), bytes(32), code, (factory, salt, creationCode) => {
        assert.equal(deriveCreate2Address({ factory, salt, creationCode }), getCreate2Address(factory, salt, keccak256(creationCode)));
      }),
    );
  });

  it("by CREATE2 are those of EIP-1014's last example", () => {
    const created = deriveCreate2Address({
      factory: "0x00000000000000000000000000000000deadbeef",
      salt: `0x${"cafebabe".padStart(64, "0")}`,
      creationCode: `0x${"deadbeef".repeat(11)}`,
    });
    assert.equal(created, "0x1d8bfDC5D46DC4f61D6b6115972536eBE6A8854C");
  });
});
