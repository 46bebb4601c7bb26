/** Options that the commands of the keystore share: which vault, and where its passphrase comes from. */
import { usage } from "../app/failure.ts";
import type { HdChoice } from "../app/keystore/import-key.ts";
import type { SecretSource } from "../app/keystore/secrets.ts";
import type { EntryChoice } from "../app/keystore/select-entry.ts";
import type { VaultChoice } from "../app/keystore/unlock.ts";
import type { KdfChoice, NewLock } from "../app/keystore/vault-care.ts";
import type { Call } from "./call.ts";
import type { ArgumentSpec, OptionSpec } from "./command.ts";
import { askOn } from "./prompts.ts";

const vaultOption: OptionSpec = {
  flags: "--keystore <path>",
  about: "the vault file (MFM_KEYSTORE); else [keystore] path of mfm.toml, else keystore.json in your data folder",
  completes: "file",
};

/** `--keystore` and the three sources of the vault's passphrase. */
export const keystoreOptions: readonly OptionSpec[] = [
  vaultOption,
  { flags: "--unlock-file <path>", about: "read the vault's passphrase from this file or pipe; else it is asked for", completes: "file" },
  { flags: "--unlock-command <command>", about: "read it from what this shell command puts out, such as a password manager's" },
  { flags: "--unlock-fd <number>", about: "read it from this open descriptor, such as 3 with 3< /run/secrets/vault" },
];

/** The vault that the options name, and how to unlock it. @throws USAGE when they name two sources, or a descriptor that is none */
export function vaultOf(call: Call): VaultChoice {
  return { keystore: call.text("keystore"), unlock: unlockOf(call) };
}

/** Undefined where no option names a source and nobody is at a terminal. */
function unlockOf(call: Call): SecretSource | undefined {
  return unlockNamed(call) ?? promptOf(call);
}

/** Only what an option names. */
export function unlockNamed(call: Call): SecretSource | undefined {
  const [file, command, fd] = [call.text("unlockFile"), call.text("unlockCommand"), call.text("unlockFd")];
  const named = [file, command, fd].filter((value) => value !== undefined);
  if (named.length > 1) throw usage("give one of --unlock-file, --unlock-command and --unlock-fd");
  if (file !== undefined) return { kind: "file", path: file };
  if (command !== undefined) return { kind: "command", command };
  return fd === undefined ? undefined : { kind: "fd", fd: call.count("unlockFd", { default: 0, min: 0, max: 1023 }) };
}

/** Somebody at this terminal. */
export function promptOf(call: Call): SecretSource | undefined {
  const ask = askOn(call);
  return ask === undefined ? undefined : { kind: "prompt", ask };
}

/** A secret's file, where an option names one. */
export function fileSource(call: Call, name: string): SecretSource | undefined {
  const path = call.text(name);
  return path === undefined ? undefined : { kind: "file", path };
}

export const verifiedOption: OptionSpec = { flags: "--verified", about: "unlock the vault, so that what is shown is authentic" };

/** The vault, locked unless an option names a source of its passphrase, or `--verified` is given. */
export function lockedVaultOf(call: Call): VaultChoice {
  return call.has("verified") ? vaultOf(call) : { keystore: call.text("keystore"), unlock: unlockNamed(call) };
}

export const entryArgument: ArgumentSpec = { name: "[id]", about: "the key's id in the vault, or its first characters" };
export const entryOption: OptionSpec = { flags: "--by-label <label>", about: "the key with this label instead" };

export function entryOf(call: Call): EntryChoice {
  const id = call.argument(0);
  return { id: id === "" ? undefined : id, label: call.text("byLabel") };
}

export const labelOption: OptionSpec = { flags: "-l, --label <label>", about: "a name for it; default: what it is, and the time" };

/** Where in a mnemonic's tree a key lies. */
export const hdOptions: readonly OptionSpec[] = [
  { flags: "-p, --derivation-path <path>", about: "mnemonics: the key's path; default m/44'/60'/0'/0/0" },
  { flags: "--unusual-path", about: "mnemonics: take a path that no Ethereum wallet uses" },
  { flags: "--passphrase-prompt", about: "mnemonics: ask for a BIP-39 passphrase" },
  { flags: "--passphrase-file <path>", about: "mnemonics: read the BIP-39 passphrase from this file or pipe", completes: "file" },
];

/** @throws USAGE */
export function hdOf(call: Call): HdChoice {
  const file = fileSource(call, "passphraseFile");
  if (file !== undefined && call.has("passphrasePrompt")) throw usage("give one of --passphrase-prompt and --passphrase-file");
  const prompt = call.has("passphrasePrompt") ? promptOf(call) : undefined;
  if (call.has("passphrasePrompt") && prompt === undefined) throw usage("nobody is at a terminal: give --passphrase-file");
  return {
    path: call.text("derivationPath") ?? "m/44'/60'/0'/0/0",
    allowed: call.has("unusualPath") ? "any" : "usual",
    passphrase: file ?? prompt,
  };
}

export const kdfMemoryOption: OptionSpec = {
  flags: "--kdf-memory <MiB>",
  about: "memory of the derivation, 64 to 1024; default: measured, at least 256",
};

/** @throws USAGE */
export function kdfMemory(call: Call): KdfChoice {
  const memoryMib = call.text("kdfMemory") === undefined ? undefined : call.count("kdfMemory", { default: 256, min: 64, max: 1024 });
  return { memoryMib };
}

export const newPassphraseOption: OptionSpec = {
  flags: "--new-passphrase-file <path>",
  about: "read the new passphrase from this file or pipe; else it is asked for, twice",
  completes: "file",
};

/** @throws USAGE */
export function newLockOf(call: Call): NewLock {
  return { passphrase: fileSource(call, "newPassphraseFile") ?? promptOf(call), kdf: kdfMemory(call) };
}
