/** Making a vault, and unlocking one: a wrong passphrase, tampering and an older vault are told apart. */
import { randomBytes, randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { formatInstant } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type Reached, unwatched } from "../files/fault-point.ts";
import { makeSafeFolder } from "../files/folder.ts";
import { identify } from "../files/private-file.ts";
import { judgeMisfit, type Standing } from "./anchor.ts";
import { hexOf } from "./bytes.ts";
import { type Content, type Header, vaultFormat } from "./document.ts";
import { type DeriveKey, type Kdf, type KdfCost, assertKdfCost, deriveWithArgon2 } from "./kdf.ts";
import { assertStrongPassphrase, normalizePassphrase } from "./passphrase.ts";
import { randomKey } from "./sealing.ts";
import { UnlockedVault } from "./unlocked-vault.ts";
import { type ReadVault, VaultFile, type VaultPlace, trailPathOf } from "./vault-file.ts";
import { auditKeyOf, authenticate, isAuthentic, tampered, unwrapVaultKey, wrapVaultKey } from "./vault-key.ts";

export interface OpenVaultOptions extends VaultPlace {
  /** As it was read, with or without a line end; the caller wipes it. */
  readonly passphrase: Uint8Array;
  /** Default: Argon2id. */
  readonly derive?: DeriveKey;
  /** Unix milliseconds. Default: Date.now. */
  readonly now?: () => number;
  /** Told of each point of a write at which a crash would leave something behind. */
  readonly reached?: Reached;
  /** Take the file as the latest, whatever the anchor says. */
  readonly acceptAnyGeneration?: true;
}

export interface CreateVaultOptions extends Omit<OpenVaultOptions, "acceptAnyGeneration"> {
  readonly cost: KdfCost;
}

/**
 * Unlocks a vault; one derivation, off the event loop. Costs are checked before it.
 * @throws KEYSTORE_NOT_FOUND when there is none; FILE_UNSAFE when others may touch it
 * @throws KEYSTORE_INVALID when the file is no vault; KEYSTORE_KDF_REFUSED
 * @throws KEYSTORE_PASSPHRASE_WRONG; PASSPHRASE_INVALID
 * @throws KEYSTORE_TAMPERED when something else than MFM changed it; KEYSTORE_ROLLED_BACK when it is an older version
 */
export async function openVault(options: OpenVaultOptions): Promise<UnlockedVault> {
  const file = new VaultFile(options, options.reached ?? unwatched);
  const ports = portsOf(options);
  const read = file.read();
  const passphrase = normalizePassphrase(options.passphrase);
  try {
    const vaultKey = await unwrapVaultKey(ports.derive, passphrase, read.vault);
    if (vaultKey === undefined) throw judgeMisfit(file.anchors(), file.path, read.vault.vaultId, read.mark);
    try {
      if (!isAuthentic(vaultKey, read.vault)) throw tampered("its MAC does not hold");
      const anchored = await (options.acceptAnyGeneration === true ? accept(file, read) : anchor(file, read, vaultKey));
      return new UnlockedVault({ file, vaultKey, ports, ...anchored });
    } catch (error) {
      vaultKey.fill(0);
      throw error;
    }
  } finally {
    passphrase.fill(0);
  }
}

interface Anchored {
  readonly read: ReadVault;
  readonly standing: Standing;
}

/** @throws KEYSTORE_ROLLED_BACK */
async function anchor(file: VaultFile, read: ReadVault, vaultKey: Uint8Array): Promise<Anchored> {
  let standing: Standing;
  try {
    standing = file.judge(read);
  } catch (error) {
    return file.lock(() => judgeAgain(file, vaultKey, error));
  }
  if (standing === "held") return { read, standing };
  await file.lock(() => {
    // Another process may have changed it since, and anchored that.
    if (file.identify() === read.identity && file.judge(read) !== "held") file.settle(read.vault.vaultId, read.mark);
  });
  return { read, standing };
}

/** A derivation takes long enough for another process to write: then it is what was read that is older, not the vault. Within the lock. */
function judgeAgain(file: VaultFile, vaultKey: Uint8Array, error: unknown): Anchored {
  const read = file.read();
  if (!isAuthentic(vaultKey, read.vault)) throw error;
  const standing = file.judge(read);
  if (standing !== "held") file.settle(read.vault.vaultId, read.mark);
  return { read, standing };
}

async function accept(file: VaultFile, read: ReadVault): Promise<Anchored> {
  await file.lock(() => file.settle(read.vault.vaultId, read.mark));
  return { read, standing: "held" };
}

/**
 * Makes a vault without entries, and its folder where there is none.
 * @throws KEYSTORE_EXISTS; PASSPHRASE_WEAK, PASSPHRASE_INVALID; KEYSTORE_KDF_REFUSED; FILE_UNSAFE, FILE_UNWRITABLE
 */
export async function createVault(options: CreateVaultOptions): Promise<UnlockedVault> {
  const passphrase = normalizePassphrase(options.passphrase);
  const vaultKey = randomKey();
  try {
    assertStrongPassphrase(passphrase);
    assertVaultFree(options.path);
    makeSafeFolder(dirname(options.path));
    const file = new VaultFile(options, options.reached ?? unwatched);
    const ports = portsOf(options);
    const createdAt = formatInstant(ports.now());
    const kdf = newKdf(options.cost);
    const header: Header = { format: vaultFormat, vaultId: randomUUID(), createdAt, kdf, passphraseEncoding: "utf8-nfkc" };
    const wrapped = await wrapVaultKey(ports.derive, passphrase, header, vaultKey);
    const content: Content = { ...header, ...wrapped, generation: 1, entries: [], book: null };
    const by = { vaultId: header.vaultId, key: auditKeyOf(vaultKey, header.vaultId) };
    const read = await file.lock(() => {
      assertVaultFree(file.path);
      const to = authenticate(vaultKey, content);
      return file.publish({ from: undefined, to, record: { kind: "vault-created", generation: 1 }, by, at: createdAt });
    });
    return new UnlockedVault({ file, read, vaultKey, standing: "held", ports });
  } catch (error) {
    vaultKey.fill(0);
    throw error;
  } finally {
    passphrase.fill(0);
  }
}

/** A trail without its vault belongs to one that was deleted or moved: it must not be continued by another. @throws KEYSTORE_EXISTS */
export function assertVaultFree(path: string): void {
  const there = [path, trailPathOf(path)].find((at) => identify(at) !== undefined);
  if (there !== undefined) throw new MfmError("KEYSTORE_EXISTS", `${there} exists`, { file: there });
}

/** With a fresh salt. @throws KEYSTORE_KDF_REFUSED */
export function newKdf(cost: KdfCost): Kdf {
  assertKdfCost(cost);
  const { memoryKib, iterations, parallelism } = cost;
  return { name: "argon2id", version: 19, memoryKib, iterations, parallelism, salt: hexOf(randomBytes(32)) };
}

function portsOf({ derive = deriveWithArgon2, now = Date.now }: Pick<OpenVaultOptions, "derive" | "now">) {
  return { derive, now };
}
