import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decryptKeystoreJsonSync } from "ethers";
import { openKeyFile, parseKeyFile, writeKeyFile } from "./key-file.ts";

interface Vectors {
  readonly passphrase: string;
  readonly privateKey: string;
  readonly address: string;
  readonly files: { readonly [name: string]: object };
}

const vectors = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../../../test/vectors/key-files.json", import.meta.url)), "utf8"),
) as Vectors;

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const cheap = { n: 2, r: 8, p: 1 } as const;
const key = Uint8Array.from(Buffer.from(vectors.privateKey, "hex"));
type Members = { [name: string]: unknown };

/** A file of ours with one thing about it changed. */
async function changed(change: (file: Members & { crypto: Members & { kdfparams: Members; cipherparams: Members } }) => void) {
  const file = JSON.parse(await writeKeyFile(key, bytes("pass"), cheap)) as Parameters<typeof change>[0];
  change(file);
  return bytes(file);
}

describe("key file", () => {
  for (const [name, file] of Object.entries(vectors.files)) {
    it(`opens the specification's example: ${name}`, async () => {
      const opened = await openKeyFile(parseKeyFile(bytes(file)), bytes(vectors.passphrase));
      assert.equal(Buffer.from(opened.privateKey).toString("hex"), vectors.privateKey);
      assert.equal(opened.address, vectors.address);
      assert.equal(opened.weakness === undefined, name !== "pbkdf2");
    });
  }

  it("opens what it writes, and says that a cheap derivation is weak", async () => {
    const file = parseKeyFile(bytes(await writeKeyFile(key, bytes("pass"), cheap)));
    const opened = await openKeyFile(file, bytes("pass"));
    assert.deepEqual(opened.privateKey, key);
    assert.equal(file.address, vectors.address);
    assert.match(opened.weakness ?? "", /n=2/);
    await assert.rejects(openKeyFile(file, bytes("Pass")), { code: "KEY_FILE_PASSPHRASE_WRONG" });
  });

  it("writes what ethers reads", async () => {
    const account = decryptKeystoreJsonSync(await writeKeyFile(key, bytes("pass"), cheap), "pass");
    assert.equal(account.privateKey, `0x${vectors.privateKey}`);
  });

  it("tries a passphrase with accents as it is, composed and decomposed", async () => {
    for (const written of ["e\u0301té ﬁn", "été fin", "été fin".normalize("NFKD")]) {
      const file = parseKeyFile(bytes(await writeKeyFile(key, bytes(written), cheap)));
      assert.deepEqual((await openKeyFile(file, bytes("e\u0301té ﬁn"))).privateKey, key);
    }
  });

  it("takes `Crypto`, an address with 0x, hex with 0x, and members it does not know", async () => {
    const file = await changed((at) => {
      at["Crypto"] = at.crypto;
      Reflect.deleteProperty(at, "crypto");
      at["address"] = `0x${vectors.address.slice(2).toUpperCase()}`;
      at["x-ethers"] = {};
    });
    assert.deepEqual((await openKeyFile(parseKeyFile(file), bytes("pass"))).privateKey, key);
  });

  it("refuses a changed IV where the file names its address, and where it does not, the address tells", async () => {
    const flip = (at: { crypto: { cipherparams: Members } }): void => {
      at.crypto.cipherparams["iv"] = "00".repeat(16);
    };
    await assert.rejects(openKeyFile(parseKeyFile(await changed(flip)), bytes("pass")), { code: "KEY_FILE_INVALID" });
    const bare = await changed((at) => {
      flip(at);
      Reflect.deleteProperty(at, "address");
    });
    const opened = await openKeyFile(parseKeyFile(bare), bytes("pass"));
    assert.notEqual(opened.address, vectors.address);
  });

  for (const [name, change] of [
    ["version 4", (at) => (at["version"] = 4)],
    ["another cipher", (at) => (at.crypto["cipher"] = "aes-128-cbc")],
    ["a short key length", (at) => (at.crypto.kdfparams["dklen"] = 16)],
    ["n that is no power of two", (at) => (at.crypto.kdfparams["n"] = 3)],
    ["n of one", (at) => (at.crypto.kdfparams["n"] = 1)],
    ["n that takes all memory", (at) => (at.crypto.kdfparams["n"] = 2 ** 24)],
    ["n beyond 2^32", (at) => (at.crypto.kdfparams["n"] = 2 ** 40)],
    ["a huge p", (at) => (at.crypto.kdfparams["p"] = 2 ** 30)],
    ["n as text", (at) => (at.crypto.kdfparams["n"] = "2")],
    ["an unknown derivation", (at) => (at.crypto["kdf"] = "argon2")],
    [
      "a pbkdf2 without end",
      (at) => (at.crypto = { ...at.crypto, kdf: "pbkdf2", kdfparams: { ...at.crypto.kdfparams, c: 2 ** 40, prf: "hmac-sha256" } }),
    ],
    ["another prf", (at) => (at.crypto = { ...at.crypto, kdf: "pbkdf2", kdfparams: { ...at.crypto.kdfparams, c: 1, prf: "hmac-md5" } })],
    ["a short ciphertext", (at) => (at.crypto["ciphertext"] = "00")],
    ["a salt that is no hex", (at) => (at.crypto.kdfparams["salt"] = "zz")],
    ["no crypto", (at) => Reflect.deleteProperty(at, "crypto")],
    ["members of the prototype", (at) => (at["crypto"] = JSON.parse('{"__proto__":{"cipher":"aes-128-ctr"}}') as never)],
    ["an address that is none", (at) => (at["address"] = "0x12")],
  ] as readonly (readonly [string, Parameters<typeof changed>[0]])[])
    it(`refuses ${name}, before anything is derived`, async () => {
      const file = await changed(change);
      assert.throws(() => parseKeyFile(file), { code: "KEY_FILE_INVALID" });
    });

  for (const [name, text] of [
    ["an empty file", ""],
    ["what is no JSON", "{"],
    ["a list", "[]"],
    ["what is no UTF-8", "\ud800"],
    ["a huge file", " ".repeat(70_000)],
  ] as const)
    it(`refuses ${name}`, () => assert.throws(() => parseKeyFile(bytes(text)), { code: "KEY_FILE_INVALID" }));
});
