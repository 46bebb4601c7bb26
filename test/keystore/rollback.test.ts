/** The anchor: an older vault, another vault, a vault that went its own way elsewhere; and what is no attack. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { kdfFloor } from "../../src/keystore/vault/kdf.ts";
import { newKdf } from "../../src/keystore/vault/open-vault.ts";
import { VaultLab } from "./vault-lab.ts";

describe("vault: rollback", () => {
  let lab = new VaultLab();
  let older: Buffer = Buffer.alloc(0);

  beforeEach(async () => {
    lab = new VaultLab();
    await lab.fill(1);
    older = lab.read();
    const vault = await lab.open();
    await vault.setBook("newer");
    vault.close();
  });
  afterEach(() => lab.remove());

  const anchorOf = (): string => join(lab.stateFolder, readdirSync(lab.stateFolder).find((name) => name.endsWith(".anchor.json")) ?? "");

  it("finds out an older vault, leaves it, and takes it when it is told to", async () => {
    lab.write(older);
    await assert.rejects(lab.open(), {
      code: "KEYSTORE_ROLLED_BACK",
      details: { reason: "it is older than the one this machine saw last", generation: 2, anchored: 3 },
    });
    assert.deepEqual(lab.read(), older);
    (await lab.open({ acceptAnyGeneration: true })).close();
    (await lab.open()).close();
  });

  it("finds out an older vault with an older passphrase, also when the new one is given", async () => {
    const vault = await lab.open();
    const passphrase = new TextEncoder().encode("another passphrase");
    await vault.changePassphrase({ passphrase: Uint8Array.from(passphrase), kdf: newKdf(kdfFloor) });
    vault.close();
    lab.write(older);
    await assert.rejects(lab.open(), { code: "KEYSTORE_ROLLED_BACK" });
    await assert.rejects(lab.open({ passphrase }), { code: "KEYSTORE_ROLLED_BACK" });
  });

  it("finds out an older vault in the middle of a session", async () => {
    const vault = await lab.open();
    lab.write(older);
    await assert.rejects(vault.setBook("next"), { code: "KEYSTORE_ROLLED_BACK" });
    await assert.rejects(vault.refresh(), { code: "KEYSTORE_ROLLED_BACK" });
    vault.close();
  });

  it("finds out one of the same generation that went its own way", async () => {
    const elsewhere = join(lab.root, "elsewhere");
    const latest = lab.read();
    lab.write(older);
    const other = await lab.open({ stateFolder: elsewhere });
    await other.setBook("its own way");
    other.close();
    assert.notDeepEqual(lab.read(), latest);
    await assert.rejects(lab.open(), { code: "KEYSTORE_ROLLED_BACK" });
  });

  it("takes a vault that was changed elsewhere, and holds on to that from then on", async () => {
    const before = lab.read();
    cpSync(lab.stateFolder, join(lab.root, "elsewhere"), { recursive: true });
    const other = await lab.open({ stateFolder: join(lab.root, "elsewhere") });
    rmSync(`${lab.path}.audit`);
    rmSync(join(lab.root, "elsewhere", `${other.vaultId}.audit-head`));
    await other.setBook("changed elsewhere");
    other.close();
    const vault = await lab.open();
    assert.equal(vault.standing, "newer");
    vault.close();
    lab.write(before);
    await assert.rejects(lab.open(), { code: "KEYSTORE_ROLLED_BACK" });
  });

  it("finds out the older vault also where it was moved to, and another vault in the place of one", async () => {
    const moved = join(lab.root, "moved", "keystore.json");
    mkdirSync(dirname(moved), { mode: 0o700 });
    writeFileSync(moved, older, { mode: 0o600 });
    await assert.rejects(lab.open({ path: moved }), { code: "KEYSTORE_ROLLED_BACK" });
    const other = new VaultLab();
    await other.fill(1);
    lab.write(other.read());
    other.remove();
    await assert.rejects(lab.open(), { code: "KEYSTORE_ROLLED_BACK" });
  });

  it("finds out two vaults of one passphrase that changed places", async () => {
    const second = new VaultLab();
    await second.fill(1);
    (await second.open({ stateFolder: lab.stateFolder })).close();
    const [mine, theirs] = [lab.read(), second.read()];
    lab.write(theirs);
    second.write(mine);
    await assert.rejects(lab.open(), { code: "KEYSTORE_ROLLED_BACK" });
    await assert.rejects(second.open({ stateFolder: lab.stateFolder }), { code: "KEYSTORE_ROLLED_BACK" });
    second.remove();
  });

  it("follows a vault to another place, and remembers that", async () => {
    const moved = join(lab.root, "moved", "keystore.json");
    mkdirSync(dirname(moved), { mode: 0o700 });
    for (const suffix of ["", ".audit"]) renameSync(lab.path + suffix, moved + suffix);
    for (const standing of ["moved", "held"]) {
      const vault = await lab.open({ path: moved });
      assert.equal(vault.standing, standing);
      vault.close();
    }
  });

  it("without an anchor sees a vault for the first time; a vault and its anchor put back together are not found out", async () => {
    const anchor = readFileSync(anchorOf());
    const latest = lab.read();
    const next = await lab.open();
    await next.setBook("next");
    next.close();
    lab.write(latest);
    writeFileSync(anchorOf(), anchor);
    (await lab.open()).close();
    rmSync(lab.stateFolder, { recursive: true });
    const vault = await lab.open();
    assert.equal(vault.standing, "unknown");
    vault.close();
  });

  it("refuses an anchor that is damaged", async () => {
    writeFileSync(anchorOf(), "{}");
    await assert.rejects(lab.open(), { code: "KEYSTORE_ANCHOR_INVALID" });
  });

  it("forgets a vault that was taken away, when another is made in its place", async () => {
    rmSync(lab.path);
    rmSync(`${lab.path}.audit`);
    (await lab.create()).close();
    (await lab.open()).close();
    assert.equal(readdirSync(lab.stateFolder).filter((name) => name.endsWith(".anchor.json")).length, 1);
  });
});
