/** A vault with keys, a guard and a signer over both, in a folder of their own. */
import { join } from "node:path";
import type { Signer } from "../../src/keystore/signer-port.ts";
import { type GuardPoint, NonceGuard } from "../../src/keystore/guard/guard-file.ts";
import { type Agree, VaultSigner } from "../../src/keystore/vault-signer.ts";
import type { UnlockedVault } from "../../src/keystore/vault/unlocked-vault.ts";
import { VaultLab } from "./vault-lab.ts";

export interface LabSigner {
  readonly signer: VaultSigner;
  readonly session: UnlockedVault;
  readonly guard: NonceGuard;
  readonly close: () => Promise<void>;
}

export interface LabOptions {
  readonly agree?: Agree | undefined;
  readonly now?: () => number;
  readonly at?: (point: GuardPoint) => void;
}

export const noon = Date.parse("2026-01-01T12:00:00.000Z");

export class SignerLab extends VaultLab {
  get guardPath(): string {
    return join(this.stateFolder, "nonce-guard");
  }

  /** Over the vault that `fill` made. */
  async signer({ agree = async () => true, now = () => noon, at }: LabOptions = {}): Promise<LabSigner> {
    const session = await this.open();
    const guard = await NonceGuard.open({ path: this.guardPath, ...(at === undefined ? {} : { at }) });
    const close = async (): Promise<void> => {
      session.close();
      await guard.close();
    };
    return { signer: new VaultSigner({ session, guard, now, agree }), session, guard, close };
  }

  /** With one key, removed when it is closed. */
  static async open(options: LabOptions = {}): Promise<LabSigner & { readonly lab: SignerLab }> {
    const lab = new SignerLab();
    await lab.fill(1);
    const made = await lab.signer(options);
    return {
      ...made,
      lab,
      close: async () => {
        await made.close();
        lab.remove();
      },
    };
  }
}

/** The address of the lab's first key, which is 32 times 0x01. */
export async function senderOf(signer: Signer): Promise<`0x${string}`> {
  const [account] = await signer.accounts();
  if (account === undefined) throw new Error("the lab's vault has a key");
  return account.address;
}
