/** `mfm/keystore`: vaults for programs. */
export { type OpenedKeyFile, openKeyFile, parseKeyFile, writeKeyFile } from "./web3/key-file.ts";
export { type Derivation, type HdKey, deriveFromMnemonic, normalizeMnemonic } from "./keys/mnemonic.ts";
export { addressOf, parsePrivateKey } from "./keys/private-key.ts";
export type { Standing } from "./vault/anchor.ts";
export { type DeriveKey, type Kdf, type KdfCost, calibrateKdf, deriveWithArgon2, kdfDefault, kdfFloor } from "./vault/kdf.ts";
export { type CreateVaultOptions, type OpenVaultOptions, createVault, newKdf, openVault } from "./vault/open-vault.ts";
export { normalizePassphrase } from "./vault/passphrase.ts";
export type { ReadTrail } from "./vault/read-trail.ts";
export type { AuditRecord, EntryKind, EntryView, VaultSession } from "./vault/session.ts";
export type { NewKey, Rewrap, UnlockedVault } from "./vault/unlocked-vault.ts";
export type { VaultPlace } from "./vault/vault-file.ts";
