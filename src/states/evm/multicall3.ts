/**
 * Multicall3, the contract that stands at one address on most chains: what is sent to its `aggregate3`, and how the answer is read. Every
 * question to it also asks which block it runs on. @see https://github.com/mds1/multicall
 */
import type { Hex, Question } from "./asking.ts";
import { type Returned, readWord } from "./returned.ts";
import type { Attestation } from "./scanner.ts";

export const multicall3: Hex = "0xcA11bde05977b3631167028862bE2a173976CA11";

/** JSON ABI of the one function that is used. */
const abi = [
  {
    type: "function",
    name: "aggregate3",
    stateMutability: "payable",
    inputs: [
      {
        name: "calls",
        type: "tuple[]",
        components: [
          { name: "target", type: "address" },
          { name: "allowFailure", type: "bool" },
          { name: "callData", type: "bytes" },
        ],
      },
    ],
    outputs: [
      {
        name: "returnData",
        type: "tuple[]",
        components: [
          { name: "success", type: "bool" },
          { name: "returnData", type: "bytes" },
        ],
      },
    ],
  },
] as const;

const selectors = {
  getBlockNumber: "42cbb15c",
  getCurrentBlockTimestamp: "0f28c97d",
  getChainId: "3408e470",
  getBlockHash: "ee82ac5e",
  getEthBalance: "4d2301cc",
} as const;
const attesting = 4;

/** `failed`: it reverted, or it starved: from here nobody can tell which. */
export type MulticallResult = ({ readonly kind: "returned" } & Returned) | { readonly kind: "failed" };

/** The calldata for the questions at the block of this number. */
export async function encodeMulticall(questions: readonly Question[], number: bigint): Promise<Hex> {
  const { encodeFunctionData } = await import("viem/utils");
  const parent = number === 0n ? 0n : number - 1n;
  const own: Hex[] = [
    `0x${selectors.getBlockNumber}`,
    `0x${selectors.getCurrentBlockTimestamp}`,
    `0x${selectors.getChainId}`,
    `0x${selectors.getBlockHash}${parent.toString(16).padStart(64, "0")}`,
  ];
  const calls = [...own.map((callData) => ({ target: multicall3, allowFailure: true, callData })), ...questions.map(callOf)];
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

/** The attestation and one result for each of `count` questions; undefined where the answer is not Multicall3's, as where it does not stand. */
export async function decodeMulticall(
  data: Hex,
  count: number,
): Promise<{ readonly attestation: Attestation; readonly results: readonly MulticallResult[] } | undefined> {
  const { decodeFunctionResult } = await import("viem/utils");
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
  if (results.length !== attesting + count) return undefined;
  if (number === undefined || timestamp === undefined || chainId === undefined || parent === undefined) return undefined;
  const parentHash: Hex = `0x${parent.toString(16).padStart(64, "0")}`;
  return { attestation: { number, timestamp, chainId, parentHash }, results: results.slice(attesting) };
}

function wordOf(result: MulticallResult): bigint | undefined {
  return result.kind === "returned" ? readWord(result) : undefined;
}
