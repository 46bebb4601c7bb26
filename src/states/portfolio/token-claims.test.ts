import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Hex, Outcome } from "../evm/asking.ts";
import { claimedDecimals, claimedText } from "./token-claims.ts";

const returned = (head: Hex): Outcome => ({ kind: "returned", size: (head.length - 2) / 2, head });
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

const failures: readonly (readonly [Outcome, string])[] = [
  [{ kind: "reverted" }, "reverted"],
  [{ kind: "out_of_gas" }, "reverted"],
  [{ kind: "no_code" }, "reverted"],
  [{ kind: "not_attempted" }, "not_attempted"],
  [{ kind: "source_failed", failures: [] }, "source_failed"],
];

describe("what a token says of itself", () => {
  it("decimals are usable to 36, named above that, and unreadable where they are no word", () => {
    const cases: readonly (readonly [Hex, unknown])[] = [
      [word(0n), { kind: "ok", decimals: 0 }],
      [word(36n), { kind: "ok", decimals: 36 }],
      [word(37n), { kind: "unusable", value: 37n }],
      [word(256n), { kind: "unusable", value: 256n }],
      [word(2n ** 256n - 1n), { kind: "unusable", value: 2n ** 256n - 1n }],
      ["0x", { kind: "unreadable", why: "malformed" }],
      ["0x12", { kind: "unreadable", why: "malformed" }],
      [`${word(18n)}00`, { kind: "unreadable", why: "malformed" }],
    ];
    for (const [answer, expected] of cases) assert.deepEqual(claimedDecimals(returned(answer)), expected, answer);
  });

  it("texts are as the contract says, hostile characters and all", () => {
    const hostile = "\u202eCDSU\u0007 https://claim.example";
    const bytes = Buffer.from(hostile).toString("hex");
    const answer: Hex = `${word(32n)}${word(BigInt(bytes.length / 2)).slice(2)}${bytes.padEnd(128, "0")}`;
    assert.deepEqual(claimedText(returned(answer)), { kind: "ok", text: hostile, form: "string", cut: false });
    assert.deepEqual(claimedText(returned("0x41")), { kind: "unreadable", why: "malformed" });
  });

  it("what was not answered says why", () => {
    for (const [outcome, why] of failures) {
      assert.deepEqual(claimedDecimals(outcome), { kind: "unreadable", why });
      assert.deepEqual(claimedText(outcome), { kind: "unreadable", why });
    }
  });

  it("no bytes give decimals that they do not say", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const found = claimedDecimals(returned(`0x${Buffer.from(bytes).toString("hex")}`));
        const isWord = bytes.length === 32 && bytes.subarray(0, 31).every((byte) => byte === 0);
        assert.equal(found.kind === "ok", isWord && (bytes[31] ?? 0) <= 36);
      }),
    );
  });
});
