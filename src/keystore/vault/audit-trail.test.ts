import assert from "node:assert/strict";
import { appendFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { VaultLab } from "../../../test/keystore/vault-lab.ts";
import { digestOf, toCanonical } from "../../kernel/canonical.ts";
import type { Json } from "../../kernel/json.ts";
import { kdfFloor } from "./kdf.ts";
import { newKdf } from "./open-vault.ts";
import { normalizePassphrase } from "./passphrase.ts";
import type { UnlockedVault } from "./unlocked-vault.ts";

describe("audit trail", () => {
  let lab = new VaultLab();
  let vault: UnlockedVault;
  let path = "";

  beforeEach(async () => {
    lab = new VaultLab();
    vault = await lab.create();
    path = `${lab.path}.audit`;
    for (const n of [1, 2, 3]) await vault.audit({ kind: "signed", n });
  });
  afterEach(() => {
    vault.close();
    lab.remove();
  });

  const lines = (): string[] => readFileSync(path, "utf8").trimEnd().split("\n");
  const write = (changed: readonly string[]): void => writeFileSync(path, changed.map((line) => `${line}\n`).join(""));
  const invalid = { code: "KEYSTORE_AUDIT_INVALID" };
  const headPath = (): string => join(lab.stateFolder, readdirSync(lab.stateFolder).find((name) => name.endsWith(".audit-head")) ?? "");

  it("is verified as a whole, and shows its end", () => {
    const trail = vault.readTrail(2);
    assert.deepEqual([trail.records, trail.result, trail.head?.seq], [4, "verified", 3]);
    assert.deepEqual(
      trail.lines.map(({ record }) => record["n"]),
      [2, 3],
    );
  });

  it("finds out every character changed, wherever it stands", () => {
    const text = readFileSync(path, "utf8");
    for (let at = 0; at < text.length - 1; at += 7) {
      const other = text[at] === "1" ? "2" : "1";
      writeFileSync(path, text.slice(0, at) + other + text.slice(at + 1));
      assert.throws(() => vault.readTrail(1), invalid, `character ${at}`);
    }
  });

  it("finds out a record taken away, doubled or moved", () => {
    const [a = "", b = "", c = "", d = ""] = lines();
    for (const changed of [[b, c, d], [a, c, d], [a, b, c], [a, b, b, c, d], [a, c, b, d], [a, b, c, d, d], []]) {
      write(changed);
      assert.throws(() => vault.readTrail(1), invalid);
    }
  });

  it("finds out a trail that somebody without the key wrote anew, links and all", () => {
    let prev: string | null = null;
    const forged = lines().map((line) => {
      const { record, ...rest } = JSON.parse(line) as { record: { [name: string]: Json } };
      const text = toCanonical({ ...rest, prev, record: { ...record, n: 9 } });
      prev = digestOf(text);
      return text;
    });
    write(forged);
    rmSync(headPath());
    assert.throws(() => vault.readTrail(1), invalid);
  });

  it("is not continued where its end was changed, cut off or replaced; nothing is written then", async () => {
    const [a = "", b = "", c = "", d = ""] = lines();
    for (const changed of [[a, b, c], [a, b, c, d.replace('"n":3', '"n":4')], [a, b, c, "{}"], []]) {
      write(changed);
      const before = readFileSync(path, "utf8");
      await assert.rejects(vault.audit({ kind: "signed" }), invalid);
      await assert.rejects(vault.setBook("x"), invalid);
      assert.equal(readFileSync(path, "utf8"), before);
    }
    assert.equal(vault.generation, 1);
  });

  it("is continued from where it ends, when somebody who may says that this is right", async () => {
    write(lines().slice(0, 2));
    await vault.acceptTrail();
    await vault.audit({ kind: "signed", n: 5 });
    assert.deepEqual([vault.readTrail(1).records, vault.readTrail(1).result], [3, "verified"]);
    rmSync(path);
    await vault.acceptTrail();
    await vault.audit({ kind: "signed", n: 6 });
    assert.equal(vault.readTrail(1).records, 1);
  });

  it("loses an unfinished record at its end, which a crash left there", async () => {
    appendFileSync(path, '{"at":"2026-01-0');
    assert.equal(vault.readTrail(1).records, 4);
    await vault.audit({ kind: "signed", n: 4 });
    assert.equal(vault.readTrail(1).records, 5);
  });

  it("survives a torn note of its head", async () => {
    writeFileSync(headPath(), "000000");
    await vault.audit({ kind: "signed", n: 4 });
    assert.equal(vault.readTrail(1).result, "verified");
  });

  it("stays verified when the vault is keyed anew: the first record under the new key vouches for the old ones", async () => {
    await vault.rekey({ passphrase: normalizePassphrase(Buffer.from("another passphrase")), kdf: newKdf(kdfFloor) });
    assert.deepEqual([vault.readTrail(1).records, vault.readTrail(1).result], [6, "verified"]);
    const changed = lines();
    changed[1] = changed[1]?.replace('"n":1', '"n":7') ?? "";
    write(changed);
    assert.throws(() => vault.readTrail(1), invalid);
  });

  it("is not continued after records under another key that nobody here wrote", async () => {
    const forged = lines().map((line) => line.replace(/"key":"0x[0-9a-f]{16}"/, '"key":"0x0000000000000000"'));
    let prev: string | null = null;
    write(
      forged.map((line) => {
        const text = toCanonical({ ...(JSON.parse(line) as { [name: string]: Json }), prev });
        prev = digestOf(text);
        return text;
      }),
    );
    rmSync(headPath());
    assert.equal(vault.readTrail(1).result, "chained");
    await assert.rejects(vault.audit({ kind: "signed" }), invalid);
  });

  it("is not continued by a session whose vault was keyed anew or altered since", async () => {
    const second = await lab.open();
    await vault.rekey({ passphrase: normalizePassphrase(Buffer.from("another passphrase")), kdf: newKdf(kdfFloor) });
    await assert.rejects(second.audit({ kind: "signed" }), { code: "KEYSTORE_CHANGED" });
    second.close();
    lab.write(Buffer.from(lab.read().toString().replace('"book":null', '"book":1')));
    await assert.rejects(vault.audit({ kind: "signed" }), { code: "KEYSTORE_TAMPERED" });
    assert.equal(vault.readTrail(1).records, 6);
  });

  it("refuses a record that is too long, and one that is no data", async () => {
    await assert.rejects(vault.audit({ kind: "signed", text: "a".repeat(70_000) }), { code: "VALUE_TOO_LARGE" });
    await assert.rejects(vault.audit({ kind: "signed", n: 1.5 }), { code: "VALUE_INVALID" });
    assert.equal(vault.readTrail(1).records, 4);
  });

  it("is not continued by another vault in its place", async () => {
    rmSync(lab.path);
    await assert.rejects(lab.create(), { code: "KEYSTORE_EXISTS" });
  });
});
