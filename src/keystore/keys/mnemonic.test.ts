import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { HDKey } from "@scure/bip32";
import { HDNodeWallet, Mnemonic } from "ethers";
import { parsePath } from "./derivation-path.ts";
import { deriveFromMnemonic, deriveFromSeed, generateMnemonic, normalizeMnemonic } from "./mnemonic.ts";
import { addressOf } from "./private-key.ts";

const vectorsOf = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../../test/vectors/${name}.json`, import.meta.url)), "utf8"));

const bip39 = vectorsOf("bip39") as { readonly passphrase: string; readonly vectors: readonly (readonly [string, string])[] };
const bip32 = vectorsOf("bip32") as {
  readonly vectors: readonly { readonly seed: string; readonly keys: readonly (readonly [string, string])[] }[];
};

describe("mnemonic", () => {
  it("agrees with the official vectors of BIP-39, from the words to the master key", async () => {
    for (const [words, extended] of bip39.vectors) {
      const master = HDKey.fromExtendedKey(extended);
      const found = await deriveFromMnemonic({
        mnemonic: await normalizeMnemonic(words),
        passphrase: bip39.passphrase,
        path: "m/0'",
        allowed: "any",
      });
      assert.deepEqual(found.privateKey, master.derive("m/0'").privateKey, words);
      assert.equal(Number(found.fingerprint), master.fingerprint);
    }
  });

  it("agrees with the official vectors of BIP-32, leading zeros included", () => {
    for (const { seed, keys } of bip32.vectors) {
      for (const [path, extended] of keys) {
        const { privateKey } = deriveFromSeed(Uint8Array.from(Buffer.from(seed, "hex")), parsePath(path, "any"));
        assert.deepEqual(privateKey, HDKey.fromExtendedKey(extended).privateKey, path);
      }
    }
  });

  it("normalises a passphrase with accents as BIP-39 says, and so finds the address that ethers finds", async () => {
    const mnemonic = "test test test test test test test test test test test junk";
    for (const passphrase of ["é", "e\u0301", "ﬁ"]) {
      const path = "m/44'/60'/0'/0/3";
      const { privateKey } = await deriveFromMnemonic({ mnemonic, passphrase, path, allowed: "usual" });
      const other = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic, passphrase), path);
      assert.equal(addressOf(privateKey), other.address);
    }
  });

  it("reads words as people paste them", async () => {
    assert.equal(
      await normalizeMnemonic("  Legal winner THANK year\twave sausage worth useful\nlegal winner thank  yellow\n"),
      "legal winner thank year wave sausage worth useful legal winner thank yellow",
    );
  });

  for (const [name, words] of [
    ["too few words", "abandon about"],
    ["a wrong checksum", "abandon ".repeat(12)],
    ["a word of no list", `${"abandon ".repeat(11)}mfm`],
    ["words of two lists", `${"的 ".repeat(11)}about`],
  ] as const) {
    it(`refuses ${name}, without repeating it`, async () => {
      await assert.rejects(normalizeMnemonic(words), (error: Error & { code: string }) => {
        assert.equal(error.code, "MNEMONIC_INVALID");
        assert.ok(!words.split(" ").some((word) => word !== "" && word !== "a" && error.message.includes(` ${word} `)));
        return true;
      });
    });
  }

  it("generates valid ones of 12 and 24 words, never the same", async () => {
    const [one, other] = [generateMnemonic(24), generateMnemonic(24)];
    assert.notEqual(one, other);
    for (const made of [one, other, generateMnemonic(12)]) assert.equal(await normalizeMnemonic(made), made);
    assert.deepEqual(
      [one, generateMnemonic(12)].map((made) => made.split(" ").length),
      [24, 12],
    );
  });
});

describe("derivation path", () => {
  it("takes those of Ethereum wallets", () => {
    assert.deepEqual(parsePath("m/44'/60'/0'/0/7", "usual"), [0x8000_002c, 0x8000_003c, 0x8000_0000, 0, 7]);
    assert.deepEqual(parsePath("m/44'/60'/0'/5", "usual").at(-1), 5);
  });

  for (const path of ["", "m", "m/", "44'/60'/0'/0/0", "m/44'/60'/0'/0/0/0/0/0/0/0/0", "m/2147483648", "m/01", "m/-1", "m/1h", "m/0/ 1"])
    it(`refuses ${JSON.stringify(path)} always`, () => assert.throws(() => parsePath(path, "any"), { code: "DERIVATION_PATH_INVALID" }));

  for (const path of ["m/44'/0'/0'/0/0", "m/0", "m/44'/60'/0/0/0", "m/44/60'/0'/0/0"])
    it(`refuses ${path} unless it is forced`, () => {
      assert.throws(() => parsePath(path, "usual"), { code: "DERIVATION_PATH_INVALID" });
      parsePath(path, "any");
    });
});
