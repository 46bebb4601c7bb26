/** The keystore, as somebody uses it on the first day: make a vault, put keys in, look, take one out, lock it differently. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { KeystoreHome, testAddress, testKey, testMnemonic, vaultPassphrase } from "./keystore-home.ts";
import { member, text } from "./mfm.ts";

const file = "data/mfm/keystore.json";

describe("mfm keystore", () => {
  const home = new KeystoreHome({}, "warm");
  before(() => home.init());
  after(() => home.remove());
  const ids: string[] = [];

  it("makes a vault for this user alone, and none over another", async () => {
    assert.equal(statSync(home.path(file)).mode & 0o777, 0o600);
    assert.equal(statSync(home.path("data/mfm")).mode & 0o777, 0o700);
    const again = await home.json(["keystore", "init", ...home.unlock]);
    assert.deepEqual([again.error.code, again.code], ["KEYSTORE_EXISTS", 2]);
  });

  it("imports a private key and a mnemonic from standard input", async () => {
    const key = await home.import("privatekey", `0x${"46".repeat(32)}\n`, "--label", "hot");
    assert.equal(text(key.data, "address"), "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
    const words = await home.import("mnemonic", testMnemonic);
    assert.equal(text(words.data, "address"), testAddress);
    assert.match(text(words.data, "label"), /^imported-hd-\d{8}-\d{6}$/);
    assert.deepEqual(member(words.data, "kind"), { type: "hd", path: "m/44'/60'/0'/0/0", fingerprint: "0x16a93ed0" });
    ids.push(text(key.data, "id"), text(words.data, "id"));
  });

  it("refuses a second entry for one key, and a key of another address than was expected", async () => {
    const same = await home.import("privatekey", testKey);
    assert.deepEqual([same.error.code, same.code], ["KEY_EXISTS", 2]);
    const other = await home.import("privatekey", `0x${"47".repeat(32)}`, "--expect-address", testAddress);
    assert.equal(other.error.code, "ADDRESS_MISMATCH");
  });

  it("lists without the passphrase, marked unverified, and with it, verified", async () => {
    const locked = await home.data(["keystore", "list", "--filter-label", "^hot$"]);
    assert.deepEqual([member(locked, "verified"), member(locked, "entries", 0, "address")], [false, null]);
    const open = await home.data(["keystore", "list", "--show-addresses", "--sort-by", "type", ...home.unlock]);
    assert.deepEqual(
      [member(open, "verified"), member(open, "entries", 0, "address"), member(open, "entries", 1, "label")],
      [true, testAddress, "hot"],
    );
    const { out } = await home.call(["keystore", "list"]);
    assert.match(out, /^ID +LABEL +KIND +POLICY +CREATED \(UTC\)\n[0-9a-f]{8} {2}hot /);
    assert.match(out, /\n2 keys, unverified: the vault was not unlocked\n$/);
  });

  it("shows one by the beginning of its id, or by its label", async () => {
    const shown = await home.data(["keystore", "show", ids[1]?.slice(0, 6) ?? ""]);
    assert.deepEqual([text(shown, "entry", "address"), member(shown, "verified")], [testAddress, false]);
    assert.equal(text(await home.data(["keystore", "show", "--by-label", "hot", ...home.unlock]), "entry", "id"), ids[0]);
    assert.equal((await home.json(["keystore", "show", "no-such-id"])).error.code, "KEY_UNKNOWN");
  });

  it("deletes one, and not without being told to", async () => {
    const asked = await home.json(["keystore", "delete", "--by-label", "hot", ...home.unlock]);
    assert.equal(asked.error.code, "USAGE");
    const deleted = await home.data(["keystore", "delete", "--by-label", "hot", "--yes", ...home.unlock]);
    assert.equal(text(deleted, "id"), ids[0]);
  });

  it("changes the passphrase, and encrypts everything anew", async () => {
    const lock = ["--new-passphrase-file", home.secret("next.pass", "another horse battery\n"), "--kdf-memory", "64"];
    await home.data(["keystore", "change-passphrase", ...lock, ...home.unlock]);
    const wrong = await home.json(["keystore", "verify", ...home.unlock]);
    assert.deepEqual([wrong.error.code, wrong.code], ["KEYSTORE_PASSPHRASE_WRONG", 1]);
    const back = ["--new-passphrase-file", home.path("vault.pass"), "--kdf-memory", "64"];
    await home.data(["keystore", "rekey", ...back, "--unlock-command", `cat ${home.path("next.pass")}`]);
  });

  it("verifies everything, and shows what was done", async () => {
    const checked = await home.data(["keystore", "verify", ...home.unlock]);
    assert.deepEqual([member(checked, "keys"), member(checked, "anchor"), member(checked, "trail", "result")], [1, "held", "verified"]);
    const trail = await home.data(["keystore", "audit", "--limit", "3", ...home.unlock]);
    const kinds = (member(trail, "lines") as readonly unknown[]).map((line) => text(line, "record", "kind"));
    assert.deepEqual(kinds, ["passphrase-changed", "rekeyed", "trail-continued"]);
    assert.match((await home.call(["keystore", "audit"])).out, /^# +AT \(UTC\) +WHAT *\n0 .*vault-created/);
  });

  it("asks for a passphrase at a terminal only, and never takes it from the environment", async () => {
    const refused = await home.json(["keystore", "verify"], { env: { MFM_KEYSTORE_PASSPHRASE: vaultPassphrase } });
    assert.deepEqual([refused.error.code, refused.code], ["KEYSTORE_LOCKED", 3]);
    assert.equal((await home.json(["keystore", "generate", ...home.unlock])).error.code, "TERMINAL_NEEDED");
  });
});
