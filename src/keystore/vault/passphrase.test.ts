import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertStrongPassphrase, normalizePassphrase } from "./passphrase.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (passphrase: Uint8Array): string => new TextDecoder().decode(passphrase);

describe("passphrase", () => {
  it("is what is written, without the one line end that an editor adds", () => {
    for (const written of ["correct horse", "correct horse\n", "correct horse\r\n"])
      assert.equal(text(normalizePassphrase(bytes(written))), "correct horse");
    assert.equal(text(normalizePassphrase(bytes(" spaces stay "))), " spaces stay ");
  });

  it("is the same however its accents and ligatures are typed", () => {
    const forms = ["e\u0301ﬁ", "éﬁ", "éfi"].map((written) => text(normalizePassphrase(bytes(written))));
    assert.deepEqual(forms, ["éfi", "éfi", "éfi"]);
  });

  it("is a copy: wiping it leaves what was read, and the other way round", () => {
    const raw = bytes("correct horse");
    normalizePassphrase(raw).fill(0);
    assert.equal(text(raw), "correct horse");
  });

  for (const [name, raw] of [
    ["nothing", bytes("")],
    ["a line end", bytes("\n")],
    ["two lines", bytes("one\ntwo")],
    ["an empty second line", bytes("one\n\n")],
    ["a NUL", bytes("a\0b")],
    ["what is no UTF-8", Uint8Array.of(0x61, 0xff)],
    ["a whole file", bytes("a".repeat(4097))],
  ] as const)
    it(`is not ${name}`, () => assert.throws(() => normalizePassphrase(raw), { code: "PASSPHRASE_INVALID" }));

  for (const weak of [
    "short",
    "elevenchars",
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "            ",
    "123456789012",
    "Password1234",
    "é".repeat(12),
  ])
    it(`is too weak for a new vault: ${weak}`, () => assert.throws(() => assertStrongPassphrase(bytes(weak)), { code: "PASSPHRASE_WEAK" }));

  for (const strong of ["twelve chars", "correct horse battery", "ééàüöéàüöéàü"])
    it(`is good enough for a new vault: ${strong}`, () => assertStrongPassphrase(bytes(strong)));
});
