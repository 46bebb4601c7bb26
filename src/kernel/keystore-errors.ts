/** Error codes of the keystore: part of the one table in errors.ts. */
import { type ErrorEntry, badInput, failed, precondition } from "./error-entry.ts";

export const keystoreErrors = {
  KEYSTORE_NOT_FOUND: precondition("There is no vault at the path.", "`mfm keystore init` makes one; --keystore names another place."),
  KEYSTORE_EXISTS: badInput("A vault, or the trail of one, is there already.", "Name another place, or move the file away.", 409),
  KEYSTORE_INVALID: failed(
    "The file is no vault of a format that this version of MFM writes.",
    "It was altered, cut short, or written by something else or a later version: take it from a backup.",
    "never",
    422,
  ),
  KEYSTORE_KDF_REFUSED: badInput(
    "The cost of deriving the vault's key is outside its bounds; nothing was derived.",
    "A new vault: 64 MiB to 2 GiB, t 3 to 16. A vault that is there was altered: take it from a backup.",
    422,
  ),
  KEYSTORE_LOCKED: precondition(
    "The vault's passphrase is needed, no option says where it comes from, and there is no terminal to ask at.",
    "Give --unlock-file, --unlock-command or --unlock-fd, or unlock a process for all commands with `mfm signer start`.",
  ),
  KEYSTORE_PASSPHRASE_WRONG: failed("The passphrase is not the vault's.", "Try another; nothing was changed.", "never", 403),
  KEYSTORE_TAMPERED: failed(
    "Something else than MFM altered the vault, or put another one in its place; nothing was used or written.",
    "Find out who can write the file. Take it from a backup; move no money with it before that.",
    "never",
    422,
  ),
  KEYSTORE_ROLLED_BACK: failed(
    "The vault is older than, or another one than, the one this machine saw last: what was added or forbidden since is missing.",
    "Bring the latest back. If you restored a backup yourself: `mfm keystore verify --accept`.",
    "never",
    409,
  ),
  KEYSTORE_ANCHOR_INVALID: failed(
    "This machine's note of the vault's latest version is damaged.",
    "Find out who can write it. Then: remove it, and `mfm keystore verify`.",
    "never",
    422,
  ),
  KEYSTORE_AUDIT_INVALID: failed(
    "The audit trail was altered, cut short or replaced, so nothing is added to it and nothing signed.",
    "`mfm keystore audit` names the place. Bring the trail back, or keep it elsewhere and `mfm keystore verify --accept`.",
    "never",
    422,
  ),
  KEYSTORE_CHANGED: failed("The vault has another key since it was unlocked.", "Unlock it again.", "safe", 409),
  KEYSTORE_CLOSED: failed("The vault was locked, and is asked for something all the same.", "Unlock it again.", "safe", 409),
  KEYSTORE_BUSY: failed("Another process holds the vault's lock for over 30 seconds.", "See what it does; try again.", "safe", 503),
  KEYSTORE_FULL: badInput("A vault holds at most 10,000 keys and 10 MB.", "Delete keys, or make another vault.", 413),
  KEY_UNKNOWN: failed("The vault has no such key.", "`mfm keystore list` shows what it has.", "never", 404),
  KEY_AMBIGUOUS: badInput("More than one key has this label, or an id that begins like this.", "Give more characters of the id."),
  KEY_EXISTS: badInput("The vault holds the key of this address already.", "Use that entry; each key has one, and one policy.", 409),
  KEY_INVALID: badInput("This is no private key.", "A private key has 64 hex digits, and is not zero or beyond the order of the curve."),
  KEY_LABEL_INVALID: badInput("This is no label.", "1 to 100 printable characters, no space around."),
  KEY_FILE_INVALID: badInput(
    "This is no key file of version 3 (Web3 Secret Storage), or one with a derivation that is refused.",
    "Take the file as geth, cast or ethers wrote it.",
    422,
  ),
  KEY_FILE_PASSPHRASE_WRONG: failed("The passphrase is not the key file's, or the file was altered.", "Try another.", "never", 403),
  MNEMONIC_INVALID: badInput(
    "These words are no BIP-39 mnemonic.",
    "12, 15, 18, 21 or 24 words of one official list, in order; the last checks the others.",
  ),
  DERIVATION_PATH_INVALID: badInput(
    "This is no BIP-32 path that Ethereum wallets use.",
    "Such as m/44'/60'/0'/0/0; --unusual-path takes any path.",
  ),
  ADDRESS_MISMATCH: badInput("The key has another address than was expected.", "Check which key, path and BIP-39 passphrase you meant."),
  ADDRESS_UNCONFIRMED: badInput(
    "The key file does not say which address it is for, so a changed file would give another key.",
    "If the address in the details is yours, give it as --expect-address.",
  ),
  PASSPHRASE_INVALID: badInput("This is no passphrase.", "One line of UTF-8, at most 4,096 bytes."),
  PASSPHRASE_WEAK: badInput("A new passphrase is too weak.", "At least 12 characters, better five random words."),
  SECRET_UNAVAILABLE: precondition("The source of a secret gives none.", "Check the file, command or descriptor that the option names."),
  SECRET_EXPOSED: precondition("Others may read the file of a secret.", "chmod 600; or hand it over by descriptor."),
  SECRET_UNCONFIRMED: badInput("What was typed again is not the same.", "Start again."),
  TERMINAL_NEEDED: precondition("A secret would be shown, and there is no terminal.", "Run the command at a terminal, with text output."),
  FILE_UNSAFE: precondition(
    "A file of secrets can be read or replaced by somebody else, or is not a file of its own.",
    "Files 0600, their folder 0700, both yours; no links, no second name.",
  ),
  FILE_CHANGED: failed("A file was changed by something else right before it was to be written.", "Try again.", "safe", 409),
  CANCELLED: failed("The question was not answered with yes.", "Nothing was changed.", "safe", 409),
} as const satisfies Record<string, ErrorEntry>;
