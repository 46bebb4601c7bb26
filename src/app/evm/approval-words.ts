/** A transaction that people have to agree to, as they read it: the call decoded by what the step knows of the contract, amounts in the network's asset. */
import type * as z from "zod";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import type { transactionIntent } from "../../capabilities/evm/transaction-intent.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import type { ApprovalRequest } from "../../kernel/runtime/approve.ts";
import { shortSignature } from "../../states/abi/abi-item.ts";
import { type ShownArgument, decodeValues, readFragments, showArguments } from "../../states/evm/fragments.ts";
import { readConfiguration } from "../configuration.ts";
import { networksOf } from "../networks/place-networks.ts";
import type { Place } from "../place.ts";
import { decimalOf } from "./amount.ts";

export interface TransactionWords {
  /** Null where the step knows no function with this selector, or there is no call. */
  readonly call: { readonly signature: string; readonly arguments: readonly ShownArgument[] } | null;
  /** What the step calls the contract that it deploys; null where it deploys none. */
  readonly deploys: string | null;
  /** What is sent along, such as `1.5 ETH`. */
  readonly value: string;
  /** Gas at the ceiling of the fee: what it costs at most, such as `0.0105 ETH`. */
  readonly feeAtMost: string;
}

/** Null of another kind of effect. */
export async function transactionWords(place: Place, { kind, intent, stepConfig }: ApprovalRequest): Promise<TransactionWords | null> {
  if (kind !== evmTransaction.id) return null;
  const read = evmTransaction.codecs.intent.decode(intent, "intent") as z.output<typeof transactionIntent>;
  const { native } = await networksOf(place, await readConfiguration(place)).view(read.network);
  const show = (wei: bigint): string => `${decimalOf(String(wei), native.decimals)} ${native.symbol}`;
  const call = read.to === undefined ? null : decodeCall(read.data, functionsIn(stepConfig));
  const isDeployment = read.to === undefined || read.creates !== undefined;
  const deploys = isDeployment ? (textIn(stepConfig, "contract") ?? "a contract") : null;
  return { call, deploys, value: show(read.value), feeAtMost: show(read.gas * read.fees.maxFeePerGas) };
}

/** Of tokens; a step that pays with one names no function. */
const known = ["transfer(address to, uint256 amount)"];

function textIn(config: Json, name: string): string | undefined {
  if (config === null || typeof config !== "object" || Array.isArray(config)) return undefined;
  const value = (config as { readonly [name: string]: Json })[name];
  return typeof value === "string" ? value : undefined;
}

/** The signatures that a step of any author is configured with, as this package's own are: `signature`, and the lines of `abi`. */
function functionsIn(config: Json): readonly string[] {
  if (config === null || typeof config !== "object" || Array.isArray(config)) return known;
  const { signature, abi } = config as { readonly [name: string]: Json };
  return [...known, ...[signature, abi].flat().filter((line) => typeof line === "string")];
}

function decodeCall(data: `0x${string}`, lines: readonly string[]): TransactionWords["call"] {
  for (const line of lines) {
    const item = functionOf(line, data.slice(0, 10));
    const values = item === undefined ? undefined : decodeValues(item.inputs, `0x${data.slice(10)}`);
    if (item !== undefined && values !== undefined) return { signature: shortSignature(item), arguments: showArguments(item, values) };
  }
  return null;
}

/** What is no signature, where an author means something else by these members, is none. */
function functionOf(line: string, selector: string) {
  try {
    return readFragments([line]).functions.get(selector);
  } catch (error) {
    if (error instanceof MfmError && error.code === "ABI_INVALID") return undefined;
    throw error;
  }
}
