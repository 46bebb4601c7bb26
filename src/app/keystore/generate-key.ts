/** A new key from a new mnemonic: shown once to somebody at a terminal, typed again by them, and kept nowhere. */
import { generateMnemonic } from "../../keystore/keys/mnemonic.ts";
import type { EntryView } from "../../keystore/vault/session.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { deriveKey, type HdChoice, keyOfMnemonic, labelAt } from "./import-key.ts";
import type { Ask } from "./secrets.ts";
import { type VaultChoice, withVault } from "./unlock.ts";

/** Somebody who is shown the words, and says when they are written down; they are off the screen when it resolves. */
export interface Scribe extends Ask {
  dictate(words: readonly string[]): Promise<void>;
}

export interface Generation {
  readonly words: 12 | 24;
  readonly hd: HdChoice;
  readonly label: string | undefined;
  /** Undefined: nobody is at a terminal. */
  readonly scribe: Scribe | undefined;
}

/** How often the words may be typed before they are given up. */
const attempts = 3;

/** @throws TERMINAL_NEEDED; SECRET_UNCONFIRMED, CANCELLED: nothing is stored then; DERIVATION_PATH_INVALID; what `withVault` and a change throw */
export async function generateKey(place: Place, choice: VaultChoice, { words, hd, label, scribe }: Generation): Promise<EntryView> {
  if (scribe === undefined) throw failure("TERMINAL_NEEDED", "the words of a new mnemonic are shown and typed again at a terminal only");
  return withVault(place, choice, async (vault) => {
    const mnemonic = generateMnemonic(words);
    // Before anybody writes anything down: a wrong path, or no BIP-39 passphrase.
    const derived = await deriveKey(place, mnemonic, hd);
    try {
      await scribe.dictate(mnemonic.split(" "));
      await assertWritten(mnemonic, scribe);
      const { privateKey, kind } = keyOfMnemonic(derived, hd.path);
      return await vault.addKey({ label: label ?? labelAt("generated-hd"), kind, privateKey }, "key-generated");
    } finally {
      derived.privateKey.fill(0);
    }
  });
}

async function assertWritten(mnemonic: string, scribe: Scribe): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const typed = await scribe.hidden("All the words again, in order, from what you wrote down");
    if (typed.trim().toLowerCase().split(/\s+/u).join(" ") === mnemonic) return;
  }
  throw failure("SECRET_UNCONFIRMED", "the words were typed differently; the mnemonic is forgotten, and nothing is stored");
}
