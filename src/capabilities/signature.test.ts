import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { SigningKey, computeAddress } from "ethers";
import * as fc from "fast-check";
import { MfmError } from "../kernel/errors.ts";
import { type EcdsaSignature, addressOfPublic, isSignatureOf, recoverAddress } from "./signature.ts";

type Hex = `0x${string}`;

const { ORDER: order } = secp256k1.Point.Fn;
const wordOf = (number: bigint): Hex => `0x${number.toString(16).padStart(64, "0")}`;
const hashes = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(wordOf);

/** By another implementation. */
function sign(key: Hex, hash: Hex): EcdsaSignature {
  const { r, s, yParity } = new SigningKey(key).sign(hash);
  return { r: r as Hex, s: s as Hex, yParity };
}

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    return error.code;
  }
}

describe("signature", () => {
  it("is of whom another implementation names, seen for the first time or known long since", () => {
    const keys = [1n, 2n, order - 1n].map(wordOf);
    const addresses = keys.map((key) => addressOfPublic(secp256k1.getPublicKey(Buffer.from(key.slice(2), "hex"))));
    assert.deepEqual(
      addresses,
      keys.map((key) => computeAddress(key)),
    );
    const one = fc.nat(2);
    // As many as make every key known, and then as many again.
    fc.assert(
      fc.property(hashes, one, one, (hash, by, asked) => {
        const [key = "0x", address = "0x", other = "0x"] = [keys[by], addresses[by], addresses[asked]];
        const signature = sign(key, hash);
        assert.equal(recoverAddress(hash, signature), address);
        for (const _ of [1, 2]) assert.equal(isSignatureOf(other, hash, signature), by === asked);
      }),
      { numRuns: 80 },
    );
  });

  it("is of nobody else where one part of it is another, also of a key that is known", () => {
    const key = wordOf(77n);
    const address = computeAddress(key) as Hex;
    fc.assert(
      fc.property(hashes, hashes, (hash, otherHash) => {
        fc.pre(hash !== otherHash);
        const signature = sign(key, hash);
        assert.equal(isSignatureOf(address, hash, signature), true);
        const altered: readonly (readonly [Hex, EcdsaSignature])[] = [
          [otherHash, signature],
          [hash, { ...signature, yParity: 1 - signature.yParity }],
          [hash, { ...signature, s: wordOf(BigInt(signature.s) - 1n) }],
          [hash, { ...signature, r: sign(key, otherHash).r }],
        ];
        for (const [at, other] of altered)
          assert.notEqual(
            codeOf(() => isSignatureOf(address, at, other)),
            true,
          );
      }),
      { numRuns: 30 },
    );
  });

  it("is refused with a high s, out of range or without a parity, of a key that is known as of any", () => {
    const key = wordOf(78n);
    const address = computeAddress(key) as Hex;
    for (let hash = 0n; hash < 10n; hash++) assert.equal(isSignatureOf(address, wordOf(hash), sign(key, wordOf(hash))), true);
    const hash = wordOf(11n);
    const signature = sign(key, hash);
    const high = { ...signature, s: wordOf(order - BigInt(signature.s)), yParity: 1 - signature.yParity };
    const wrong = [high, { ...signature, r: wordOf(0n) }, { ...signature, s: wordOf(0n) }, { ...signature, r: wordOf(order) }];
    for (const one of [...wrong, { ...signature, yParity: 2 }, { ...signature, yParity: 27 }]) {
      assert.equal(
        codeOf(() => isSignatureOf(address, hash, one)),
        "SIGNATURE_INVALID",
      );
      assert.equal(
        codeOf(() => recoverAddress(hash, one)),
        "SIGNATURE_INVALID",
      );
    }
  });
});
