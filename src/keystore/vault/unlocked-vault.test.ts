import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { VaultLab, keyOf } from "../../../test/keystore/vault-lab.ts";
import { addressOf } from "../keys/private-key.ts";
import { kdfFloor } from "./kdf.ts";
import { newKdf } from "./open-vault.ts";
import { normalizePassphrase } from "./passphrase.ts";
import type { EntryView } from "./session.ts";
import type { UnlockedVault } from "./unlocked-vault.ts";

const other = (): Uint8Array => normalizePassphrase(new TextEncoder().encode("another passphrase"));

describe("vault session", () => {
  let lab = new VaultLab();
  let vault: UnlockedVault;
  let entry: EntryView;

  beforeEach(async () => {
    lab = new VaultLab();
    vault = await lab.create();
    entry = await vault.addKey({ label: "one", kind: { type: "private-key" }, privateKey: keyOf(1) }, "key-imported");
  });
  afterEach(() => {
    vault.close();
    lab.remove();
  });

  it("gives a key for one use, and wipes it afterwards, also when the use throws", () => {
    const kept: Uint8Array[] = [];
    assert.equal(
      vault.useKey(entry.id, (key) => {
        kept.push(key);
        return addressOf(key);
      }),
      entry.address,
    );
    assert.throws(() =>
      vault.useKey(entry.id, (key) => {
        kept.push(key);
        throw new Error("no");
      }),
    );
    assert.deepEqual(kept, [new Uint8Array(32), new Uint8Array(32)]);
  });

  it("refuses a use that would outlive the key", () => {
    assert.throws(() => vault.useKey(entry.id, async () => undefined), { code: "INTERNAL" });
  });

  it("refuses an unknown entry, a second entry for one key, and a label that steers a terminal", async () => {
    assert.throws(() => vault.useKey("none", () => 1), { code: "KEY_UNKNOWN" });
    await assert.rejects(vault.removeKey("none"), { code: "KEY_UNKNOWN" });
    const again = { label: "again", kind: { type: "private-key" }, privateKey: keyOf(1) } as const;
    await assert.rejects(vault.addKey(again, "key-imported"), { code: "KEY_EXISTS" });
    for (const label of ["", " a", "a\u202eb", "a\nb", "\ud800", "a".repeat(101)])
      await assert.rejects(vault.addKey({ ...again, label, privateKey: keyOf(2) }, "key-imported"), { code: "KEY_LABEL_INVALID" });
    assert.equal(vault.generation, 2);
  });

  it("keeps policies and the book, under the same key", async () => {
    await vault.setPolicy(entry.id, { chains: [1] });
    await vault.setBook([{ name: "ada" }]);
    const reopened = await lab.open();
    assert.deepEqual([reopened.entries()[0]?.policy, reopened.book()], [{ chains: [1] }, [{ name: "ada" }]]);
    assert.equal(reopened.useKey(entry.id, addressOf), entry.address);
    reopened.close();
  });

  it("makes each change to the file as it is, so that two sessions lose nothing of each other", async () => {
    const second = await lab.open();
    await Promise.all([
      vault.addKey({ label: "two", kind: { type: "private-key" }, privateKey: keyOf(2) }, "key-imported"),
      second.addKey({ label: "three", kind: { type: "private-key" }, privateKey: keyOf(3) }, "key-imported"),
      second.setPolicy(entry.id, "closed"),
    ]);
    await vault.refresh();
    assert.deepEqual(
      vault
        .entries()
        .map(({ label }) => label)
        .toSorted(),
      ["one", "three", "two"],
    );
    assert.equal(vault.entries()[0]?.policy, "closed");
    assert.equal(vault.generation, 5);
    second.close();
  });

  it("changes the passphrase: the old one is wrong, sessions that are open go on", async () => {
    const second = await lab.open();
    await vault.changePassphrase({ passphrase: other(), kdf: newKdf(kdfFloor) });
    await assert.rejects(lab.open(), { code: "KEYSTORE_PASSPHRASE_WRONG" });
    await second.setPolicy(entry.id, null);
    const reopened = await lab.open({ passphrase: other() });
    assert.equal(reopened.useKey(entry.id, addressOf), entry.address);
    for (const session of [second, reopened]) session.close();
  });

  it("rekeys: every ciphertext is another, and sessions of the old key must unlock again", async () => {
    const second = await lab.open();
    const before = lab.read().toString();
    await vault.rekey({ passphrase: other(), kdf: newKdf(kdfFloor) });
    const after = JSON.parse(lab.read().toString()) as { entries: { ciphertext: string }[]; vaultKey: { ciphertext: string } };
    assert.ok(![...after.entries, after.vaultKey].some(({ ciphertext }) => before.includes(ciphertext)));
    await assert.rejects(second.setBook("x"), { code: "KEYSTORE_CHANGED" });
    await assert.rejects(second.refresh(), { code: "KEYSTORE_CHANGED" });
    assert.equal(vault.useKey(entry.id, addressOf), entry.address);
    await vault.setBook("y");
    const reopened = await lab.open({ passphrase: other() });
    assert.deepEqual([reopened.book(), reopened.useKey(entry.id, addressOf)], ["y", entry.address]);
    for (const session of [second, reopened]) session.close();
  });

  it("stays sound when changes of one session meet while it is keyed anew", async () => {
    const results = await Promise.allSettled([
      vault.rekey({ passphrase: other(), kdf: newKdf(kdfFloor) }),
      vault.setBook("during"),
      vault.changePassphrase({ passphrase: other(), kdf: newKdf(kdfFloor) }),
      vault.addKey({ label: "two", kind: { type: "private-key" }, privateKey: keyOf(2) }, "key-imported"),
      vault.setPolicy(entry.id, "closed"),
    ]);
    const refusals = results.map((result) => (result.status === "rejected" ? (result.reason as { code: string }).code : "done"));
    assert.ok(
      refusals.every((code) => ["done", "KEYSTORE_CHANGED"].includes(code)),
      refusals.join(),
    );
    assert.equal(refusals[0], "done");
    const reopened = await lab.open({ passphrase: other() });
    assert.deepEqual([reopened.book(), reopened.entries().length, reopened.entries()[0]?.policy], ["during", 2, "closed"]);
    reopened.checkKeys();
    assert.equal(reopened.readTrail(1).result, "verified");
    reopened.close();
  });

  it("never wraps a key that the vault no longer has, when a change of passphrase meets a rekey", async () => {
    const second = await lab.open();
    const change = second.changePassphrase({ passphrase: other(), kdf: newKdf(kdfFloor) });
    const rekey = vault.rekey({ passphrase: other(), kdf: newKdf(kdfFloor) });
    await Promise.allSettled([change, rekey]);
    const reopened = await lab.open({ passphrase: other() });
    reopened.checkKeys();
    for (const session of [second, reopened]) session.close();
  });

  it("answers nothing once it is closed", async () => {
    vault.close();
    assert.throws(() => vault.entries(), { code: "KEYSTORE_CLOSED" });
    assert.throws(() => vault.useKey(entry.id, () => 1), { code: "KEYSTORE_CLOSED" });
    for (const use of [() => vault.setBook(1), () => vault.refresh(), () => vault.audit({ kind: "x" })])
      await assert.rejects(use, { code: "KEYSTORE_CLOSED" });
  });

  it("refuses what no vault has room for, and stays as it is", async () => {
    await assert.rejects(vault.setBook("a".repeat(10_500_000)), { code: "KEYSTORE_FULL" });
    await vault.setBook("a");
    assert.equal(vault.generation, 3);
  });

  it("records each change, chained, and each thing it is told", async () => {
    await vault.audit({ kind: "signed", entry: entry.id });
    const lines = readFileSync(`${lab.path}.audit`, "utf8").trimEnd().split("\n");
    const kinds = lines.map((line) => (JSON.parse(line) as { record: { kind: string } }).record.kind);
    assert.deepEqual(kinds, ["vault-created", "key-imported", "signed"]);
  });
});
