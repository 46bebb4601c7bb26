/** The vault's commands leak no secret; those that say more of a process than of words are one each, and in keystore-leaks.long.test.ts all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNoCanary } from "../keystore/canaries.ts";
import { canaries, key, mnemonic, testLeaks } from "./keystore-leaks.ts";

describe("mfm keystore: leaks", () => {
  it("would be seen: the search finds a secret in each of its forms, anywhere in a text", () => {
    const bytes = Buffer.from(key.slice(2), "hex");
    const forms = [
      key,
      key.toUpperCase(),
      BigInt(key).toString(),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      [...bytes].join(","),
    ];
    const texts = [bytes, ...forms.map((form) => Buffer.from(form)), Buffer.from(Buffer.from(`{"k":"${mnemonic}"}`).toString("base64"))];
    for (const text of texts) {
      const content = Buffer.concat([Buffer.from("before "), text, Buffer.from(" after")]);
      assert.throws(() => assertNoCanary(content, "a text", canaries), /a text holds the (private key|mnemonic)/);
    }
  });

  testLeaks("warm");
});
