/** A vault that somebody else changed: every byte, every member, every swap. Never a wrong key, never success, never a crash, and the file stays as they left it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Json, isJsonObject } from "../../src/kernel/json.ts";
import { toCanonical } from "../../src/kernel/canonical.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import type { Kdf } from "../../src/keystore/vault/kdf.ts";
import { VaultLab, keyOf, quickDerive } from "./vault-lab.ts";

type Members = { [name: string]: Json };

/** What refuses an altered vault. That the passphrase is wrong is said only where no anchor knows better. */
const refusals = new Set(["KEYSTORE_INVALID", "KEYSTORE_KDF_REFUSED", "KEYSTORE_TAMPERED", "KEYSTORE_ROLLED_BACK"]);

describe("vault: tampering", () => {
  const lab = new VaultLab();
  let original: Buffer = Buffer.alloc(0);
  /** One derivation for each distinct header, as with a real one. */
  const derived = new Map<string, Uint8Array>();
  const derive = async (phrase: Uint8Array, kdf: Kdf): Promise<Uint8Array> => {
    const name = toCanonical({ ...kdf });
    const known = derived.get(name) ?? (await quickDerive(phrase, kdf));
    derived.set(name, known);
    return Uint8Array.from(known);
  };

  before(async () => {
    await lab.fill(3);
    const vault = await lab.open();
    const [first, second] = vault.entries();
    await vault.setPolicy(first?.id ?? "", { chains: [1] });
    await vault.setPolicy(second?.id ?? "", { chains: [10] });
    await vault.setBook([{ name: "ada" }]);
    vault.close();
    original = lab.read();
  });
  after(() => lab.remove());

  /** Opens the vault with other bytes in its place, and gives the code of the refusal. */
  async function refusalOf(bytes: Uint8Array, stateFolder = lab.stateFolder): Promise<string> {
    lab.write(bytes);
    try {
      const vault = await lab.open({ derive, stateFolder });
      vault.close();
      return "opened";
    } catch (error) {
      assert.ok(error instanceof MfmError, String(error));
      return error.code;
    } finally {
      assert.deepEqual(lab.read(), Buffer.from(bytes), "the file is left as it is");
    }
  }

  async function assertRefused(json: Json, what: string): Promise<void> {
    const code = await refusalOf(Buffer.from(toCanonical(json)));
    assert.ok(refusals.has(code), `${what}: ${code}`);
  }

  const parsed = (): Members => JSON.parse(original.toString()) as Members;
  const entryOf = (vault: Members, index: number): Members => (vault["entries"] as unknown as Members[])[index] ?? {};
  const entriesOf = (vault: Members): Members[] => vault["entries"] as unknown as Members[];

  it("refuses every byte flipped, and calls none of it a wrong passphrase", async () => {
    const codes = new Set<string>();
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      const code = await refusalOf(bytes);
      assert.ok(refusals.has(code), `byte ${at}: ${code}`);
      codes.add(code);
    }
    assert.ok(codes.has("KEYSTORE_INVALID") && codes.has("KEYSTORE_TAMPERED"));
  });

  it("refuses every hex digit, letter and number that is replaced by another valid one", async () => {
    for (let at = 0; at < original.length; at++) {
      const digit = String.fromCharCode(original[at] ?? 0);
      if (!/[0-9a-z]/.test(digit)) continue;
      const bytes = Buffer.from(original);
      bytes[at] = (digit === "1" ? "2" : "1").charCodeAt(0);
      const code = await refusalOf(bytes);
      assert.ok(refusals.has(code), `byte ${at}: ${code}`);
    }
  });

  it("refuses the file cut short at every length, and with something behind it", async () => {
    for (let length = 0; length < original.length; length++)
      assert.equal(await refusalOf(original.subarray(0, length)), "KEYSTORE_INVALID");
    for (const more of ["\n", " ", "{}"]) assert.equal(await refusalOf(Buffer.concat([original, Buffer.from(more)])), "KEYSTORE_INVALID");
  });

  it("refuses every member removed, doubled, renamed or added, at every depth", async () => {
    for (const path of objectsIn(parsed())) {
      for (const name of Object.keys(at(parsed(), path))) {
        const removed = parsed();
        Reflect.deleteProperty(at(removed, path), name);
        await assertRefused(removed, `without ${[...path, name].join(".")}`);
        const doubled = original.toString().replace(`"${name}":`, `"${name}":null,"${name}":`);
        assert.equal(await refusalOf(Buffer.from(doubled)), "KEYSTORE_INVALID");
      }
      const added = parsed();
      at(added, path)["extra"] = null;
      await assertRefused(added, `with ${[...path, "extra"].join(".")}`);
    }
  });

  it("refuses entries swapped, removed, doubled, and parts of them exchanged", async () => {
    const members = Object.keys(entriesOf(parsed())[0] ?? {});
    for (const name of members) {
      const swapped = parsed();
      const [first = {}, second = {}] = entriesOf(swapped);
      if (JSON.stringify(first[name]) === JSON.stringify(second[name])) continue;
      [first[name], second[name]] = [second[name] ?? null, first[name] ?? null];
      await assertRefused(swapped, `${name} exchanged`);
    }
    for (const change of [
      (entries: Members[]) => entries.push(...entries.splice(0, 1)),
      (entries: Members[]) => entries.pop(),
      (entries: Members[]) => entries.shift(),
      (entries: Members[]) => entries.push({ ...entries[0] }),
    ]) {
      const vault = parsed();
      change(entriesOf(vault));
      await assertRefused(vault, change.toString());
    }
  });

  it("refuses parts of another vault under the same passphrase", async () => {
    const other = new VaultLab();
    try {
      await other.fill(3);
      const foreign = JSON.parse(other.read().toString()) as Members;
      for (const name of Object.keys(foreign)) {
        const mixed = { ...parsed(), [name]: foreign[name] ?? null };
        if (toCanonical(mixed) !== toCanonical(parsed())) await assertRefused(mixed, `its ${name}`);
      }
      const code = await refusalOf(other.read());
      assert.equal(code, "KEYSTORE_ROLLED_BACK");
    } finally {
      other.remove();
    }
  });

  it("without an anchor refuses the same, and says that it may be the passphrase where only the header is wrong", async () => {
    const header = parsed();
    header["createdAt"] = "2025-01-01T12:00:00.000Z";
    assert.equal(await refusalOf(Buffer.from(toCanonical(header)), `${lab.root}/none`), "KEYSTORE_PASSPHRASE_WRONG");
    const policy = parsed();
    entryOf(policy, 0)["policy"] = null;
    assert.equal(await refusalOf(Buffer.from(toCanonical(policy)), `${lab.root}/none`), "KEYSTORE_TAMPERED");
  });

  it("says that a passphrase is wrong, when that is all", async () => {
    lab.write(original);
    await assert.rejects(lab.open({ passphrase: Buffer.from("not the passphrase") }), { code: "KEYSTORE_PASSPHRASE_WRONG" });
  });

  it("notices a change between unlocking and each kind of change, and writes nothing", async () => {
    lab.write(original);
    const vault = await lab.open({ derive });
    const altered = parsed();
    entryOf(altered, 2)["label"] = "another";
    lab.write(Buffer.from(toCanonical(altered)));
    const [entry] = vault.entries();
    const key = { label: "four", kind: { type: "private-key" }, privateKey: keyOf(4) } as const;
    for (const change of [
      () => vault.addKey(key, "key-imported"),
      () => vault.removeKey(entry?.id ?? ""),
      () => vault.setPolicy(entry?.id ?? "", null),
      () => vault.setBook(null),
      () => vault.refresh(),
    ]) {
      await assert.rejects(change, { code: "KEYSTORE_TAMPERED" });
      assert.equal(lab.read().toString(), toCanonical(altered));
    }
    vault.close();
  });
});

/** Paths of all objects in a document, itself included. */
function objectsIn(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item, index) => objectsIn(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return [path, ...Object.entries(value).flatMap(([name, member]) => objectsIn(member, [...path, name]))];
}

function at(root: Members, path: readonly (string | number)[]): Members {
  return path.reduce<Members>((object, name) => object[name] as Members, root);
}
