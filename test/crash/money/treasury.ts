/** The account that pays, its vault, and whom it pays. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { address } from "../../../src/kernel/codecs.ts";
import { addressOf } from "../../../src/keystore/keys/private-key.ts";
import { kdfFloor } from "../../../src/keystore/vault/kdf.ts";
import { createVault } from "../../../src/keystore/vault/open-vault.ts";
import type { VaultPlace } from "../../../src/keystore/vault/vault-file.ts";
import type { TransferConfig } from "../../../src/ops/evm/transfer.ts";

export const passphrase = "a passphrase of the money test";
export const privateKey = (): Uint8Array => new Uint8Array(32).fill(0x46);
export const treasury = addressOf(privateKey());
export const chainId = 31_337;
const gwei = 1_000_000_000n;

export function vaultPlace(folder: string): VaultPlace {
  return { path: join(folder, "keystore.json"), stateFolder: join(folder, "state") };
}

export function guardPath(folder: string): string {
  return join(folder, "state", "nonce-guard");
}

/** Makes the vault once; every case works on a copy of it. */
export async function makeTreasury(folder: string, place: VaultPlace = vaultPlace(folder)): Promise<void> {
  mkdirSync(place.stateFolder, { mode: 0o700, recursive: true });
  const vault = await createVault({ ...place, passphrase: Buffer.from(passphrase), cost: kdfFloor });
  await vault.addKey({ label: "treasury", kind: { type: "private-key" }, privateKey: privateKey() }, "key-imported");
  vault.close();
}

export function copyTreasury(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

export function recipientOf(line: number): `0x${string}` {
  return address.parse(`0x${(0x7a11_0000_0000_0000n + BigInt(line)).toString(16).padStart(40, "1")}`);
}

export function amountOf(line: number): bigint {
  return 1000n + BigInt(line);
}

/** What a payout may be paid under that is not the same for all. */
export type PayoutTerms = Partial<Pick<TransferConfig["terms"], "finality" | "replaceAfterBlocks" | "renewals">>;

/** A payout of so many lines, each to a recipient of its own. */
export function payoutOf(lines: number, terms: PayoutTerms = {}): TransferConfig {
  return {
    network: `eip155:${chainId}`,
    from: treasury,
    asset: { kind: "native" },
    lines: Array.from({ length: lines }, (_, index) => ({ recipient: recipientOf(index + 1), amount: amountOf(index + 1) })),
    terms: {
      gas: { marginPercent: 100, cap: 100_000n },
      fees: {
        percentile: 50,
        blocks: 5,
        minPriorityFeePerGas: gwei,
        baseFeePercent: 200,
        maxFeePerGas: 100n * gwei,
        maxPriorityFeePerGas: 10n * gwei,
      },
      finality: { kind: "depth", blocks: 1 },
      replaceAfterBlocks: 0,
      renewals: 0,
      window: 16,
      ...terms,
    },
    abi: [],
  };
}
