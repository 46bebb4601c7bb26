/**
 * Sending transactions with the full journal, on anvil that mines at once, signed by the signer process as workers have it: from a decided intent
 * to its settlement beside a bare send and receipt, one lane with a window of 16, and a payout of 500 lines: time, commits, requests to the node.
 */
import diagnostics from "node:diagnostics_channel";
import { createPublicClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { machineRandom, machineTime, nameOwner } from "../src/app/machine.ts";
import type { Moment } from "../src/kernel/ports.ts";
import { Registry } from "../src/kernel/registry.ts";
import { Runtime } from "../src/kernel/runtime/runtime.ts";
import { locateVault } from "../src/app/keystore/location.ts";
import { startSigner, stopSigner } from "../src/app/keystore/signer-process.ts";
import { signerFolder } from "../src/app/keystore/signers.ts";
import { SignerClient } from "../src/keystore/process/client.ts";
import { transfer, transferDefinitions } from "../src/ops/evm/transfer.ts";
import { openSqliteStore } from "../src/storages/sqlite/open.ts";
import { httpProvider } from "../src/transports/evm/http-provider.ts";
import { Networks } from "../src/transports/evm/networks.ts";
import { evmReader } from "../src/transports/evm/reader.ts";
import { evmSimulator } from "../src/transports/evm/simulator.ts";
import { evmSubmitter } from "../src/transports/evm/submit/submitter.ts";
import { makeTreasury, passphrase, payoutOf, treasury } from "../test/crash/money/treasury.ts";
import { type Anvil, startAnvil } from "../test/evm/anvil.ts";
import { type Line, lineOf } from "./line.ts";
import { median, time } from "./measure.ts";
import { inScratch } from "./scratch.ts";

export async function measureSubmit(isQuick: boolean): Promise<Line[]> {
  const node = await startAnvil();
  try {
    await node.rpc("anvil_setBalance", treasury, "0x3635c9adc5dea00000");
    return await inScratch(async (folder) => {
      const desk = await openDesk(folder, node);
      try {
        const bare = await measureBare(node, isQuick ? 20 : 100);
        const single = await measureSingle(desk, isQuick ? 20 : 100);
        const lines = isQuick ? 100 : 500;
        const payout = await measurePayout(desk, lines);
        return linesOf({ bare, single, payout, lines });
      } finally {
        await desk.close();
      }
    });
  } finally {
    await node.stop();
  }
}

/** viem signs, sends and polls for the receipt: median in milliseconds. */
async function measureBare(node: Anvil, count: number): Promise<number> {
  const account = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
  const transport = http(node.url);
  const client = createPublicClient({ transport, pollingInterval: 2 });
  const times: number[] = [];
  for (let nonce = 0; nonce < count; nonce++) {
    const fees = { gas: 21_000n, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
    const request = { chainId: 31_337, nonce, to: treasury, value: 1n, type: "eip1559", ...fees } as const;
    times.push(
      await time(async () => {
        const raw = await account.signTransaction(request);
        const hash = await client.sendRawTransaction({ serializedTransaction: raw });
        await client.waitForTransactionReceipt({ hash });
      }),
    );
  }
  return median(times);
}

interface Counts {
  commits: number;
  /** HTTP requests, and the calls in them. */
  requests: number;
  calls: number;
}

interface Desk {
  readonly runtime: Runtime;
  readonly counts: Counts;
  onMoment: (moment: Moment) => void;
  readonly close: () => Promise<void>;
}

async function openDesk(folder: string, node: Anvil): Promise<Desk> {
  const counts: Counts = { commits: 0, requests: 0, calls: 0 };
  const count = (message: unknown): void => {
    const { request } = message as { readonly request: { readonly body: unknown } };
    counts.requests++;
    counts.calls += String(request.body).split('"jsonrpc"').length - 1;
  };
  diagnostics.subscribe("undici:request:create", count);
  const provider = httpProvider({ ref: "node", url: node.url, clock: machineTime, random: machineRandom });
  const options = { sourcesOf: async () => [provider], clock: machineTime, random: machineRandom };
  const networks = new Networks(options);
  const place = { folder, env: { HOME: folder }, configFile: undefined, storeUrl: undefined };
  await makeTreasury(folder, await locateVault(place, undefined));
  const unlock = { kind: "command", command: `printf '%s' '${passphrase}'` } as const;
  await startSigner(place, { keystore: undefined, unlock }, { idleMinutes: 60, withoutPolicy: "everything" });
  const signer = await SignerClient.connect(signerFolder(place));
  const registry = new Registry(
    transferDefinitions,
    evmReader(networks),
    evmSimulator(networks),
    evmSubmitter({ ...options, signer: async () => signer }),
  );
  const store = await openSqliteStore({ path: `${folder}/store.db` });
  const desk: Desk = {
    counts,
    onMoment: () => undefined,
    runtime: new Runtime({
      store,
      registry,
      clock: machineTime,
      random: machineRandom,
      owner: nameOwner(),
      watch(moment) {
        if (moment.kind === "append.after") counts.commits++;
        desk.onMoment(moment);
      },
    }),
    async close() {
      diagnostics.unsubscribe("undici:request:create", count);
      await provider.close();
      await signer.close();
      await stopSigner(place);
      await store.close();
    },
  };
  return desk;
}

/** From the recorded intent to the recorded settlement, one payment after the other: median in milliseconds. */
async function measureSingle(desk: Desk, count: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    let [intended, settled] = [0, 0];
    desk.onMoment = (moment) => {
      if (moment.kind !== "append.after") return;
      if (moment.types.includes("EffectIntended")) intended = performance.now();
      if (moment.types.includes("EffectSettled")) settled = performance.now();
    };
    await desk.runtime.start(transfer, payoutOf(1), { key: `single ${index}` });
    times.push(settled - intended);
  }
  desk.onMoment = () => undefined;
  return median(times);
}

interface Payout {
  readonly ms: number;
  /** From the first intent to the last settlement. */
  readonly laneMs: number;
  readonly counts: Counts;
  /** Of this process, in milliseconds: a busy machine moves it less than time. */
  readonly cpuMs: number;
}

async function measurePayout(desk: Desk, lines: number): Promise<Payout> {
  const before = { ...desk.counts };
  const started = process.cpuUsage();
  let [first, last] = [0, 0];
  desk.onMoment = (moment) => {
    if (moment.kind !== "append.after") return;
    if (first === 0 && moment.types.includes("EffectIntended")) first = performance.now();
    if (moment.types.includes("EffectSettled")) last = performance.now();
  };
  const ms = await time(async () => {
    const { run } = await desk.runtime.start(transfer, payoutOf(lines), { key: "payout" });
    if (run.status !== "succeeded") throw new Error(`the payout is ${run.status}`);
  });
  const { user, system } = process.cpuUsage(started);
  const { commits, requests, calls } = desk.counts;
  const counts = { commits: commits - before.commits, requests: requests - before.requests, calls: calls - before.calls };
  return { ms, laneMs: last - first, counts, cpuMs: (user + system) / 1000 };
}

function linesOf({ bare, single, payout, lines }: { bare: number; single: number; payout: Payout; lines: number }): Line[] {
  const benchmark = "submit";
  const { counts } = payout;
  const per = (amount: number): string => (amount / lines).toFixed(2);
  return [
    lineOf({
      benchmark,
      measure: "intent to settlement, over the bare send",
      value: { amount: single - bare, unit: "ms" },
      reference: { amount: bare, unit: "ms", what: "viem signs, sends, gets the receipt" },
      bar: { on: "value", limit: 10, sense: "at most" },
      note: "p50; slot, signature with guard and audit on disk, send, receipt, four commits",
    }),
    lineOf({
      benchmark,
      measure: "one lane, window 16",
      value: { amount: (lines * 1000) / payout.laneMs, unit: "tx/s" },
      bar: { on: "value", limit: 200, sense: "at least" },
      note: "with simulation and gas of each, from the first intent to the last settlement",
    }),
    lineOf({
      benchmark,
      measure: `a payout of ${lines} lines`,
      value: { amount: payout.ms / 1000, unit: "s" },
      note: `for each transaction ${per(payout.cpuMs)} ms of CPU, ${per(counts.commits)} commits, ${per(counts.requests)} requests with ${per(counts.calls)} calls`,
    }),
  ];
}
