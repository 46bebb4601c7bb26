/** One case of the money test: a payout that is killed at a point, with a node that does something of its own with that transfer; resumed by another process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machineRandom, machineTime, nameOwner } from "../../../src/app/machine.ts";
import { hasEnded, type Run } from "../../../src/kernel/run.ts";
import { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import { transfer } from "../../../src/ops/evm/transfer.ts";
import { type Anvil, startAnvil } from "../../evm/anvil.ts";
import { type SendFault, type SendProxy, atTransaction, startSendProxy } from "../../evm/send-proxy.ts";
import { sharedServer } from "../../postgres/servers.ts";
import { type Ending, endOf, traceOf } from "../harness.ts";
import { type Backend, type Place, backends, openPlace, placesOf } from "../places.ts";
import { openPayer } from "./payer.ts";
import type { Point } from "./points.ts";
import type { PayerOrder } from "./process.ts";
import { amountOf, copyTreasury, makeTreasury, payoutOf, recipientOf, treasury } from "./treasury.ts";

const program = fileURLToPath(new URL("./process.js", import.meta.url));

export const lines = 50;
/** What the node does with the transfer: takes it, turns it away, takes it without an answer, takes it and answers an error. */
export const answers = ["accept", "refuse", "timeoutAfter", "errorAfter"] as const satisfies readonly SendFault[];
export type Answer = (typeof answers)[number];

export interface Scene {
  readonly anvil: Anvil;
  readonly proxy: SendProxy;
  readonly stop: () => Promise<void>;
}

/** A node with a rich treasury, and a proxy before it. Used for one case after the other: it is brought back to its start between them. */
export async function openScene(): Promise<Scene & { readonly reset: () => Promise<void> }> {
  const anvil = await startAnvil("--hardfork", "prague");
  const proxy = await startSendProxy(anvil.url);
  const fund = () => anvil.rpc("anvil_setBalance", treasury, "0x3635c9adc5dea00000");
  await fund();
  let snapshot = await anvil.rpc<string>("evm_snapshot");
  return {
    anvil,
    proxy,
    async reset() {
      await anvil.rpc("evm_revert", snapshot);
      snapshot = await anvil.rpc<string>("evm_snapshot");
      proxy.onSend(() => ({ fault: "accept" }));
      proxy.forget();
    },
    async stop() {
      await proxy.stop();
      await anvil.stop();
    },
  };
}

export function startPayer(order: PayerOrder): Promise<Ending> {
  return endOf(
    spawn(process.execPath, ["--max-old-space-size=256", program, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] }),
  );
}

export interface Killing {
  readonly point: Point;
  readonly transfer: number;
  readonly answer: Answer;
}

export interface Case extends Killing {
  readonly backend: Backend;
}

/** Where cases are played: a vault that is made once and copied, nodes that are used again, and stores of both kinds. */
export class Theatre {
  readonly #folder = mkdtempSync(join(tmpdir(), "mfm-money-"));
  readonly #places = new Map<Backend, ReturnType<typeof placesOf>>();
  readonly #idle: ReusedScene[] = [];
  readonly #all: ReusedScene[] = [];
  #cases = 0;

  async open(): Promise<void> {
    await makeTreasury(this.#vault);
    // Loaded with this file, so that the server lives as long as the suite, and not as the test that asks for it first.
    const server = await sharedServer();
    for (const backend of backends) this.#places.set(backend, placesOf(backend, this.#folder, server));
  }

  get #vault(): string {
    return join(this.#folder, "vault");
  }

  /** On a store and with a vault of its own. */
  async play(one: Case): Promise<void> {
    const number = ++this.#cases;
    const place = await this.#places.get(one.backend)?.newPlace(`case ${number}`);
    if (place === undefined) throw new Error(`no place on ${one.backend}`);
    const scene = this.#idle.pop() ?? (await this.#newScene());
    await scene.reset();
    await playCase(one, { scene, place, vault: this.#vault, folder: join(this.#folder, `case-${number}`) });
    this.#idle.push(scene);
  }

  async #newScene(): Promise<ReusedScene> {
    const scene = await openScene();
    this.#all.push(scene);
    return scene;
  }

  async close(): Promise<void> {
    for (const scene of this.#all) await scene.stop();
    for (const { remove } of this.#places.values()) await remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

type ReusedScene = Awaited<ReturnType<typeof openScene>>;

interface Stage {
  readonly scene: Scene;
  readonly place: Place;
  readonly vault: string;
  readonly folder: string;
}

async function playCase(one: Case, { scene, place, vault, folder }: Stage): Promise<void> {
  const { point, transfer: which, answer, backend } = one;
  const when = `${answer} at transfer ${which}, killed at ${point}, on ${backend}`;
  copyTreasury(vault, folder);
  const order: PayerOrder = { place, folder, url: scene.proxy.url, work: { kind: "pay", lines }, kill: { point, transfer: which } };
  const killed = await killAt(order, one, scene);
  assert.equal(killed.signal, "SIGKILL", `${when}: ${killed.stderr}`);
  await resume(place, folder, scene.proxy.url, when);
  await assertPaidOnce(scene.anvil, when);
}

/** Starts the process of an order, and has it end at its point. */
export function killAt(order: PayerOrder, one: Killing, scene: Scene): Promise<Ending> {
  return one.point.startsWith("node") ? killAtNode(order, one, scene) : killItself(order, one, scene);
}

function killItself(order: PayerOrder, { transfer: which, answer }: Killing, { proxy }: Scene): Promise<Ending> {
  proxy.onSend(atTransaction(which, { fault: answer }));
  return startPayer(order);
}

/** The process ends exactly before the node gets the transfer, or after it has decided on it and before anybody hears of it. */
async function killAtNode(order: PayerOrder, { point, transfer: which, answer }: Killing, { proxy }: Scene): Promise<Ending> {
  const child = spawn(process.execPath, ["--max-old-space-size=256", program, JSON.stringify({ ...order, kill: null })], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = endOf(child);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  proxy.onSend(atTransaction(which, { fault: answer, ...(point === "node before" ? { before: kill } : { after: kill }) }));
  return ended;
}

async function resume(place: Place, folder: string, url: string, when: string): Promise<void> {
  const store = await openPlace(place);
  const payer = openPayer(url, folder);
  try {
    const runtime = new Runtime({ store, registry: payer.registry, clock: machineTime, random: machineRandom, owner: nameOwner() });
    const [stored] = await store.listRuns({ limit: 1 });
    const run = await goOn(runtime, stored?.run);
    const trace = await traceOf(runtime, run.runId);
    assert.deepEqual([trace.status, trace.completed], ["succeeded", lines], when);
  } finally {
    await payer.close();
    await store.close();
  }
}

/** Killed after the last fact of all there is nothing left to do; killed before the first there is no run yet. */
async function goOn(runtime: Runtime, run: Run | undefined): Promise<Run> {
  if (run === undefined) return (await runtime.start(transfer, payoutOf(lines), { key: "payout" })).run;
  return hasEnded(run.status) ? run : runtime.resume(run.runId, { actor: "test", reason: "crashed" });
}

/** By the chain's own account: every recipient once, and not one transaction more. */
export async function assertPaidOnce(anvil: Anvil, when: string, count = lines): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const balances = await Promise.all(numbers.map((line) => anvil.rpc<string>("eth_getBalance", recipientOf(line), "latest")));
  assert.deepEqual(
    balances.map((balance) => BigInt(balance)),
    numbers.map((line) => amountOf(line)),
    when,
  );
  assert.equal(Number(await anvil.rpc<string>("eth_getTransactionCount", treasury, "latest")), count, when);
}
