/** Options that the commands of the keystore share: which vault, and where its passphrase comes from. */
import { usage } from "../app/failure.ts";
import type { SecretSource } from "../app/keystore/secrets.ts";
import type { VaultChoice } from "../app/keystore/unlock.ts";
import type { Call } from "./call.ts";
import type { OptionSpec } from "./command.ts";
import { askOn } from "./prompts.ts";

export const vaultOption: OptionSpec = {
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
export function unlockOf(call: Call): SecretSource | undefined {
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

function promptOf(call: Call): SecretSource | undefined {
  const ask = askOn(call);
  return ask === undefined ? undefined : { kind: "prompt", ask };
}
