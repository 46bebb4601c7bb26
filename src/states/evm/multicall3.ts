/**
 * Multicall3, the contract that stands at one address on most chains: what is sent to its `aggregate3`, and how the answer is read. Every
 * question to it also asks which block it runs on. @see https://github.com/mds1/multicall
 */
import type { Hex, Question } from "./asking.ts";
import { type Returned, readWord } from "./returned.ts";
import type { Attestation } from "./scanner.ts";

export const multicall3: Hex = "0xcA11bde05977b3631167028862bE2a173976CA11";

const aggregate3 =
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[])";

/** The ABI coder is loaded where it is needed only: most networks are read without it. */
async function loadCoder() {
  const { parseAbi, encodeFunctionData, decodeFunctionResult } = await import("viem/utils");
  return { abi: parseAbi([aggregate3]), encodeFunctionData, decodeFunctionResult };
}

const selectors = {
  getBlockNumber: "42cbb15c",
  getCurrentBlockTimestamp: "0f28c97d",
  getChainId: "3408e470",
  getBlockHash: "ee82ac5e",
  getEthBalance: "4d2301cc",
} as const;
const attesting = 4;

/** A pairing check of so many points at infinity. @see EIP-197, and EIP-1108 for the price */
const pairs = 60;
export const pairing: Hex = "0x0000000000000000000000000000000000000008";
export const pairingGas = 45_000 + 34_000 * pairs;

/**
 * The last call of every batch, which fails with less gas than its price. Where it succeeds, every call before it had at least as much: a
 * contract that hides its own starvation behind an answer, such as zero, had no cause to.
 */
const starvationTest = { target: pairing, allowFailure: true, callData: `0x${"00".repeat(192 * pairs)}` } as const;

/** `failed`: it reverted, or needed more gas than there was: from here nobody can tell which. */
export type MulticallResult = ({ readonly kind: "returned" } & Returned) | { readonly kind: "failed" };

/** The calldata for the questions at the block of this number. */
export async function encodeMulticall(questions: readonly Question[], number: bigint): Promise<Hex> {
  const { abi, encodeFunctionData } = await loadCoder();
  const parent = number === 0n ? 0n : number - 1n;
  const own: Hex[] = [
    `0x${selectors.getBlockNumber}`,
    `0x${selectors.getCurrentBlockTimestamp}`,
    `0x${selectors.getChainId}`,
    `0x${selectors.getBlockHash}${parent.toString(16).padStart(64, "0")}`,
  ];
  const calls = [
    ...own.map((callData) => ({ target: multicall3, allowFailure: true, callData })),
    ...questions.map(callOf),
    starvationTest,
  ];
  return encodeFunctionData({ abi, functionName: "aggregate3", args: [calls] });
}

function callOf(question: Question): { readonly target: Hex; readonly allowFailure: boolean; readonly callData: Hex } {
  if (question.kind === "call") return { target: question.to, allowFailure: true, callData: question.data };
  return {
    target: multicall3,
    allowFailure: true,
    callData: `0x${selectors.getEthBalance}${question.account.slice(2).toLowerCase().padStart(64, "0")}`,
  };
}

export interface DecodedMulticall {
  readonly attestation: Attestation;
  /** One for each question. */
  readonly results: readonly MulticallResult[];
  /** Whether no question starved: only then do the results say anything. */
  readonly isFed: boolean;
}

/** What an answer to `count` questions says; undefined where it is not Multicall3's, as where it does not stand. */
export async function decodeMulticall(data: Hex, count: number): Promise<DecodedMulticall | undefined> {
  const { abi, decodeFunctionResult } = await loadCoder();
  let rows: readonly { readonly success: boolean; readonly returnData: Hex }[];
  try {
    rows = decodeFunctionResult({ abi, functionName: "aggregate3", data });
  } catch {
    return undefined;
  }
  const results = rows.map(({ success, returnData }): MulticallResult =>
    success ? { kind: "returned", size: (returnData.length - 2) / 2, head: returnData } : { kind: "failed" },
  );
  const [number, timestamp, chainId, parent] = results.slice(0, attesting).map(wordOf);
  if (results.length !== attesting + count + 1) return undefined;
  if (number === undefined || timestamp === undefined || chainId === undefined || parent === undefined) return undefined;
  const parentHash: Hex = `0x${parent.toString(16).padStart(64, "0")}`;
  const isFed = results.at(-1)?.kind === "returned";
  return { attestation: { number, timestamp, chainId, parentHash }, results: results.slice(attesting, -1), isFed };
}

function wordOf(result: MulticallResult): bigint | undefined {
  return result.kind === "returned" ? readWord(result) : undefined;
}
