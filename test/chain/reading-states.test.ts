/**
 * The states that read a chain, on a real one: pin, scan, feed and proof, each against what raw JSON-RPC says at the same block; and what
 * hostile tokens and a reorganisation do to them.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeFunctionData, getAddress, parseAbi } from "viem/utils";
import { multicall3 } from "../../src/states/evm/multicall3.ts";
import { pinBlock } from "../../src/states/evm/pin-block.ts";
import type { Pin } from "../../src/states/evm/pinned.ts";
import { proveBalances } from "../../src/states/portfolio/prove-balances.ts";
import { readFeed } from "../../src/states/portfolio/read-feed.ts";
import type { Answer, Readings } from "../../src/states/portfolio/readings.ts";
import { scanBalances } from "../../src/states/portfolio/scan-balances.ts";
import { type DevChain, runState, startDevChain } from "../../src/testing/index.ts";
import type { HttpProvider } from "../../src/transports/evm/http-provider.ts";
import { type EvmClient, asking, providerAt } from "../evm/asking.ts";

type Hex = `0x${string}`;
const network = "eip155:31337";

let chain: DevChain;
let provider: HttpProvider;
let client: EvmClient;
let pin: Pin;
let holder: Hex;
let other: Hex;

const rpc = async <T>(method: string, ...params: unknown[]): Promise<T> => (await chain.rpc(method, params)) as T;
const balanceOf = (account: string): Hex => `0x70a08231${account.slice(2).toLowerCase().padStart(64, "0")}`;
const tag = { kind: "tag", tag: "latest" } as const;

async function pinLatest(): Promise<Pin> {
  const output = await runState(pinBlock, { config: { network, block: tag, onSourceFailure: "pause" }, facts: { chain: client } });
  assert.ok(output.kind === "pinned");
  return output;
}

before(async () => {
  chain = await startDevChain();
  provider = providerAt(chain.url);
  client = asking([provider]).chain;
  [holder, other] = [getAddress(chain.holder), getAddress(chain.accounts[5] ?? "")];
  pin = await pinLatest();
  // What comes after the pin must not be in any answer.
  const [from, spender] = chain.accounts;
  await rpc("eth_sendTransactionSync", { from, to: holder, value: "0xde0b6b3a7640000" });
  const transfer = encodeFunctionData({ abi: parseAbi(["function transfer(address,uint256)"]), args: [other, 1n] });
  await rpc("eth_sendTransactionSync", { from: spender, to: chain.tokens[0]?.address, data: transfer });
});
after(async () => {
  await provider.close();
  await chain.stop();
});

/** What the chain is asked in: with all that a node has, without state overrides, and without Multicall3 too. */
const regimes = {
  scanner: () => client,
  multicall3: () => ({
    ...client,
    call: async (request) => (request.code === undefined ? client.call(request) : { kind: "no_overrides" }),
  }),
  calls: () => ({
    ...client,
    call: async (request) => {
      if (request.code !== undefined) return { kind: "no_overrides" };
      return request.to === multicall3 ? { kind: "ok", data: "0x" } : client.call(request);
    },
  }),
} as const satisfies Record<string, () => EvmClient>;

async function scan(tokens: readonly string[], facts: EvmClient = client): Promise<Readings> {
  return runState(scanBalances, {
    config: {
      accounts: [holder, other],
      tokens: tokens.map((token) => getAddress(token)),
      native: true,
      onSourceFailure: "pause",
    },
    input: { pin },
    facts: { chain: facts },
  });
}

/** The answer for an account, zero where it is listed as such. */
function answerFor({ readings, zero }: Readings, account: string, token?: string): Answer | "zero" | undefined {
  const found = readings.find(
    (reading) => reading.account === account && (reading.asset.kind === "native" ? undefined : reading.asset.address) === token,
  );
  if (found !== undefined) return found.answer;
  const zeros = zero.find((entry) => entry.account === account);
  const isZero = token === undefined ? zeros?.native === true : zeros?.tokens.some((address) => address === token) === true;
  return isZero ? "zero" : undefined;
}

describe("states on a chain", () => {
  it("the pin is the block that the node names, its hash recomputed", async () => {
    const finalized = { kind: "tag", tag: "finalized" } as const;
    const output = await runState(pinBlock, { config: { network, block: finalized, onSourceFailure: "pause" }, facts: { chain: client } });
    const block = await rpc<{ readonly [name: string]: Hex }>("eth_getBlockByNumber", "finalized", false);
    assert.deepEqual(output, {
      kind: "pinned",
      network,
      block: { number: BigInt(block["number"] ?? ""), hash: block["hash"] },
      parentHash: block["parentHash"],
      stateRoot: block["stateRoot"],
      timestamp: new Date(Number(block["timestamp"]) * 1000).toISOString(),
      header: "recomputed",
      sources: 1,
    });
  });

  it("a number that is not there yet is unknown", async () => {
    const block = { kind: "number", number: 10n ** 9n } as const;
    const pinning = runState(pinBlock, { config: { network, block, onSourceFailure: "pause" }, facts: { chain: client } });
    await assert.rejects(pinning, { code: "BLOCK_UNKNOWN" });
  });

  for (const via of ["scanner", "multicall3", "calls"] as const) {
    it(`every number is what the node says at the pinned block (${via})`, async () => {
      const tokens = chain.tokens.map(({ address }) => address);
      const found = await scan(tokens, regimes[via]());
      assert.deepEqual([found.via, found.attested], [via, via !== "calls"]);
      const number = `0x${pin.block.number.toString(16)}`;
      for (const account of [holder, other]) {
        const native = BigInt(await rpc<Hex>("eth_getBalance", account, number));
        assert.deepEqual(answerFor(found, account), { kind: "ok", value: native });
        for (const token of tokens) {
          const value = BigInt(await rpc<Hex>("eth_call", { to: token, data: balanceOf(account) }, number));
          assert.deepEqual(answerFor(found, account, token), value === 0n ? "zero" : { kind: "ok", value });
        }
      }
      const known = found.tokens.map(({ address, decimals, symbol, name }) => ({
        address,
        decimals: decimals.kind === "ok" ? decimals.decimals : decimals,
        symbol: symbol.kind === "ok" ? symbol.text : symbol,
        name: name.kind === "ok" ? name.text : name,
      }));
      const held = chain.tokens.filter((token) => token.held > 0n);
      assert.deepEqual(
        known,
        held.map(({ address, decimals, symbol, name }) => ({ address, decimals, symbol, name })),
      );
    });

    it(`each hostile token becomes its row and leaves the others right (${via})`, async () => {
      const odd = chain.oddTokens;
      const good = chain.tokens[0]?.address ?? "";
      const one: Answer = { kind: "ok", value: 10n ** 18n };
      // A plain call cannot tell a megabyte returned from a megabyte thrown.
      const unread: Answer = { kind: "malformed", size: 524_288, head: "0x" };
      const isScanned = via === "scanner";
      const expected: readonly (readonly [string, Answer])[] = [
        [odd.RevertingToken, { kind: "reverted", cause: "revert" }],
        [odd.GasBurnerToken, { kind: "reverted", cause: "out_of_gas" }],
        [odd.EmptyReturnToken, { kind: "malformed", size: 0, head: "0x" }],
        [odd.ShortReturnToken, { kind: "malformed", size: 31, head: `0x${"ff".repeat(31)}` }],
        [odd.HugeReturnToken, isScanned ? { kind: "malformed", size: 1_000_000, head: `0x${"00".repeat(32)}` } : unread],
        [odd.HugeRevertToken, isScanned ? { kind: "reverted", cause: "revert" } : unread],
        [odd.Bytes32SymbolToken, one],
        [odd.Decimals77Token, one],
        [odd.HugeDecimalsToken, one],
        [odd.ControlCharactersToken, one],
        [odd.HomoglyphToken, one],
        [odd.UrlSymbolToken, one],
        [odd.MaxBalanceToken, { kind: "ok", value: 2n ** 256n - 1n }],
        [odd.CostlyProxyToken, one],
        [odd.StarvingToken, one],
        [getAddress(`0x${"0".repeat(37)}bad`), { kind: "no_code" }],
      ];
      const found = await scan([...expected.map(([address]) => address), good], regimes[via]());
      for (const [address, answer] of expected)
        for (const account of [holder, other]) assert.deepEqual(answerFor(found, account, address), answer, address);
      assert.deepEqual(answerFor(found, holder, good), { kind: "ok", value: chain.tokens[0]?.held });
      const says = (address: string) => found.tokens.find((token) => token.address === address);
      assert.deepEqual(says(odd.Bytes32SymbolToken)?.symbol, { kind: "ok", text: "MKRL", form: "bytes32", cut: false });
      assert.deepEqual(says(odd.Decimals77Token)?.decimals, { kind: "unusable", value: 77n });
      assert.deepEqual(says(odd.HugeDecimalsToken)?.decimals, { kind: "unusable", value: 2n ** 200n });
      assert.deepEqual(says(odd.ControlCharactersToken)?.symbol, { kind: "ok", text: "\u001b[2J\u0007US\0DC", form: "string", cut: false });
      assert.deepEqual(says(odd.HomoglyphToken)?.symbol, { kind: "ok", text: "USD\u0421", form: "string", cut: false });
    });
  }

  it("a price is the feed's at the pinned block", async () => {
    const feed = chain.feeds[0];
    assert.ok(feed !== undefined);
    const address = getAddress(feed.address);
    const config = { quote: "USD", symbol: "ETH", address, maxAgeSeconds: 86_400, onSourceFailure: "pause" } as const;
    const read = async (at: Pin) => runState(readFeed, { config, input: { pin: at }, facts: { chain: client } });
    assert.deepEqual(await read(pin), { kind: "ok", quote: "USD", symbol: "ETH", unitPrice: "2500" });
    const set = encodeFunctionData({ abi: parseAbi(["function set(uint80,int256,uint256,uint80)"]), args: [2n, -1n, 1n, 2n] });
    await rpc("eth_sendTransactionSync", { from: holder, to: address, data: set });
    assert.deepEqual(await read(await pinLatest()), { kind: "unusable", quote: "USD", symbol: "ETH", why: "not_positive" });
    assert.deepEqual(await read(pin), { kind: "ok", quote: "USD", symbol: "ETH", unitPrice: "2500" });
  });

  it("balances are proven wherever a token keeps them, and none that has no place of its own", async () => {
    const odd = [chain.oddTokens.MaxBalanceToken, chain.oddTokens.CostlyProxyToken];
    const page = await scan([...chain.tokens.map(({ address }) => address), ...odd]);
    const held = chain.tokens
      .filter((token) => token.held > 0n)
      .map(({ address }) => ({ account: holder, asset: { kind: "erc20", address } }));
    const natives = [holder, other].map((account) => ({ account, asset: { kind: "native" } }));
    const prove = async (facts: EvmClient) =>
      (await runState(proveBalances, { config: { onSourceFailure: "pause" }, input: { pin, readings: page }, facts: { chain: facts } }))
        .proven;
    assert.deepEqual(await prove(client), [...natives, ...held]);
    const blind: EvmClient = { ...client, accessList: async () => ({ kind: "unsupported" }) };
    const large = chain.tokens.find(({ contract }) => contract === "LargeSlotToken")?.address;
    assert.deepEqual(await prove(blind), [...natives, ...held.filter(({ asset }) => asset.address !== large)]);
  });

  it("a pin that a reorganisation took away is lost, and never read from another block", async () => {
    const before = pin;
    await rpc("anvil_mine", "0x2");
    pin = await pinLatest();
    try {
      await rpc("anvil_reorg", 3, []);
      const [token] = chain.tokens;
      await assert.rejects(scan([token?.address ?? ""]), { code: "PIN_LOST" });
    } finally {
      pin = before;
    }
  });
});
