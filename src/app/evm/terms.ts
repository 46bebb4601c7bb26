/** The terms of transactions: what flags say, over what fits the network. All of it stands in the spec, so equal commands have equal specs. */
import type { TransactionTerms } from "../../states/evm/terms.ts";
import { usage } from "../failure.ts";
import type { NetworkView } from "../networks/networks.ts";
import { readAmount } from "./amount.ts";

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
const ceilings = { maxFeePerGas: 500n * gwei, maxPriorityFeePerGas: 50n * gwei };
const usualGasCap = 10_000_000n;

/** @throws USAGE */
export function termsOf(flags: TermFlags, network: Pick<NetworkView, "finality">): TransactionTerms {
  const maxFeePerGas = readFee(flags.maxFeePerGas, "--max-fee-per-gas") ?? ceilings.maxFeePerGas;
  const tip = readFee(flags.maxPriorityFeePerGas, "--max-priority-fee-per-gas");
  if (tip !== undefined && tip > maxFeePerGas) throw usage("--max-priority-fee-per-gas is more than --max-fee-per-gas");
  const maxPriorityFeePerGas = tip ?? (ceilings.maxPriorityFeePerGas < maxFeePerGas ? ceilings.maxPriorityFeePerGas : maxFeePerGas);
  return {
    gas: { marginPercent: 120, cap: readCount(flags.gasCap, "--gas-cap", { least: 21_000n, most: 10n ** 12n }) ?? usualGasCap },
    fees: { percentile: 50, blocks: 20, minPriorityFeePerGas: 0n, baseFeePercent: 200, maxFeePerGas, maxPriorityFeePerGas },
    finality: readFinality(flags.finality ?? network.finality),
    replaceAfterBlocks: 10,
    renewals: 1,
    window: Number(readCount(flags.window, "--window", { least: 1n, most: 16n }) ?? 16n),
  };
}

/** `safe`, `finalized`, or after how many blocks; `latest` is the block itself. */
function readFinality(text: string): TransactionTerms["finality"] {
  if (text === "safe" || text === "finalized") return { kind: "tag", tag: text };
  const blocks = text === "latest" ? 1n : readCount(text, "--finality", { least: 1n, most: 10_000n });
  return { kind: "depth", blocks: Number(blocks) };
}

/** Wei, or with `gwei`. @throws USAGE */
export function readFee(text: string | undefined, option: string): bigint | undefined {
  if (text === undefined) return undefined;
  const [, digits = "", unit = ""] = /^([0-9.]+)(gwei)?$/.exec(text) ?? [];
  const read = readAmount(digits, unit === "gwei" ? 9 : 0);
  if ("ok" in read) return read.ok;
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
