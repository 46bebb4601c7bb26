/** A hundred contracts that do not need each other: how long a deployment takes, and how often it asks the node. */
import { startAnvil } from "../test/evm/anvil.ts";
import { startSendProxy } from "../test/evm/send-proxy.ts";
import { type Line, lineOf } from "./line.ts";
import { median, repeat } from "./measure.ts";
import { ignition, installDeployers } from "./peers/crash-matrix/deployers.ts";
import { mfm } from "./peers/crash-matrix/mfm.ts";
import { orderContracts } from "./peers/crash-matrix/mfm-order.ts";
import { chainId, readDeeds } from "./peers/crash-matrix/task.ts";
import { runCommand, type Tool } from "./peers/crash-matrix/tool.ts";
import { inScratch } from "./scratch.ts";

const contracts = 100;
const runMs = 300_000;

export async function measureDeployment(isQuick: boolean): Promise<Line[]> {
  await installDeployers();
  const peer = await measureTool(ignition("Hundred"), isQuick);
  const ours = await measureTool(mfm(orderContracts(contracts)), isQuick);
  return [
    lineOf({ benchmark: "deployment", ...peer }),
    lineOf({
      benchmark: "deployment",
      ...ours,
      reference: { ...peer.value, what: "Hardhat Ignition" },
    }),
  ];
}

async function measureTool(tool: Tool, isQuick: boolean) {
  const rounds = await repeat(isQuick ? 1 : 3, () => deploy(tool));
  const of = (value: (round: Deployment) => number): number => median(rounds.map(value));
  const sending = `${significant(of(({ sendingMs }) => sendingMs))} s from the first transaction to the last`;
  return {
    measure: `${contracts} contracts, ${tool.name} ${tool.version}`,
    value: { amount: of(({ ms }) => ms) / 1000, unit: "s" },
    note: `of which ${sending}; ${of(({ requests }) => requests)} requests with ${of(({ calls }) => calls)} calls`,
  };
}

interface Deployment {
  /** From the start of the command to its end. */
  readonly ms: number;
  /** From the first transaction that is sent to the last. */
  readonly sendingMs: number;
  readonly requests: number;
  readonly calls: number;
}

/** Compiled beforehand, on a chain that mines at once. */
async function deploy(tool: Tool): Promise<Deployment> {
  const node = await startAnvil("--chain-id", String(chainId));
  const proxy = await startSendProxy(node.url);
  const times: number[] = [];
  proxy.onSend(() => ({ fault: "accept", before: () => void times.push(performance.now()) }));
  try {
    return await inScratch(async (folder) => {
      const place = { folder, url: proxy.url };
      await tool.prepare(place);
      const start = performance.now();
      const ending = await runCommand(tool.start(place), folder, runMs).ending;
      const ms = performance.now() - start;
      const { sent, created } = await readDeeds(node);
      if (ending.kind !== "exit" || ending.code !== 0 || sent !== contracts || created !== contracts)
        throw new Error(`${created} of ${contracts} contracts: ${ending.said}`);
      const calls = [...proxy.calls.values()].reduce((sum, count) => sum + count, 0);
      return { ms, sendingMs: (times.at(-1) ?? 0) - (times[0] ?? 0), requests: proxy.requests.length, calls };
    });
  } finally {
    await proxy.stop();
    await node.stop();
  }
}

const significant = (ms: number): number => Number((ms / 1000).toPrecision(3));
