/** The scanner on a real chain: what it answers about honest and hostile contracts, compared with what each of them answers when asked alone. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeFunctionData, parseAbi } from "viem";
import { scannerCode } from "../../src/states/evm/scanner-code.ts";
import {
  type BalanceQuestion,
  type CallQuestion,
  decodeBalances,
  decodeCalls,
  encodeBalances,
  encodeCalls,
  scannerAddress,
} from "../../src/states/evm/scanner.ts";
import { type DevChain, startDevChain } from "../../src/testing/index.ts";

const balanceOf = (account: string): string => `0x70a08231${account.slice(2).toLowerCase().padStart(64, "0")}`;
const selectors = { symbol: "0x95d89b41", decimals: "0x313ce567", latestRoundData: "0xfeaf968c" };

describe("scanner on a chain", () => {
  let chain: DevChain;
  let other: string;
  before(async () => {
    chain = await startDevChain();
    other = chain.accounts[5] ?? "";
  });
  after(async () => chain.stop());

  /** One call of the scanner at a block. */
  async function scan(data: string, { gas = 30_000_000, block = "latest" }: { gas?: number; block?: unknown } = {}): Promise<string> {
    const overrides = { [scannerAddress]: { code: scannerCode } };
    return (await chain.rpc("eth_call", [{ to: scannerAddress, data, gas: `0x${gas.toString(16)}` }, block, overrides])) as string;
  }

  async function balances(question: Partial<BalanceQuestion>, options: { gas?: number; block?: unknown } = {}) {
    const whole = { accounts: [chain.holder], tokens: [], native: false, gasPerCall: 500_000, ...question };
    const found = decodeBalances(await scan(encodeBalances(whole), options), whole);
    assert.equal(found.kind, "decoded");
    return found;
  }

  async function calls(question: Partial<CallQuestion> & Pick<CallQuestion, "calls">, options: { gas?: number } = {}) {
    const whole = { gasPerCall: 500_000, maxReturn: 320, ...question };
    const found = decodeCalls(await scan(encodeCalls(whole), options), whole);
    assert.equal(found.kind, "decoded");
    return found;
  }

  it("reads what each token answers when it is asked alone, for each account", async () => {
    const accounts = [chain.holder, other];
    const tokens = chain.tokens.map(({ address }) => address);
    const { native, tokens: found } = await balances({ accounts, tokens, native: true });
    for (const [index, to] of tokens.entries()) {
      for (const [at, account] of accounts.entries()) {
        const value = BigInt((await chain.rpc("eth_call", [{ to, data: balanceOf(account) }, "latest"])) as string);
        assert.deepEqual(found[index]?.[at], value === 0n ? { kind: "zero" } : { kind: "ok", value });
      }
      assert.deepEqual(
        found[index]?.[0],
        chain.tokens[index]?.held === 0n ? { kind: "zero" } : { kind: "ok", value: chain.tokens[index]?.held },
      );
    }
    for (const [at, account] of accounts.entries()) {
      const value = BigInt((await chain.rpc("eth_getBalance", [account, "latest"])) as string);
      assert.deepEqual(native[at], { kind: "ok", value });
    }
  });

  it("says on which block it ran, also for one of the past and by its hash", async () => {
    for (const number of ["0x1", "0x2", "latest"]) {
      const block = (await chain.rpc("eth_getBlockByNumber", [number, false])) as { [name: string]: string };
      const expected = {
        number: BigInt(block["number"] ?? ""),
        timestamp: BigInt(block["timestamp"] ?? ""),
        chainId: 31337n,
        parentHash: block["parentHash"],
      };
      assert.deepEqual((await balances({}, { block: { blockHash: block["hash"], requireCanonical: true } })).attestation, expected);
      assert.deepEqual((await balances({}, { block: number })).attestation, expected);
    }
  });

  it("gives each odd token its own answer, and keeps the rest right", async () => {
    const odd = chain.oddTokens;
    const good = chain.tokens[0]?.address ?? "";
    const one = { kind: "ok", value: 10n ** 18n };
    const expected: readonly (readonly [string, unknown])[] = [
      [odd.RevertingToken, { kind: "reverted", cause: "revert" }],
      [odd.GasBurnerToken, { kind: "reverted", cause: "out_of_gas" }],
      [odd.EmptyReturnToken, { kind: "malformed", size: 0, head: "0x" }],
      [odd.ShortReturnToken, { kind: "malformed", size: 31, head: `0x${"ff".repeat(31)}` }],
      [odd.HugeReturnToken, { kind: "reverted", cause: "out_of_gas" }],
      [odd.HugeRevertToken, { kind: "reverted", cause: "out_of_gas" }],
      [odd.Bytes32SymbolToken, one],
      [odd.Decimals77Token, one],
      [odd.HomoglyphToken, one],
      [odd.MaxBalanceToken, { kind: "ok", value: 2n ** 256n - 1n }],
      [odd.CostlyProxyToken, one],
      [odd.StarvingToken, one],
      [other, { kind: "no_code" }],
      [`0x${"00".repeat(19)}04`, { kind: "no_code" }],
    ];
    const mixed = expected.flatMap(([address]) => [address, good]);
    const { tokens } = await balances({ tokens: mixed });
    for (const [index, [, answer]] of expected.entries()) {
      assert.deepEqual(tokens[2 * index], [answer]);
      assert.deepEqual(tokens[2 * index + 1], [{ kind: "ok", value: chain.tokens[0]?.held }]);
    }
  });

  it("reads the size of a megabyte and does not carry it, where there is gas for a megabyte", async () => {
    const { HugeReturnToken, HugeRevertToken } = chain.oddTokens;
    const { tokens } = await balances({ tokens: [HugeReturnToken, HugeRevertToken], gasPerCall: 4_000_000 });
    assert.deepEqual(tokens, [
      [{ kind: "malformed", size: 1_000_000, head: `0x${"00".repeat(32)}` }],
      [{ kind: "reverted", cause: "revert" }],
    ]);
  });

  it("takes a token that needs more gas than it is given for out of gas, also where it would answer zero", async () => {
    const { CostlyProxyToken, StarvingToken } = chain.oddTokens;
    const starved = { kind: "reverted", cause: "out_of_gas" };
    const { tokens } = await balances({ tokens: [CostlyProxyToken, StarvingToken], gasPerCall: 100_000 });
    assert.deepEqual(tokens, [[starved], [starved]]);
  });

  it("stops before a call that it could not give all its gas, and returns what it has", async () => {
    const { GasBurnerToken } = chain.oddTokens;
    const good = chain.tokens[0]?.address ?? "";
    const tokens = [good, GasBurnerToken, GasBurnerToken, GasBurnerToken, good, good];
    for (let gas = 700_000; gas < 2_200_000; gas += 37_501) {
      const found = (await balances({ tokens }, { gas })).tokens.flat();
      const attempted = found.findIndex(({ kind }) => kind === "not_attempted");
      const answers = found.slice(0, attempted < 0 ? undefined : attempted);
      for (const [index, answer] of answers.entries()) {
        const expected = tokens[index] === good ? { kind: "ok", value: chain.tokens[0]?.held } : { kind: "reverted", cause: "out_of_gas" };
        assert.deepEqual(answer, expected, `gas ${gas}, token ${index}`);
      }
      assert.deepEqual(
        found.slice(answers.length),
        tokens.slice(answers.length).map(() => ({ kind: "not_attempted" })),
      );
    }
  });

  it("sends and receives less than 13 kB each for 200 balances", async () => {
    const { tokens } = chain;
    const question = {
      accounts: [chain.holder],
      tokens: Array.from({ length: 200 }, (_, index) => tokens[index % tokens.length]?.address ?? ""),
      native: true,
      gasPerCall: 500_000,
    };
    const asked = encodeBalances(question);
    const answer = await scan(asked);
    assert.ok(asked.length + scannerCode.length < 13_000, `${asked.length + scannerCode.length}`);
    assert.ok(answer.length < 13_000, `${answer.length}`);
    const found = decodeBalances(answer, question);
    assert.ok(found.kind === "decoded" && found.tokens.length === 200);
  });

  it("makes calls, and brings back the beginning and the size of what they return or revert with", async () => {
    const { Bytes32SymbolToken, RevertingToken, HugeReturnToken, GasBurnerToken } = chain.oddTokens;
    const feed = chain.feeds[0]?.address ?? "";
    const list = [
      { to: Bytes32SymbolToken, data: selectors.symbol },
      { to: RevertingToken, data: balanceOf(other) },
      { to: HugeReturnToken, data: selectors.decimals },
      { to: GasBurnerToken, data: balanceOf(other) },
      { to: other, data: "0x" },
      { to: feed, data: selectors.latestRoundData },
    ];
    const alone = async (call: { to: string; data: string } | undefined): Promise<string> =>
      ((await chain.rpc("eth_call", [call, "latest"])) as string).slice(0, 2 + 2 * 160);
    // Error(string)
    const reason = `0x08c379a0${"20".padStart(64, "0")}${"12".padStart(64, "0")}${Buffer.from("no balance for you").toString("hex").padEnd(64, "0")}`;
    const { calls: found, attestation } = await calls({ calls: list, gasPerCall: 3_000_000, maxReturn: 160 });
    assert.deepEqual(found, [
      { kind: "returned", size: 32, data: `0x${Buffer.from("MKRL").toString("hex").padEnd(64, "0")}` },
      { kind: "reverted", size: 100, data: reason },
      { kind: "returned", size: 1_000_000, data: await alone(list[2]) },
      { kind: "out_of_gas" },
      { kind: "no_code" },
      { kind: "returned", size: 160, data: await alone(list[5]) },
    ]);
    const short = await calls({ calls: list.slice(1, 2), maxReturn: 8 });
    assert.deepEqual(short.calls, [{ kind: "reverted", size: 100, data: "0x08c379a000000000" }]);
    assert.equal(attestation.chainId, 31337n);
    // One burns 3 million, one spends 2 million on its megabyte: too little is left for the last three.
    const few = await calls({ calls: list.slice(3).concat(list), gasPerCall: 3_000_000, maxReturn: 160 }, { gas: 7_000_000 });
    assert.equal(few.calls.filter(({ kind }) => kind === "not_attempted").length, 3);
  });

  it("pays for the memory that large answers need before it makes a call", async () => {
    const list = Array.from({ length: 12 }, () => ({ to: chain.oddTokens.HugeReturnToken, data: selectors.symbol }));
    const made: number[] = [];
    for (let gas = 3_200_000; gas < 36_000_000; gas += 1_300_001) {
      const { calls: found } = await calls({ calls: list, gasPerCall: 2_500_000, maxReturn: 65_535 }, { gas });
      const returned = found.filter(({ kind }) => kind === "returned").length;
      assert.ok(found.every((call, index) => call.kind === (index < returned ? "returned" : "not_attempted")));
      made.push(returned);
    }
    assert.deepEqual(
      made,
      made.toSorted((left, right) => left - right),
    );
    assert.equal(made.at(-1), 12);
  });

  it("cannot be made to change anything, not even within its own call", async () => {
    const to = chain.feeds[0]?.address ?? "";
    const read = { to, data: selectors.latestRoundData };
    const set = encodeFunctionData({ abi: parseAbi(["function set(uint80,int256,uint256,uint80)"]), args: [9n, 1n, 1n, 9n] });
    const found = (await calls({ calls: [read, { to, data: set }, read] })).calls;
    assert.equal(found[1]?.kind, "out_of_gas");
    assert.deepEqual(found[0], found[2]);
  });

  it("refuses what is not a question", async () => {
    const question = encodeBalances({ accounts: [other], tokens: [], native: true, gasPerCall: 100_000 });
    for (const data of ["0x", "0x03", "0x0102", `${question}00`, question.slice(0, -2)])
      await assert.rejects(scan(data), { code: "DEV_CHAIN_CALL_FAILED" });
  });
});
