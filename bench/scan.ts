/**
 * Reading balances from a chain on this machine: the state with everything around it, against the bare eth_calls that it makes and against
 * viem's multicall, which reads the same through Multicall3. Each is asked in turn, so that a busy machine slows all of them.
 */
import { createPublicClient, erc20Abi, http } from "viem";
import { callBatch } from "../src/app/dev-chain/rpc.ts";
import { executeState } from "../src/kernel/execute.ts";
import type { Json } from "../src/kernel/json.ts";
import type { Hex } from "../src/states/evm/asking.ts";
import { pinBlock } from "../src/states/evm/pin-block.ts";
import type { Pin } from "../src/states/evm/pinned.ts";
import type { Readings } from "../src/states/portfolio/readings.ts";
import { scanBalances } from "../src/states/portfolio/scan-balances.ts";
import { runState } from "../src/testing/index.ts";
import { type EvmClient, asking, providerAt } from "../test/evm/asking.ts";
import { type Line, lineOf } from "./line.ts";
import { median, repeat, time } from "./measure.ts";
import { type ScanChain, startScanChain } from "./scan-chain.ts";

interface Question {
  readonly accounts: readonly Hex[];
  readonly tokens: readonly Hex[];
}

type CallRequest = Parameters<EvmClient["call"]>[0];

interface Readers {
  /** How many balances were read, zeros included. */
  readonly ours: (question: Question) => Promise<number>;
  readonly viem: (question: Question) => Promise<number>;
  /** The very calls that ours makes, and nothing else. */
  readonly bare: (question: Question) => Promise<() => Promise<void>>;
}

export async function measureScan(isQuick: boolean): Promise<Line[]> {
  const count = isQuick ? 1000 : 10_000;
  const scene = await startScanChain(count);
  const provider = providerAt(scene.chain.url);
  try {
    const readers = await readersOf(scene, asking([provider]).chain);
    const [first] = scene.accounts;
    const one = first === undefined ? [] : [first];
    const sizes = [
      { accounts: one, tokens: scene.tokens.slice(0, 200) },
      { accounts: one, tokens: scene.tokens.slice(0, 1000) },
      { accounts: scene.accounts, tokens: scene.tokens.slice(0, 200) },
      { accounts: scene.accounts, tokens: scene.tokens.slice(0, 1000) },
      ...(isQuick ? [] : [{ accounts: one, tokens: scene.tokens }]),
    ];
    const lines: Line[] = [];
    for (const size of sizes) lines.push(...(await compare(readers, size, isQuick ? 7 : 15)));
    for (const burners of [1, 5]) lines.push(...(await countWithBurners(readers, scene, burners)));
    return lines;
  } finally {
    await provider.close();
    await scene.chain.stop();
  }
}

/** Of calldata in one of viem's calls: about 1,800 balances. Twice that is over the gas of a call, and then it reads none of them. */
const viemBatchBytes = 65_536;

async function readersOf({ chain }: ScanChain, client: EvmClient): Promise<Readers> {
  const network = `eip155:${chain.chainId}` as const;
  const latest = { network, block: { kind: "tag", tag: "latest" }, onSourceFailure: "pause" } as const;
  const pin = await runState(pinBlock, { config: latest, facts: { chain: client } });
  if (pin.kind !== "pinned") throw new Error("the chain has a block to pin");
  const viem = createPublicClient({ transport: http(chain.url) });
  const blockNumber = pin.block.number;
  return {
    ours: async (question) => readWith(client, pin, question),
    viem: async ({ accounts, tokens }) => {
      const contracts = tokens.flatMap((address) =>
        accounts.map((account) => ({ address, abi: erc20Abi, functionName: "balanceOf", args: [account] }) as const),
      );
      const multicallAddress = chain.multicall3 as Hex;
      const found = await viem.multicall({ contracts, multicallAddress, blockNumber, batchSize: viemBatchBytes });
      return found.filter(({ status }) => status === "success").length;
    },
    bare: async (question) => {
      const calls: CallRequest[] = [];
      const call = async (request: CallRequest) => {
        calls.push(request);
        return client.call(request);
      };
      await readWith({ ...client, call }, pin, question);
      const requests = calls.map(({ to, data, code }) => ({
        method: "eth_call",
        params: [{ to, data }, { blockHash: pin.block.hash, requireCanonical: true }, { [to]: { code } }],
      }));
      return async () => {
        for (const request of requests) await callBatch(chain.url, [request]);
      };
    },
  };
}

/** As the runtime asks: every request and answer passes its schema. */
async function readWith(client: EvmClient, pin: Pin, { accounts, tokens }: Question): Promise<number> {
  const config = { accounts: [...accounts], tokens: [...tokens], native: false, onSourceFailure: "pause" };
  const data = {
    config: JSON.parse(scanBalances.codecs.config.encode(config)) as Json,
    input: JSON.parse(scanBalances.codecs.input.encode({ pin })) as Json,
  };
  const methods = client as unknown as Readonly<Record<string, (request: unknown) => Promise<unknown>>>;
  const { text } = await executeState(
    scanBalances,
    data,
    async (_need, _capability, method, request) => methods[method]?.(request),
    new AbortController().signal,
  );
  const found = JSON.parse(text) as Pick<Readings, "readings" | "zero">;
  const answered = found.readings.filter(({ answer }) => answer.kind === "ok").length;
  return found.zero.reduce((sum, zeros) => sum + zeros.tokens.length, answered);
}

async function compare(readers: Readers, question: Question, times: number): Promise<Line[]> {
  const balances = question.accounts.length * question.tokens.length;
  const askBare = await readers.bare(question);
  const rounds = await repeat(times + 3, async () => {
    const ours = await time(async () => expectAll(await readers.ours(question), balances));
    const bare = await time(askBare);
    const viem = await time(async () => expectAll(await readers.viem(question), balances));
    return { ours, bare, viem };
  });
  const warm = rounds.slice(3);
  const of = (value: (round: (typeof warm)[number]) => number): number => median(warm.map(value));
  const measure = `${balances.toLocaleString("en")} balances, ${question.accounts.length} account(s)`;
  const over = of(({ ours, bare }) => ours - bare);
  const isBarred = balances === 1000;
  return [
    lineOf({
      benchmark: "scan",
      measure: `${measure}: over the bare calls`,
      value: { amount: over, unit: "ms" },
      reference: { what: "the bare calls", amount: of(({ bare }) => bare), unit: "ms" },
      ...(isBarred ? { bar: { on: "value", limit: 10, sense: "at most" } as const } : {}),
      note: "both with the symbols, names and decimals of what is held: every tenth token",
    }),
    lineOf({
      benchmark: "scan",
      measure,
      value: { amount: of(({ ours }) => ours), unit: "ms" },
      reference: { what: "viem multicall", amount: of(({ viem }) => viem), unit: "ms" },
      ratio: of(({ ours, viem }) => ours / viem),
      note: "viem reads the balances only",
    }),
  ];
}

function expectAll(read: number, balances: number): void {
  if (read !== balances) throw new Error(`${read} of ${balances} balances were read`);
}

async function countWithBurners(readers: Readers, { accounts, tokens, burners }: ScanChain, count: number): Promise<Line[]> {
  const question = { accounts: accounts.slice(0, 1), tokens: [...burners.slice(0, count), ...tokens.slice(0, 200)] };
  const viem = await readers.viem(question);
  return [
    lineOf({
      benchmark: "scan",
      measure: `of 200 tokens, read beside ${count} gas burner(s)`,
      value: { amount: await readers.ours(question), unit: "tokens" },
      note: `viem's multicall reads ${viem}`,
    }),
  ];
}
