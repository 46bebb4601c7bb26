/** Key files of other programs come in, and ours are read by them. */
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Wallet, decryptKeystoreJson, encryptKeystoreJsonSync } from "ethers";
import { cast } from "../keystore/cast.ts";
import { KeystoreHome, testAddress, testKey } from "./keystore-home.ts";
import { member, text } from "./mfm.ts";

const sourcePassphrase = "Zwölf Boxkämpfer";

describe("mfm keystore: key files", () => {
  const home = new KeystoreHome({}, "warm");
  before(() => home.init());
  after(() => home.remove());

  const importFile = (file: string, ...more: readonly string[]) => {
    const source = ["--file", file, "--source-passphrase-file", home.secret("source.pass", sourcePassphrase)];
    return home.json(["keystore", "import", "-t", "v3", ...source, ...more, ...home.unlock]);
  };

  it("imports a file of cast, which names no address, only for the address that is expected", async () => {
    cast("wallet", "import", "theirs", "--private-key", testKey, "--unsafe-password", sourcePassphrase, "--keystore-dir", home.folder);
    const file = home.path("theirs");
    const unsure = await importFile(file);
    assert.deepEqual([unsure.error.code, unsure.code, text(unsure.error.details, "address")], ["ADDRESS_UNCONFIRMED", 2, testAddress]);
    const wrong = await importFile(file, "--expect-address", new Wallet(`0x${"11".repeat(32)}`).address);
    assert.equal(wrong.error.code, "ADDRESS_MISMATCH");
    const made = await importFile(file, "--expect-address", testAddress.toLowerCase(), "--label", "from cast");
    assert.equal(text(made.data, "address"), testAddress, made.err);
    assert.match(text(made.data, "warnings", 0), /scrypt with n=8192/);
  });

  it("imports a file of ethers, which normalises its passphrase", async () => {
    const wallet = new Wallet(`0x${"22".repeat(32)}`);
    const account = { address: wallet.address, privateKey: wallet.privateKey };
    const file = home.secret("ethers.json", encryptKeystoreJsonSync(account, sourcePassphrase.normalize("NFD"), { scrypt: { N: 2 } }));
    const made = await importFile(file);
    assert.equal(text(made.data, "address"), wallet.address, made.err);
    const wrong = await home.json(["keystore", "import", "-t", "v3", "--file", file, "--source-passphrase-file", home.path("vault.pass")]);
    assert.equal(wrong.error.code, "KEY_FILE_PASSPHRASE_WRONG");
  });

  it("exports a file that cast and ethers open, with a passphrase of its own", async () => {
    const out = home.path("exported.json");
    const order = ["keystore", "export", "--by-label", "from cast", "--format", "v3", "--out", out, ...home.unlock];
    const passphrase = ["--export-passphrase-file", home.secret("export.pass", `${sourcePassphrase}\n`)];
    const unsaid = await home.json([...order, ...passphrase]);
    assert.deepEqual([unsaid.error.code, readdirSync(home.folder).includes("exported.json")], ["USAGE", false]);
    const made = await home.json([...order, ...passphrase, "--allow-secret-export"]);
    assert.equal(text(made.data, "file"), out, made.err);
    assert.equal(statSync(out).mode & 0o777, 0o600);
    assert.equal(cast("wallet", "private-key", "--keystore", out, "--password", sourcePassphrase), testKey);
    assert.equal((await decryptKeystoreJson(home.read("exported.json"), sourcePassphrase)).privateKey, testKey);
    const again = await home.json([...order, ...passphrase, "--allow-secret-export"]);
    assert.equal(again.error.code, "FILE_EXISTS");
    const trail = await home.data(["keystore", "audit", "--limit", "1"]);
    assert.equal(text(trail, "lines", 0, "record", "kind"), "key-exported");
  });

  it("refuses a weak passphrase for an exported file, and one that others may read", async () => {
    const order = [
      "keystore",
      "export",
      "--by-label",
      "from cast",
      "--format",
      "v3",
      "--out",
      join(home.folder, "x"),
      "--allow-secret-export",
    ];
    const weak = await home.json([...order, "--export-passphrase-file", home.secret("weak.pass", "short"), ...home.unlock]);
    assert.equal(weak.error.code, "PASSPHRASE_WEAK");
    const open = await home.json([...order, "--export-passphrase-file", home.write("open.pass", "long enough for all"), ...home.unlock]);
    assert.deepEqual([open.error.code, open.code], ["SECRET_EXPOSED", 3]);
    assert.equal(member(await home.data(["keystore", "verify", ...home.unlock]), "keys"), 2);
  });
});
