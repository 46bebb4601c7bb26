import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Place } from "../place.ts";
import { type KeyImport, importKey } from "./import-key.ts";
import { deleteKey, listKeys } from "./keys.ts";
import type { Ask } from "./secrets.ts";
import { initVault } from "./vault-care.ts";

/** Somebody who answers every question like this, and remembers what was asked. */
function answering(yes: boolean, asked: string[] = []): Ask {
  return {
    hidden: async () => "",
    confirm: async (question) => {
      asked.push(question);
      return yes;
    },
  };
}

describe("keys of a vault", () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-keys-"));
  const place: Place = { folder, env: { HOME: folder }, configFile: undefined, storeUrl: undefined };
  const choice = { keystore: "vault/keystore.json", unlock: { kind: "file", path: "pass" } } as const;
  const order = (ask: Ask | undefined): KeyImport => ({
    type: "privatekey",
    secret: { kind: "file", path: "key" },
    hd: { path: "m/44'/60'/0'/0/0", allowed: "usual", passphrase: undefined },
    sourcePassphrase: undefined,
    label: "hot",
    expectAddress: undefined,
    ask,
  });
  const labels = async (): Promise<string[]> => {
    const { entries } = await listKeys(place, { ...choice, unlock: undefined }, { filterLabel: undefined, sortBy: "label" });
    return entries.map(({ label }) => label);
  };

  before(async () => {
    writeFileSync(join(folder, "pass"), "correct horse battery", { mode: 0o600 });
    writeFileSync(join(folder, "key"), "46".repeat(32), { mode: 0o600 });
    await initVault(place, choice, { memoryMib: 64 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are imported and deleted when somebody who is asked says so, and not otherwise", async () => {
    const asked: string[] = [];
    await assert.rejects(importKey(place, choice, order(answering(false, asked))), { code: "CANCELLED" });
    assert.match(asked[0] ?? "", /0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F/);
    assert.deepEqual(await labels(), []);
    await importKey(place, choice, order(answering(true)));
    const which = { id: undefined, label: "hot" };
    await assert.rejects(deleteKey(place, choice, { which, ask: answering(false) }), { code: "CANCELLED" });
    assert.deepEqual(await labels(), ["hot"]);
    await deleteKey(place, choice, { which, ask: answering(true) });
    assert.deepEqual(await labels(), []);
  });

  it("are not listed by a pattern that is none", async () => {
    await assert.rejects(listKeys(place, choice, { filterLabel: "(", sortBy: "created" }), { code: "USAGE" });
  });
});
