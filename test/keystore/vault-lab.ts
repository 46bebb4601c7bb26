/** A vault in a folder of its own, with a derivation that costs nothing: tests are about what is done with its result. */
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toCanonical } from "../../src/kernel/canonical.ts";
import { type DeriveKey, kdfFloor } from "../../src/keystore/vault/kdf.ts";
import { type OpenVaultOptions, createVault, openVault } from "../../src/keystore/vault/open-vault.ts";
import type { UnlockedVault } from "../../src/keystore/vault/unlocked-vault.ts";

/** A keyed hash of every member of the header: as Argon2id, another key for any change of either. */
export const quickDerive: DeriveKey = async (passphrase, kdf) =>
  new Uint8Array(
    createHmac("sha512", passphrase)
      .update(toCanonical({ ...kdf }))
      .digest(),
  );

export const passphrase = (): Uint8Array => new TextEncoder().encode("a passphrase for tests\n");

/** A valid private key made of one byte. */
export const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

export class VaultLab {
  readonly root = mkdtempSync(join(tmpdir(), "mfm-vault-"));
  readonly path = join(this.root, "vault", "keystore.json");
  readonly stateFolder = join(this.root, "state");
  derivations = 0;

  constructor() {
    mkdirSync(join(this.root, "vault"), { mode: 0o700 });
  }

  options(extra: Partial<OpenVaultOptions> = {}): OpenVaultOptions {
    return {
      path: this.path,
      stateFolder: this.stateFolder,
      passphrase: passphrase(),
      derive: (phrase, kdf) => {
        this.derivations++;
        return quickDerive(phrase, kdf);
      },
      now: () => Date.parse("2026-01-01T12:00:00.000Z"),
      ...extra,
    };
  }

  create(extra: Partial<OpenVaultOptions> = {}): Promise<UnlockedVault> {
    return createVault({ ...this.options(extra), cost: kdfFloor });
  }

  open(extra: Partial<OpenVaultOptions> = {}): Promise<UnlockedVault> {
    return openVault(this.options(extra));
  }

  /** A vault with keys 1 to `count`, closed. */
  async fill(count: number): Promise<void> {
    const vault = await this.create();
    for (let byte = 1; byte <= count; byte++)
      await vault.addKey({ label: `key ${byte}`, kind: { type: "private-key" }, privateKey: keyOf(byte) }, "key-imported");
    vault.close();
  }

  read(): Buffer {
    return readFileSync(this.path);
  }

  /** In place, as an attacker would. */
  write(bytes: Uint8Array): void {
    writeFileSync(this.path, bytes);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
