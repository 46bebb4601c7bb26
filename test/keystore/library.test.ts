/** `mfm/keystore` in a program of its own, which has the package installed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { linkPackages } from "../docs/shell.ts";

const program = `
import { addressOf, createVault, kdfFloor, openVault, parsePrivateKey } from "mfm/keystore";

const bytes = (text) => new TextEncoder().encode(text);
const place = { path: process.cwd() + "/vault/keystore.json", stateFolder: process.cwd() + "/state" };
const made = await createVault({ ...place, passphrase: bytes("correct horse battery"), cost: kdfFloor });
const privateKey = parsePrivateKey(bytes("46".repeat(32)));
await made.addKey({ label: "hot", kind: { type: "private-key" }, privateKey }, "key-imported");
made.close();
const vault = await openVault({ ...place, passphrase: bytes("correct horse battery") });
const [entry] = vault.entries();
console.log(vault.useKey(entry.id, addressOf));
vault.close();
`;

describe("library: mfm/keystore", () => {
  it("makes a vault, puts a key in, and uses it", () => {
    const folder = mkdtempSync(join(tmpdir(), "mfm-library-"));
    try {
      linkPackages(folder);
      writeFileSync(join(folder, "program.mjs"), program);
      const { stdout, stderr } = spawnSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8" });
      assert.equal(stdout, "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F\n", stderr);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
