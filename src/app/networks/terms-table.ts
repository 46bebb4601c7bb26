/** `[network.NAME.fees]`, `[network.NAME.gas]` and `confirmations` of `mfm.toml`: what transactions of a network may cost and when they are final, where no flag says otherwise. */
import type { TransactionTerms } from "../../states/evm/terms.ts";
import type { TableReader } from "../config-table.ts";
import { parseFee } from "../evm/amount.ts";

type Some<T> = { readonly [name in keyof T]?: T[name] | undefined };

export interface TermsTable {
  readonly fees: Some<TransactionTerms["fees"]>;
  readonly gas: Some<TransactionTerms["gas"]>;
  /** Final after so many blocks, its own included: for a chain that knows neither `safe` nor `finalized`. */
  readonly confirmations?: number | undefined;
}

export function readTermsTable(
  { fees, gas, confirmations }: { readonly [name: string]: unknown },
  at: string,
  reader: TableReader,
): TermsTable {
  return {
    fees: readFees(fees, `${at}.fees`, reader),
    gas: readGas(gas, `${at}.gas`, reader),
    confirmations: reader.count(confirmations, `${at}.confirmations`, { min: 1, max: 10_000 }),
  };
}

function readFees(value: unknown, at: string, reader: TableReader): TermsTable["fees"] {
  const names = ["percentile", "blocks", "base_fee_percent", "min_priority_fee_per_gas", "max_priority_fee_per_gas", "max_fee_per_gas"];
  const table = reader.table(value, at, names);
  const fee = (name: string): bigint | undefined => readFee(table[name], `${at}.${name}`, reader);
  const fees = {
    percentile: reader.count(table["percentile"], `${at}.percentile`, { min: 0, max: 100 }),
    blocks: reader.count(table["blocks"], `${at}.blocks`, { min: 1, max: 100 }),
    baseFeePercent: reader.count(table["base_fee_percent"], `${at}.base_fee_percent`, { min: 100, max: 1000 }),
    minPriorityFeePerGas: fee("min_priority_fee_per_gas"),
    maxPriorityFeePerGas: fee("max_priority_fee_per_gas"),
    maxFeePerGas: fee("max_fee_per_gas"),
  };
  const { minPriorityFeePerGas = 0n, maxPriorityFeePerGas = minPriorityFeePerGas, maxFeePerGas = maxPriorityFeePerGas } = fees;
  if (minPriorityFeePerGas > maxPriorityFeePerGas) reader.note(`${at}.min_priority_fee_per_gas`, "is more than max_priority_fee_per_gas");
  if (maxPriorityFeePerGas > maxFeePerGas) reader.note(`${at}.max_fee_per_gas`, "is less than what a tip may be");
  return fees;
}

function readGas(value: unknown, at: string, reader: TableReader): TermsTable["gas"] {
  const table = reader.table(value, at, ["margin_percent", "cap"]);
  const cap = reader.count(table["cap"], `${at}.cap`, { min: 21_000, max: 10 ** 12 });
  return {
    marginPercent: reader.count(table["margin_percent"], `${at}.margin_percent`, { min: 100, max: 1000 }),
    cap: cap === undefined ? undefined : BigInt(cap),
  };
}

function readFee(value: unknown, at: string, reader: TableReader): bigint | undefined {
  const expected = 'a fee such as "30gwei", or wei, as a text';
  const text = reader.text(value, at, expected);
  if (text === undefined) return undefined;
  return parseFee(text) ?? reader.note(at, `expected ${expected}, found another text`);
}
