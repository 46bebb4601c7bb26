import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { recoverAddress } from "../../capabilities/signature.ts";
import { MfmError } from "../../kernel/errors.ts";
import { addressOf } from "../keys/private-key.ts";
import { type Hex, bytesOf } from "../vault/bytes.ts";
import { packSignature, signHash, unpackSignature } from "./signature.ts";

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The vectors of deterministic nonces over secp256k1 with SHA-256 that libraries share; RFC 6979 has none for this curve. */
const vectors: readonly { readonly key: Hex; readonly message: string; readonly r: Hex; readonly s: Hex }[] = [
  {
    key: `0x${"0".repeat(63)}1`,
    message: "Satoshi Nakamoto",
    r: "0x934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
    s: "0x2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
  },
  {
    key: `0x${"0".repeat(63)}1`,
    message: "All those moments will be lost in time, like tears in rain. Time to die...",
    r: "0x8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
    s: "0x547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
  },
  {
    key: `0x${(order - 1n).toString(16)}`,
    message: "Satoshi Nakamoto",
    r: "0xfd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
    s: "0x6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
  },
  {
    key: "0xf8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181",
    message: "Alan Turing",
    r: "0x7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c",
    s: "0x58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea",
  },
];

const sha256 = (text: string): Hex => `0x${createHash("sha256").update(text).digest("hex")}`;
const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes): Hex => `0x${Buffer.from(bytes).toString("hex")}`);
const keys = fc.bigInt({ min: 1n, max: order - 1n }).map((scalar): Hex => `0x${scalar.toString(16).padStart(64, "0")}`);

function codeOf(work: () => unknown): string {
  try {
    work();
    return "nothing thrown";
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    return error.code;
  }
}

describe("signature", () => {
  it("has RFC 6979's nonces and a low s", () => {
    for (const { key, message, r, s } of vectors) {
      const privateKey = bytesOf(key);
      const signature = signHash(sha256(message), privateKey, addressOf(privateKey));
      assert.deepEqual([signature.r, signature.s], [r, s], message);
    }
  });

  it("recovers its sender, is the same each time, and is the same in 65 bytes", () => {
    fc.assert(
      fc.property(hashes, keys, (hash, key) => {
        const privateKey = bytesOf(key);
        const sender = addressOf(privateKey);
        const signature = signHash(hash, privateKey, sender);
        assert.ok(BigInt(signature.s) <= order / 2n);
        assert.equal(recoverAddress(hash, signature), sender);
        assert.deepEqual(signHash(hash, privateKey, sender), signature);
        assert.deepEqual(unpackSignature(packSignature(signature)), signature);
      }),
      { numRuns: 20 },
    );
  });

  it("does not leave where the key is not the sender's", () => {
    const other = addressOf(bytesOf(`0x${"0".repeat(63)}2`));
    assert.equal(
      codeOf(() => signHash(sha256("x"), bytesOf(`0x${"0".repeat(63)}1`), other)),
      "INTERNAL",
    );
  });

  it("is refused with a high s, out of range, or in another form", () => {
    const privateKey = bytesOf(`0x${"0".repeat(63)}1`);
    const hash = sha256("x");
    const { r, s, yParity } = signHash(hash, privateKey, addressOf(privateKey));
    const high: Hex = `0x${(order - BigInt(s)).toString(16).padStart(64, "0")}`;
    const zero: Hex = `0x${"0".repeat(64)}`;
    for (const signature of [
      { r, s: high, yParity: yParity === 0 ? (1 as const) : (0 as const) },
      { r: zero, s, yParity },
      { r, s: zero, yParity },
    ])
      assert.equal(
        codeOf(() => recoverAddress(hash, signature)),
        "SIGNATURE_INVALID",
      );
    for (const written of [
      "",
      "0x",
      `${packSignature({ r, s, yParity })}00`,
      packSignature({ r, s, yParity }).slice(0, -2),
      `0x${"11".repeat(64)}1d`,
    ])
      assert.equal(
        codeOf(() => unpackSignature(written)),
        "SIGNATURE_INVALID",
        written,
      );
  });
});
