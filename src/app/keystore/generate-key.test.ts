import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { HDNodeWallet, Mnemonic } from "ethers";
import type { Place } from "../place.ts";
import { type Generation, type Scribe, generateKey } from "./generate-key.ts";
import type { HdChoice } from "./import-key.ts";
import { initVault } from "./vault-care.ts";

/** Somebody who writes down what is dictated, and types what they make of it. */
class Writer implements Scribe {
  words: readonly string[] = [];
  questions = 0;
  readonly #type: (words: readonly string[], attempt: number) => string;

  constructor(type: (words: readonly string[], attempt: number) => string) {
    this.#type = type;
  }

  async dictate(words: readonly string[]): Promise<void> {
    this.words = words;
  }

  async hidden(): Promise<string> {
    return this.#type(this.words, this.questions++);
  }

  async confirm(): Promise<boolean> {
    return true;
  }
}

describe("generating a key", () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-generate-"));
  const place: Place = { folder, env: { HOME: folder }, configFile: undefined, storeUrl: undefined };
  const unlock = { kind: "file", path: "pass" } as const;
  const choice = { keystore: "vault/keystore.json", unlock };
  const hd: HdChoice = { path: "m/44'/60'/0'/0/0", allowed: "usual", passphrase: undefined };
  const generation = (scribe: Scribe | undefined, more: Partial<Generation> = {}): Generation => ({
    words: 24,
    hd,
    label: undefined,
    scribe,
    ...more,
  });
  const stored = (): string => readFileSync(join(folder, "vault", "keystore.json"), "utf8");

  before(async () => {
    writeFileSync(join(folder, "pass"), "correct horse battery", { mode: 0o600 });
    await initVault(place, choice, { memoryMib: 64 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("stores the key of the words that were written down, and not the words", async () => {
    const writer = new Writer((words) => ` ${words.join("  ").toUpperCase()}\n`);
    const entry = await generateKey(place, choice, generation(writer, { label: "new" }));
    assert.equal(writer.words.length, 24);
    assert.equal(entry.address, HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(writer.words.join(" "))).address);
    assert.ok(!stored().includes(writer.words.slice(0, 3).join(" ")));
  });

  it("asks again for words that were typed wrongly, three times in all, and then stores nothing", async () => {
    const before = stored();
    const wrong = new Writer((words) => words.toReversed().join(" "));
    await assert.rejects(generateKey(place, choice, generation(wrong)), { code: "SECRET_UNCONFIRMED" });
    assert.deepEqual([wrong.questions, stored()], [3, before]);
    const second = new Writer((words, attempt) => (attempt === 0 ? "" : words.join(" ")));
    await generateKey(place, choice, generation(second, { words: 12 }));
    assert.equal(second.words.length, 12);
  });

  it("finds out what is wrong before anybody writes anything down", async () => {
    const writer = new Writer((words) => words.join(" "));
    const wrong = generation(writer, { hd: { ...hd, path: "m/0" } });
    await assert.rejects(generateKey(place, choice, wrong), { code: "DERIVATION_PATH_INVALID" });
    await assert.rejects(generateKey(place, choice, generation(undefined)), { code: "TERMINAL_NEEDED" });
    assert.equal(writer.words.length, 0);
  });
});
