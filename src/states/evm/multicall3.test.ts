import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { decodeFunctionData, encodeFunctionData, encodeFunctionResult } from "viem/utils";
import { multicallAbi as abi } from "../../../test/evm/model-chain.ts";
import type { Hex, Question } from "./asking.ts";
import { decodeMulticall, encodeMulticall, multicall3 } from "./multicall3.ts";

const account = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
const questions: readonly Question[] = [
  { kind: "call", to: account, data: "0x01020304" },
  { kind: "balance", account },
];
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const answer = (rows: readonly Hex[]): Hex =>
  encodeFunctionResult({ abi, functionName: "aggregate3", result: rows.map((returnData) => ({ success: true, returnData })) });

describe("multicall3", () => {
  it("asks for the block before it asks the questions, every one of which may fail", async () => {
    const { args } = decodeFunctionData({ abi, data: await encodeMulticall(questions, 100n) });
    const encoded = (functionName: "getBlockNumber" | "getCurrentBlockTimestamp" | "getChainId"): Hex =>
      encodeFunctionData({ abi, functionName });
    assert.deepEqual(args, [
      [
        { target: multicall3, allowFailure: true, callData: encoded("getBlockNumber") },
        { target: multicall3, allowFailure: true, callData: encoded("getCurrentBlockTimestamp") },
        { target: multicall3, allowFailure: true, callData: encoded("getChainId") },
        { target: multicall3, allowFailure: true, callData: encodeFunctionData({ abi, functionName: "getBlockHash", args: [99n] }) },
        { target: account, allowFailure: true, callData: "0x01020304" },
        { target: multicall3, allowFailure: true, callData: encodeFunctionData({ abi, functionName: "getEthBalance", args: [account] }) },
        { target: "0x0000000000000000000000000000000000000008", allowFailure: true, callData: `0x${"00".repeat(192 * 60)}` },
      ],
    ]);
    await assert.doesNotReject(encodeMulticall(questions, 0n));
  });

  it("reads the block and one result for each question", async () => {
    const rows = [word(100n), word(7n), word(1n), word(0xabcn), "0x0102", word(5n), word(1n)] as const;
    assert.deepEqual(await decodeMulticall(answer(rows), 2), {
      attestation: { number: 100n, timestamp: 7n, chainId: 1n, parentHash: word(0xabcn) },
      results: [
        { kind: "returned", size: 2, head: "0x0102" },
        { kind: "returned", size: 32, head: word(5n) },
      ],
      isFed: true,
    });
  });

  it("says where the last call failed for want of gas", async () => {
    const rows = [word(100n), word(7n), word(1n), word(2n), word(5n)].map((returnData) => ({ success: true, returnData }));
    const starved = encodeFunctionResult({ abi, functionName: "aggregate3", result: [...rows, { success: false, returnData: "0x" }] });
    assert.equal((await decodeMulticall(starved, 1))?.isFed, false);
  });

  it("takes any other answer for none", async () => {
    const rows = [word(100n), word(7n), word(1n), word(2n), "0x", "0x", word(1n)] as const;
    assert.equal(await decodeMulticall("0x", 2), undefined);
    assert.equal(await decodeMulticall(answer(rows), 3), undefined);
    assert.equal(await decodeMulticall(answer(rows), 1), undefined);
    assert.equal(await decodeMulticall(answer(["0x", ...rows.slice(1)]), 2), undefined);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        assert.equal(await decodeMulticall(`0x${Buffer.from(bytes).toString("hex")}`, 2), undefined);
      }),
    );
  });
});
