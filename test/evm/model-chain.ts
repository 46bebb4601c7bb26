/**
 * A chain of contracts that behave as told, answering a state's questions as real nodes do: with or without state overrides, with or without
 * Multicall3, with any gas for a call. Real nodes are asked elsewhere; here every regime and every hostile contract meet.
 */
import { decodeFunctionData, encodeFunctionResult, getAddress, parseAbi } from "viem";
import type { evmRead } from "../../src/capabilities/evm/read.ts";
import type { Facts } from "../../src/testing/run-state.ts";
import type { Hex } from "../../src/states/evm/asking.ts";
import { multicall3, pairing, pairingGas } from "../../src/states/evm/multicall3.ts";
import type { Pin } from "../../src/states/evm/pinned.ts";
import { scannerAddress } from "../../src/states/evm/scanner.ts";

/** The simulated answers of `evmRead`. */
export type ChainFacts = NonNullable<Facts<{ chain: typeof evmRead }>["chain"]>;
type CallRequest = Parameters<Extract<ChainFacts["call"], (request: never) => unknown>>[0];
type CallAnswer = Awaited<ReturnType<Extract<ChainFacts["call"], (request: never) => unknown>>>;

/** What a contract does with a question, by the question's calldata. */
export type Contract = (data: Hex) => Behaviour;
export type Behaviour =
  | { readonly kind: "returns"; readonly data: Hex; readonly gas?: number }
  | { readonly kind: "reverts"; readonly gas?: number }
  /** It uses whatever it is given. */
  | { readonly kind: "burns" }
  /** As `returns`, but where the gas is too little it uses it and says zero. */
  | { readonly kind: "hides"; readonly data: Hex; readonly gas: number };

export interface Model {
  readonly pin: Pin;
  readonly contracts: ReadonlyMap<Hex, Contract>;
  readonly natives?: ReadonlyMap<Hex, bigint>;
  readonly overrides: boolean;
  readonly multicall: boolean;
  /** What one eth_call may use. */
  readonly gas: number;
  /** The largest answer that comes through, in bytes. */
  readonly answerBytes: number;
}

/** What the block says of itself, from inside a call. */
export function attestationOf({ network, block, parentHash, timestamp }: Pin): string {
  const seconds = Date.parse(timestamp) / 1000;
  return word(block.number, 8) + word(BigInt(seconds), 8) + word(BigInt(network.slice("eip155:".length)), 32) + parentHash.slice(2);
}

export function word(value: bigint, bytes = 32): string {
  return value.toString(16).padStart(2 * bytes, "0");
}

export interface ModelChain extends ChainFacts {
  readonly call: (request: CallRequest) => CallAnswer;
}

export function modelChain(model: Model): ModelChain {
  return {
    call: (request) => answerCall(model, request),
    balance: ({ account }) => ({ kind: "ok", balance: model.natives?.get(account) ?? 0n }),
    code: ({ account }) => ({ kind: "ok", code: model.contracts.has(account) ? "0x00" : "0x" }),
  };
}

function answerCall(model: Model, { to, data, gas, code }: CallRequest): CallAnswer {
  if (code !== undefined && !model.overrides) return { kind: "no_overrides" };
  const given = gas === undefined ? model.gas : Math.min(model.gas, Number(gas));
  if (to === scannerAddress && code !== undefined) return fit(model, scan(model, Buffer.from(data.slice(2), "hex"), given));
  if (to === multicall3 && model.multicall) return multicall(model, data, given);
  const { result } = execute(model, to, data, given);
  if (result.kind === "returned") return fit(model, result.data);
  return result.kind === "out_of_gas" ? { kind: "out_of_gas" } : { kind: "reverted", data: "0x" };
}

function fit({ answerBytes }: Model, data: Hex): CallAnswer {
  return data.length > 2 + 2 * answerBytes ? { kind: "too_large" } : { kind: "ok", data };
}

interface Executed {
  readonly result: { readonly kind: "returned"; readonly data: Hex } | { readonly kind: "reverted" | "out_of_gas" };
  readonly used: number;
}

const plainCost = 10_000;

function execute({ contracts }: Model, to: Hex, data: Hex, gas: number): Executed {
  const contract = contracts.get(to);
  if (contract === undefined) return { result: { kind: "returned", data: "0x" }, used: 100 };
  const does = contract(data);
  const needs = does.kind === "burns" ? Number.POSITIVE_INFINITY : (does.gas ?? plainCost);
  if (needs > gas && does.kind === "hides") return { result: { kind: "returned", data: `0x${word(0n)}` }, used: gas };
  if (needs > gas) return { result: { kind: "out_of_gas" }, used: gas };
  return { result: "data" in does ? { kind: "returned", data: does.data } : { kind: "reverted" }, used: needs };
}

/** As contracts/Scanner.yul answers. */
function scan(model: Model, input: Buffer, gas: number): Hex {
  const isBalances = input[0] === 1;
  const cap = input.readUInt32BE(isBalances ? 2 : 1);
  const most = isBalances ? 32 : input.readUInt32BE(5);
  const out = [isBalances ? "01" : "02", attestationOf(model.pin)];
  let left = gas;
  for (const question of isBalances ? balancesIn(input) : callsIn(input)) {
    const isNative = question.data === undefined;
    if (left < (isNative ? 0 : (cap * 64) / 63) + 10_000) {
      out.push("44");
      break;
    }
    if (isNative) {
      out.push(packed(model.natives?.get(question.to) ?? 0n));
      continue;
    }
    const { result, used } = execute(model, question.to, question.data, cap);
    left -= used;
    if (!model.contracts.has(question.to)) out.push("40");
    else if (used >= cap - cap / 16) out.push("42");
    else if (result.kind !== "returned") out.push(isBalances ? "41" : "4100000000");
    else if (isBalances && result.data.length === 66) out.push(packed(BigInt(result.data)));
    else out.push((isBalances ? "43" : "45") + word(BigInt((result.data.length - 2) / 2), 4) + result.data.slice(2, 2 + 2 * most));
  }
  return `0x${out.join("")}`;
}

interface Scanned {
  readonly to: Hex;
  /** Undefined: the native balance is asked for. */
  readonly data: Hex | undefined;
}

function balancesIn(input: Buffer): Scanned[] {
  const count = input.readUInt16BE(6);
  const at = (index: number): Hex => addressOf(input.subarray(10 + 20 * index, 30 + 20 * index));
  const accounts = Array.from({ length: count }, (_, index) => at(index));
  const tokens = Array.from({ length: input.readUInt16BE(8) }, (_, index) => at(count + index));
  const natives = input[1] === 1 ? accounts.map((to) => ({ to, data: undefined })) : [];
  const balanceOf = (account: Hex): Hex => `0x70a08231${account.slice(2).toLowerCase().padStart(64, "0")}`;
  return [...natives, ...tokens.flatMap((to) => accounts.map((account) => ({ to, data: balanceOf(account) })))];
}

function callsIn(input: Buffer): Scanned[] {
  const found: Scanned[] = [];
  for (let at = 11; at < input.length;) {
    const size = input.readUInt16BE(at + 20);
    const data = input.subarray(at + 22, at + 22 + size).toString("hex");
    found.push({ to: addressOf(input.subarray(at, at + 20)), data: `0x${data}` });
    at += 22 + size;
  }
  return found;
}

function packed(value: bigint): string {
  const digits = value === 0n ? "" : value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return word(BigInt(even.length / 2), 1) + even;
}

function addressOf(bytes: Buffer): Hex {
  return getAddress(`0x${bytes.toString("hex")}`);
}

/** What is asked of Multicall3. */
export const multicallAbi = parseAbi([
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[])",
  "function getBlockNumber() view returns (uint256)",
  "function getCurrentBlockTimestamp() view returns (uint256)",
  "function getChainId() view returns (uint256)",
  "function getBlockHash(uint256) view returns (bytes32)",
  "function getEthBalance(address) view returns (uint256)",
]);

/** As Multicall3 answers: every call gets 63/64 of what is left, and who gets too little fails like any other. */
function multicall(model: Model, data: Hex, gas: number): CallAnswer {
  const { functionName, args } = decodeFunctionData({ abi: multicallAbi, data });
  if (functionName !== "aggregate3") return { kind: "reverted", data: "0x" };
  let left = gas;
  const rows: { success: boolean; returnData: Hex }[] = [];
  for (const { target, callData } of args[0]) {
    if (target === multicall3) {
      rows.push({ success: true, returnData: multicallSays(model, callData) });
      continue;
    }
    const given = Math.floor((left * 63) / 64);
    if (target === pairing) {
      rows.push({ success: given >= pairingGas, returnData: "0x" });
      continue;
    }
    const { result, used } = execute(model, getAddress(target), callData, given);
    left -= used;
    if (left < 3000) return { kind: "out_of_gas" };
    rows.push(result.kind === "returned" ? { success: true, returnData: result.data } : { success: false, returnData: "0x" });
  }
  return fit(model, encodeFunctionResult({ abi: multicallAbi, functionName: "aggregate3", result: rows }));
}

function multicallSays({ pin, natives }: Model, callData: Hex): Hex {
  const { functionName, args } = decodeFunctionData({ abi: multicallAbi, data: callData });
  switch (functionName) {
    case "getBlockNumber":
      return `0x${word(pin.block.number)}`;
    case "getCurrentBlockTimestamp":
      return `0x${word(BigInt(Date.parse(pin.timestamp) / 1000))}`;
    case "getChainId":
      return `0x${word(BigInt(pin.network.slice("eip155:".length)))}`;
    case "getBlockHash":
      return pin.parentHash;
    case "getEthBalance":
      return `0x${word(natives?.get(getAddress(args[0])) ?? 0n)}`;
    default:
      throw new Error(`Multicall3 is not asked ${functionName} by a call of its own`);
  }
}
