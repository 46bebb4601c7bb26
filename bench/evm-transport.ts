/** Reading a chain: requests per second of `eth_call` through our provider and reader, against bare undici and viem's HTTP transport. */
import { Pool } from "undici";
import { createPublicClient, http } from "viem";
import { startAnvil } from "../test/evm/anvil.ts";
import { asking, machine } from "../test/evm/asking.ts";
import { httpProvider } from "../src/transports/evm/http-provider.ts";
import { type Line, lineOf } from "./line.ts";
import { inParallel, median, repeat, time } from "./measure.ts";

const to = "0x00000000000000000000000000000000000c0de0";
/** Returns the number 42. */
const code = "0x602a60005260206000f3";
const network = "eip155:31337";
const never = new AbortController().signal;

/** One `eth_call`. */
type Ask = () => Promise<unknown>;

/** In turns, so that what else the machine does falls on all. */
export async function measureEvmTransport(isQuick: boolean): Promise<Line[]> {
  const node = await startAnvil();
  await node.rpc("anvil_setCode", to, code);
  await node.rpc("anvil_mine", "0x1");
  const pool = new Pool(node.url, { connections: 32 });
  const provider = httpProvider({ ...machine, ref: "node", url: node.url, concurrency: 32 });
  const { chain } = asking([provider]);
  const client = createPublicClient({ transport: http(node.url) });
  const batching = createPublicClient({ transport: http(node.url, { batch: { batchSize: 100, wait: 0 } }) });
  const pin = await chain.block({ network, block: { kind: "tag", tag: "latest" } });
  if (pin.kind !== "ok") throw new Error(`no pin: ${pin.kind}`);
  const at = { number: pin.header.number, hash: pin.hash };
  const params = [
    { to, data: "0x" },
    { blockHash: at.hash, requireCanonical: true },
  ] as const;
  const post = async (calls: number): Promise<void> => {
    const list = Array.from({ length: calls }, (_, id) => ({ jsonrpc: "2.0", id, method: "eth_call", params }));
    const headers = { "content-type": "application/json" };
    const answer = await pool.request({ path: "/", method: "POST", headers, body: JSON.stringify(calls === 1 ? list[0] : list) });
    await answer.body.json();
  };
  const ours: Ask = () => provider.request("eth_call", params, never);
  const read: Ask = () => chain.call({ network, at, to, data: "0x" });
  const theirs = (which: typeof client) => () => which.request({ method: "eth_call", params: [params[0], params[1]] } as never);
  try {
    const lines: Line[] = [];
    for (const width of [1, 8, 32]) {
      const rates = await compare({ bare: () => post(1), ours, viem: theirs(client), reader: read }, { width, calls: isQuick ? 200 : 600 });
      lines.push(...linesOf(`${width} in flight`, rates));
    }
    const batches = { bare: () => post(100), ours: hundred(ours), viem: hundred(theirs(batching)), reader: hundred(read) };
    const rates = await compare(batches, { width: 4, calls: isQuick ? 8 : 24, of: 100 });
    lines.push(...linesOf("batches of 100, 4 in flight", rates));
    return lines;
  } finally {
    await Promise.all([provider.close(), pool.destroy()]);
    await node.stop();
  }
}

function hundred(ask: Ask): Ask {
  return () => Promise.all(Array.from({ length: 100 }, ask));
}

interface Load {
  readonly width: number;
  readonly calls: number;
  /** Calls in one job. */
  readonly of?: number;
}

type Rates = { readonly bare: number; readonly ours: number; readonly viem: number; readonly reader: number };

/** Calls per second of each, as the median of rounds. */
async function compare(asks: { readonly [name in keyof Rates]: Ask }, { width, calls, of = 1 }: Load): Promise<Rates> {
  const rate = async (ask: Ask): Promise<number> =>
    (calls * of * 1000) / (await time(() => inParallel(calls, width, async () => void (await ask()))));
  const round = async (): Promise<Rates> => ({
    bare: await rate(asks.bare),
    ours: await rate(asks.ours),
    viem: await rate(asks.viem),
    reader: await rate(asks.reader),
  });
  await round();
  const rounds = await repeat(3, round);
  const middle = (name: keyof Rates): number => median(rounds.map((rates) => rates[name]));
  return { bare: middle("bare"), ours: middle("ours"), viem: middle("viem"), reader: middle("reader") };
}

function linesOf(load: string, { bare, ours, viem, reader }: Rates): Line[] {
  const line = (measure: string, amount: number, reference: { readonly amount: number; readonly what: string }): Line =>
    lineOf({
      benchmark: "evm-transport",
      measure: `${measure}, ${load}`,
      value: { amount, unit: "calls/s" },
      reference: { ...reference, unit: "calls/s" },
    });
  return [
    line("provider", ours, { amount: bare, what: "bare undici" }),
    line("reader", reader, { amount: bare, what: "bare undici" }),
    line("provider", ours, { amount: viem, what: "viem http" }),
  ];
}
