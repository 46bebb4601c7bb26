/** The terms of transactions: what flags say, over what `mfm.toml` says of the network, over what fits any. All of it stands in the spec, so equal commands have equal specs. */
import type { TransactionTerms } from "../../states/evm/terms.ts";
import { usage } from "../failure.ts";
import type { NetworkView } from "../networks/networks.ts";
import type { TermsTable } from "../networks/terms-table.ts";
import { parseFee } from "./amount.ts";

export interface TermFlags {
  /** Wei, or with `gwei`. */
  readonly maxFeePerGas: string | undefined;
  readonly maxPriorityFeePerGas: string | undefined;
  readonly gasCap: string | undefined;
  readonly finality: string | undefined;
  readonly window: string | undefined;
}

const gwei = 1_000_000_000n;

/** Ceilings that ordinary congestion stays below, on every chain; the market decides what is paid. */
const usualFees: TransactionTerms["fees"] = {
  percentile: 50,
  blocks: 20,
  minPriorityFeePerGas: 0n,
  baseFeePercent: 200,
  maxFeePerGas: 500n * gwei,
  maxPriorityFeePerGas: 50n * gwei,
};
const usualGas: TransactionTerms["gas"] = { marginPercent: 120, cap: 10_000_000n };

/** @throws USAGE */
export function termsOf(flags: TermFlags, network: Pick<NetworkView, "finality">, written: TermsTable): TransactionTerms {
  const gas = over(usualGas, written.gas);
  return {
    gas: over(gas, { cap: readCount(flags.gasCap, "--gas-cap", { least: 21_000n, most: 10n ** 12n }) }),
    fees: feesOf(flags, over(usualFees, written.fees)),
    finality: readFinality(flags.finality ?? written.confirmations?.toString() ?? network.finality),
    replaceAfterBlocks: 10,
    renewals: 1,
    window: Number(readCount(flags.window, "--window", { least: 1n, most: 16n }) ?? 16n),
  };
}

function feesOf(flags: TermFlags, usual: TransactionTerms["fees"]): TransactionTerms["fees"] {
  const maxFeePerGas = readFee(flags.maxFeePerGas, "--max-fee-per-gas") ?? usual.maxFeePerGas;
  const tip = readFee(flags.maxPriorityFeePerGas, "--max-priority-fee-per-gas");
  if (tip !== undefined && tip > maxFeePerGas) throw usage("--max-priority-fee-per-gas is more than --max-fee-per-gas");
  const maxPriorityFeePerGas = tip ?? (usual.maxPriorityFeePerGas < maxFeePerGas ? usual.maxPriorityFeePerGas : maxFeePerGas);
  if (maxPriorityFeePerGas < usual.minPriorityFeePerGas)
    throw usage("the ceiling of the tip is less than min_priority_fee_per_gas of the network in mfm.toml");
  return { ...usual, maxFeePerGas, maxPriorityFeePerGas };
}

/** Where nothing is written, what is usual. */
function over<T extends object>(usual: T, written: { readonly [name in keyof T]?: T[name] | undefined }): T {
  return { ...usual, ...Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) };
}

/** `safe`, `finalized`, or after how many blocks; `latest` is the block itself. */
function readFinality(text: string): TransactionTerms["finality"] {
  if (text === "safe" || text === "finalized") return { kind: "tag", tag: text };
  if (text !== "latest" && !/^[0-9]+$/.test(text))
    throw usage(`--finality ${JSON.stringify(text)} is none of safe, finalized, latest or a number of blocks`, { option: "--finality" });
  const blocks = text === "latest" ? 1n : readCount(text, "--finality", { least: 1n, most: 10_000n });
  return { kind: "depth", blocks: Number(blocks) };
}

/** Wei, or with `gwei`. @throws USAGE */
export function readFee(text: string | undefined, option: string): bigint | undefined {
  if (text === undefined) return undefined;
  const fee = parseFee(text);
  if (fee !== undefined) return fee;
  throw usage(`${option} ${JSON.stringify(text)} is no fee: wei per gas, or such as 30gwei`, { option });
}

function readCount(
  text: string | undefined,
  option: string,
  { least, most }: { readonly least: bigint; readonly most: bigint },
): bigint | undefined {
  if (text === undefined) return undefined;
  const count = /^[0-9]{1,15}$/.test(text) ? BigInt(text) : -1n;
  if (count >= least && count <= most) return count;
  throw usage(`${option} ${JSON.stringify(text)} is no whole number from ${least} to ${most}`, { option });
}
