/** Every command of the vault is driven with secrets that stand nowhere else; none of them may be in what it says, logs, writes or is called with. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, it } from "node:test";
import { HDNodeWallet, Mnemonic, Wallet, encryptKeystoreJsonSync } from "ethers";
import { assertNoCanary, keyCanary, textCanary } from "../keystore/canaries.ts";
import { KeystoreHome } from "./keystore-home.ts";

export const key = "0x7e1f0c3b9d2a485667788990aabbccddeeff10213243546576879809a1b2c3d4";
const fileKey = "0x5d0c3b9d2a48566778899a0abbccddeeff10213243546576879809a1b2c3d4e5";
export const mnemonic = "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic";
const secrets = {
  vault: "canary-vault-passphrase",
  next: "canary-next-passphrase",
  mnemonic: "canary-mnemonic-passphrase",
  source: "canary-source-passphrase",
  exported: "canary-export-passphrase",
};

export const canaries = [
  keyCanary("private key", key),
  keyCanary("key of the key file", fileKey),
  keyCanary(
    "key of the mnemonic",
    HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic, secrets.mnemonic), "m/44'/60'/0'/0/0").privateKey,
  ),
  textCanary("mnemonic", mnemonic),
  textCanary("half of the mnemonic", mnemonic.slice(0, 38)),
  ...Object.entries(secrets).map(([name, text]) => textCanary(`passphrase (${name})`, text)),
];

/** In a warm home only those are processes of their own that are called so: they show what a process is called with and hands on. */
export function testLeaks(kind: "cold" | "warm"): void {
  const home = new KeystoreHome({}, kind);
  after(() => home.remove());
  const folder = "secrets";
  const secretFile = (name: string, text: string): string => home.secret(`${folder}/${name}`, text);
  const files = Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, secretFile(name, `${text}\n`)]));
  // A child of the command sees what it was called with and what it hands on.
  const spy = `ps -o args= -p $PPID >> ${home.path("seen.txt")}; env >> ${home.path("seen.txt")}; cat`;

  const cold = { kind: "cold" } as const;

  async function drive(
    args: readonly string[],
    { input = "", code = 0, passphrase = files["vault"] ?? "", kind: own = kind } = {},
  ): Promise<void> {
    const logs = ["--log-file", home.path("log.txt"), "--log-level", "trace"];
    // A document of a failure has all that its text has, and the details.
    const format = code === 0 ? "text" : "json";
    const all = ["--output-format", format, ...logs, "keystore", ...args, "--unlock-command", `${spy} ${passphrase}`];
    const ended = await home.call(all, { input, kind: own });
    assert.equal(ended.code, code, `${args.join(" ")}: ${ended.err}`);
    assertNoCanary(ended.out, `stdout of ${args.join(" ")}`, canaries);
    assertNoCanary(ended.err, `stderr of ${args.join(" ")}`, canaries);
  }

  it("says nothing of a secret when it is used", async () => {
    const account = { address: new Wallet(fileKey).address, privateKey: fileKey };
    const keyFile = secretFile("key.json", encryptKeystoreJsonSync(account, secrets.source, { scrypt: { N: 2 } }));
    const words = ["--passphrase-file", files["mnemonic"] ?? ""];
    await drive(["init", "--kdf-memory", "64"]);
    await drive(["import", "-t", "privatekey", "--stdin", "-l", "key"], { ...cold, input: key });
    await drive(["import", "-t", "mnemonic", "--stdin", "-l", "words", ...words], { input: mnemonic });
    await drive(["import", "-t", "v3", "--file", keyFile, "--source-passphrase-file", files["source"] ?? "", "-l", "file"]);
    await drive(["list", "--show-addresses"]);
    await drive(["show", "--by-label", "words"]);
    const out = ["--format", "v3", "--allow-secret-export", "--out", home.path("exported.json")];
    await drive(["export", "--by-label", "key", ...out, "--export-passphrase-file", files["exported"] ?? ""]);
    await drive(["delete", "--by-label", "file", "--yes"]);
    await drive(["change-passphrase", "--new-passphrase-file", files["next"] ?? "", "--kdf-memory", "64"]);
    const next = { passphrase: files["next"] ?? "" };
    await drive(["rekey", "--new-passphrase-file", files["vault"] ?? "", "--kdf-memory", "64"], { ...cold, ...next });
    await drive(["verify"], cold);
    await drive(["audit", "--verified"]);
  });

  it("says nothing of a secret when it is refused", async () => {
    const short = ["--kdf-memory", "64", "--keystore", home.path("other/keystore.json")];
    await drive(["init", ...short], { code: 2, passphrase: secretFile("two-lines", `${secrets.vault}\n${secrets.next}\n`) });
    await drive(["import", "-t", "privatekey", "--stdin"], { input: `${key}0`, code: 2 });
    await drive(["import", "-t", "privatekey", "--stdin"], { ...cold, input: key, code: 2 });
    await drive(["import", "-t", "mnemonic", "--stdin"], { input: `${mnemonic} zoo`, code: 2 });
    await drive(["import", "-t", "mnemonic", "--stdin"], { input: mnemonic.replace("picnic", "zoo"), code: 2 });
    await drive(["import", "-t", "v3", "--stdin", "--source-passphrase-file", files["source"] ?? ""], { input: `{"x":"${key}"`, code: 2 });
    await drive(["verify"], { code: 1, passphrase: files["next"] ?? "" });
  });

  it("leaves no secret in any file but those it was read from, in no argument and no environment", () => {
    const paths = readdirSync(home.folder, { recursive: true, encoding: "utf8" }).filter(
      (path) => !path.startsWith(`${folder}/`) && statSync(join(home.folder, path)).isFile(),
    );
    for (const name of ["log.txt", "seen.txt", "exported.json", "data/mfm/keystore.json", "data/mfm/keystore.json.audit"])
      assert.ok(paths.includes(name), `${name} is looked at`);
    for (const path of paths) assertNoCanary(readFileSync(join(home.folder, path)), path, canaries);
    assert.match(home.read("seen.txt"), /keystore verify/);
  });
}
