import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { argon2id } from "@noble/hashes/argon2.js";
import { type Kdf, assertKdfCost, calibrateKdf, deriveWithArgon2, kdfDefault, kdfFloor } from "./kdf.ts";

const passphrase = new TextEncoder().encode("correct horse battery staple");
const kdfOf = (cost: Partial<Kdf>): Kdf => ({ name: "argon2id", version: 19, ...kdfFloor, salt: `0x${"5a".repeat(32)}`, ...cost });
const mebi = 1024;

describe("kdf", () => {
  it("is Argon2id: an implementation that gives RFC 9106's own tag gives the same bytes as this one", async () => {
    const fill = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);
    const options = { t: 3, m: 32, p: 4, version: 0x13, key: fill(3, 8), personalization: fill(4, 12), dkLen: 32 };
    const tag = argon2id(fill(1, 32), fill(2, 16), options);
    assert.equal(Buffer.from(tag).toString("hex"), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    // Small costs, which no vault may have: the pure implementation takes seconds for those.
    for (const { memoryKib, iterations, parallelism } of [
      { memoryKib: 64, iterations: 1, parallelism: 1 },
      { memoryKib: 256, iterations: 3, parallelism: 4 },
      { memoryKib: 1024, iterations: 5, parallelism: 2 },
    ]) {
      const kdf = kdfOf({ memoryKib, iterations, parallelism });
      const salt = Buffer.from(kdf.salt.slice(2), "hex");
      const expected = argon2id(passphrase, salt, { t: iterations, m: memoryKib, p: parallelism, version: 0x13, dkLen: 64 });
      assert.deepEqual(new Uint8Array(await deriveWithArgon2(passphrase, kdf)), expected);
    }
  });

  it("takes the floor, the default, and the ceilings", () => {
    for (const cost of [
      kdfFloor,
      kdfDefault,
      { memoryKib: 2048 * mebi, iterations: 4, parallelism: 16 },
      { memoryKib: 512 * mebi, iterations: 16, parallelism: 1 },
    ])
      assertKdfCost(cost);
  });

  for (const [name, cost] of [
    ["too little memory", { memoryKib: 64 * mebi - 1 }],
    ["too few passes", { iterations: 2 }],
    ["no lanes", { parallelism: 0 }],
    ["too much memory", { memoryKib: 2048 * mebi + 1 }],
    ["too many passes", { iterations: 17 }],
    ["too many lanes", { parallelism: 17 }],
    ["too much of both together", { memoryKib: 1024 * mebi, iterations: 9 }],
  ] as const)
    it(`refuses ${name}`, () => assert.throws(() => assertKdfCost({ ...kdfFloor, ...cost }), { code: "KEYSTORE_KDF_REFUSED" }));

  it("calibrates upwards from the default, to 1 GiB at most, until a derivation takes half a second", async () => {
    const calibrate = async (millisecondsPerMebi: number, mostMebi = 4096) => {
      let now = 0;
      const { memoryKib } = await calibrateKdf(
        async (_passphrase, kdf) => {
          now += (kdf.memoryKib / mebi) * millisecondsPerMebi;
          return new Uint8Array(64);
        },
        () => now,
        mostMebi * mebi,
      );
      return memoryKib / mebi;
    };
    assert.equal(await calibrate(0.1, 600), 512);
    assert.deepEqual([await calibrate(0.1), await calibrate(0.8), await calibrate(1.5), await calibrate(50)], [1024, 1024, 512, 256]);
  });
});
