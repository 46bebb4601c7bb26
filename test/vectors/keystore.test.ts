/** The vault of docs/formats/keystore.md, opened once from the page alone, with Node's cryptography and nothing of MFM, and once by MFM. */
import assert from "node:assert/strict";
import { createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { computeAddress } from "ethers";
import { hashRaw } from "@node-rs/argon2";
import { openVault } from "../../src/keystore/vault/open-vault.ts";
import type { UnlockedVault } from "../../src/keystore/vault/unlocked-vault.ts";
import { type Data, type Members, canonical, readVectors, sha256 } from "./plain.ts";

interface Vectors {
  readonly passphrase: string;
  readonly normalized: string;
  readonly derived: string;
  readonly vaultKey: string;
  readonly manifestKey: string;
  readonly auditKey: string;
  readonly entryKeys: readonly string[];
  readonly privateKeys: readonly string[];
  readonly entries: readonly string[];
  readonly vault: string;
  readonly trail: readonly string[];
  readonly head: string;
  readonly anchor: string;
}

const vectors = readVectors<Vectors>("keystore");
const vault = JSON.parse(vectors.vault) as Members;
const { vaultId } = JSON.parse(vectors.vault) as { readonly vaultId: string };
const bytes = (hex: Data | undefined): Buffer => Buffer.from((hex as string).slice(2), "hex");
const hex = (value: ArrayBuffer | Uint8Array): string => `0x${Buffer.from(new Uint8Array(value)).toString("hex")}`;
const member = (object: Members, name: string): Members => object[name] as Members;

const header: Members = Object.fromEntries(
  ["createdAt", "format", "kdf", "passphraseEncoding", "vaultId"].map((name) => [name, vault[name] ?? null]),
);

function hmac(key: string, label: string, value: Data): string {
  return hex(
    createHmac("sha256", bytes(key))
      .update(`${label}${canonical(value)}`)
      .digest(),
  );
}

function hkdf(key: string, salt: string, label: string): string {
  return hex(hkdfSync("sha256", bytes(key), salt, label, 32));
}

function decrypt(key: string, sealed: Members, context: Data): string {
  const whole = bytes(sealed["ciphertext"]);
  const decipher = createDecipheriv("aes-256-gcm", bytes(key), bytes(sealed["nonce"]));
  decipher.setAAD(Buffer.from(canonical(context)));
  decipher.setAuthTag(whole.subarray(-16));
  return hex(Buffer.concat([decipher.update(whole.subarray(0, -16)), decipher.final()]));
}

function without(object: Members, name: string): Members {
  const { [name]: _, ...rest } = object;
  return rest;
}

describe("vectors: keystore, from the page", () => {
  it("derives the two halves from the normalised passphrase", async () => {
    assert.equal(hex(Buffer.from(vectors.passphrase.normalize("NFKC"))), vectors.normalized);
    const kdf = member(vault, "kdf");
    const derived = await hashRaw(bytes(vectors.normalized), {
      algorithm: 2,
      memoryCost: Number(kdf["memoryKib"]),
      timeCost: Number(kdf["iterations"]),
      parallelism: Number(kdf["parallelism"]),
      salt: bytes(kdf["salt"]),
      outputLen: 64,
    });
    assert.equal(hex(derived), vectors.derived);
  });

  it("checks the passphrase, and unwraps the vault key", () => {
    const [encryption, mac] = [vectors.derived.slice(0, 66), `0x${vectors.derived.slice(66)}`];
    assert.equal(hmac(mac, "mfm/kek-check/1", header), vault["passphraseCheck"]);
    assert.equal(decrypt(encryption, member(vault, "vaultKey"), { header, purpose: "mfm/vault-key/1" }), vectors.vaultKey);
  });

  it("authenticates the file, and decrypts its entries", () => {
    assert.equal(canonical(vault), vectors.vault);
    assert.equal(hkdf(vectors.vaultKey, vaultId, "mfm/manifest/1"), vectors.manifestKey);
    assert.equal(hmac(vectors.manifestKey, "mfm/manifest/1", without(vault, "mac")), vault["mac"]);
    for (const [index, text] of vectors.entries.entries()) {
      const entry = JSON.parse(text) as Members;
      const key = hkdf(vectors.vaultKey, entry["id"] as string, "mfm/entry/1");
      assert.equal(key, vectors.entryKeys[index]);
      const privateKey = decrypt(key, entry, { ...without(entry, "ciphertext"), purpose: "mfm/entry/1", vaultId });
      assert.equal(privateKey, vectors.privateKeys[index]);
      assert.equal(computeAddress(privateKey), entry["address"]);
    }
  });

  it("verifies the trail, its head and the anchor", () => {
    assert.equal(hkdf(vectors.vaultKey, vaultId, "mfm/audit/1"), vectors.auditKey);
    let prev: string | null = null;
    for (const [seq, text] of vectors.trail.entries()) {
      const line = JSON.parse(text) as Members;
      assert.deepEqual([line["seq"], line["prev"], canonical(line)], [seq, prev, text]);
      assert.equal(hmac(vectors.auditKey, "mfm/audit-key/1", vaultId).slice(0, 18), line["key"]);
      assert.equal(hmac(vectors.auditKey, "mfm/audit/1", without(line, "mac")), line["mac"]);
      prev = sha256(text);
    }
    assert.equal(vectors.head, `0000000000000002 ${prev}\n`);
    const current = member(JSON.parse(vectors.anchor) as Members, "current");
    assert.equal(current["digest"], sha256(vectors.vault));
    assert.equal(current["header"], sha256(canonical({ ...header, passphraseCheck: vault["passphraseCheck"] ?? null })));
  });
});

describe("vectors: keystore, by MFM", () => {
  const root = mkdtempSync(join(tmpdir(), "mfm-vectors-"));
  let opened: UnlockedVault | undefined;

  before(async () => {
    const [path, stateFolder] = [join(root, "vault", "keystore.json"), join(root, "state")];
    for (const folder of [join(root, "vault"), stateFolder]) mkdirSync(folder, { mode: 0o700 });
    writeFileSync(path, vectors.vault, { mode: 0o600 });
    writeFileSync(`${path}.audit`, vectors.trail.map((line) => `${line}\n`).join(""), { mode: 0o600 });
    writeFileSync(join(stateFolder, `${vaultId}.anchor.json`), vectors.anchor, { mode: 0o600 });
    writeFileSync(join(stateFolder, `${vaultId}.audit-head`), vectors.head, { mode: 0o600 });
    opened = await openVault({ path, stateFolder, passphrase: Buffer.from(vectors.passphrase) });
  });
  after(() => {
    opened?.close();
    rmSync(root, { recursive: true, force: true });
  });

  it("opens, is the version of the anchor in another place, gives the keys, and verifies the trail", () => {
    assert.equal(opened?.standing, "moved");
    const keys = opened.entries().map(({ id }) => opened?.useKey(id, hex));
    assert.deepEqual(keys, vectors.privateKeys);
    assert.deepEqual([opened.readTrail(1).records, opened.readTrail(1).result], [3, "verified"]);
  });
});
