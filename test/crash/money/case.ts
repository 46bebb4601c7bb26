/** One case of the money test: a payout that is killed at a point, with a node that does something of its own with that transfer; resumed by another process. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseTransaction } from "viem";
import { machineRandom, machineTime, nameOwner } from "../../../src/app/machine.ts";
import type { Run } from "../../../src/kernel/run.ts";
import { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import { type Anvil, startAnvil } from "../../evm/anvil.ts";
import { type Send, type SendFault, type SendPlan, type SendProxy, atTransaction, startSendProxy } from "../../evm/send-proxy.ts";
import { sharedServer } from "../../postgres/servers.ts";
import { type Ending, type Trace, endOf, traceOf } from "../harness.ts";
import { type Backend, type Place, backends, openPlace, placesOf } from "../places.ts";
import { openPayer, payOut } from "./payer.ts";
import type { Point } from "./points.ts";
import type { PayerOrder } from "./process.ts";
import { type PayoutTerms, amountOf, copyTreasury, makeTreasury, payoutOf, recipientOf, treasury } from "./treasury.ts";

const program = fileURLToPath(new URL("./process.js", import.meta.url));

/** Of a payout that is killed once. */
const lines = 50;
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
      // In this order: what is left in the pool would be mined into what comes next.
      await anvil.rpc("anvil_dropAllTransactions");
      await anvil.rpc("evm_revert", snapshot);
      await anvil.rpc("evm_setAutomine", true);
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

function spawnPayer(order: PayerOrder): ChildProcess {
  return spawn(process.execPath, ["--max-old-space-size=256", program, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] });
}

export function startPayer(order: PayerOrder): Promise<Ending> {
  return endOf(spawnPayer(order));
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

  /** A payout that is killed once. */
  async play({ backend, ...one }: Case): Promise<void> {
    const { point, transfer: which, answer } = one;
    const when = `${answer} at transfer ${which}, killed at ${point}, on ${backend}`;
    await this.perform(backend, (stage) => playKills({ lines, kills: [one] }, stage, when));
  }

  /** On a store and with a vault of its own, and a chain as at the start. */
  async perform(backend: Backend, work: (stage: Stage) => Promise<void>): Promise<void> {
    const number = ++this.#cases;
    const place = await this.#places.get(backend)?.newPlace(`case ${number}`);
    if (place === undefined) throw new Error(`no place on ${backend}`);
    const scene = this.#idle.pop() ?? (await this.#newScene());
    await scene.reset();
    const folder = join(this.#folder, `case-${number}`);
    copyTreasury(this.#vault, folder);
    await work({ scene, place, folder });
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

export interface Stage {
  readonly scene: Scene;
  readonly place: Place;
  readonly folder: string;
}

/** A payout that is killed at one point after the other, each time in the process that goes on with it. */
export async function playKills(
  payout: { readonly lines: number; readonly kills: readonly Killing[] },
  stage: Stage,
  when: string,
): Promise<void> {
  const { scene, place, folder } = stage;
  const work = { kind: "pay", lines: payout.lines } as const;
  for (const kill of payout.kills) {
    const order: PayerOrder = { place, folder, url: scene.proxy.url, work, kill };
    const killed = await killThere(order, kill, { scene, at: (plan) => atLine(kill.transfer, plan) });
    assert.equal(killed.signal, "SIGKILL", `${when}, at ${kill.point} of ${kill.transfer}: ${killed.stderr}`);
  }
  const { status, completed } = await finish(stage, payout.lines);
  assert.deepEqual([status, completed], ["succeeded", payout.lines], when);
  await assertPaidOnce(scene.anvil, when, payout.lines);
}

/** This plan for what pays the k-th line, whichever process sends it, when it is sent for the first time. */
function atLine(line: number, plan: SendPlan): (send: Send) => SendPlan {
  let isNew = true;
  return ({ raw }) => {
    if (!isNew || parseTransaction(raw).to?.toLowerCase() !== recipientOf(line).toLowerCase()) return { fault: "accept" };
    isNew = false;
    return plan;
  };
}

/** What a transaction is given a plan by: which one it is. */
export type At = (plan: SendPlan) => (send: Send) => SendPlan;

interface KilledAt extends Omit<Killing, "point" | "transfer"> {
  readonly point: string;
}

/** Starts the process of an order, and has it end at its point. */
export function killAt(order: PayerOrder, one: Killing, scene: Scene): Promise<Ending> {
  return killThere(order, one, { scene, at: (plan) => atTransaction(one.transfer, plan) });
}

/** As `killAt`, with a point of any kind, and a transaction that is chosen in another way. */
export function killThere(order: PayerOrder, one: KilledAt, where: { readonly scene: Scene; readonly at: At }): Promise<Ending> {
  if (one.point.startsWith("node")) return killAtNode(order, one, where);
  where.scene.proxy.onSend(where.at({ fault: one.answer }));
  return startPayer(order);
}

/** The process ends exactly before the node gets the transfer, or after it has decided on it and before anybody hears of it. */
async function killAtNode(
  order: PayerOrder,
  { point, answer }: KilledAt,
  { scene, at }: { readonly scene: Scene; readonly at: At },
): Promise<Ending> {
  const child = spawnPayer({ ...order, kill: null });
  const ended = endOf(child);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  scene.proxy.onSend(at({ fault: answer, ...(point === "node before" ? { before: kill } : { after: kill }) }));
  return ended;
}

/** What becomes of a payout in this process, in the end; its history verifies. */
export async function finish(stage: Stage, lines: number, terms: PayoutTerms = {}): Promise<Trace & { readonly run: Run }> {
  return withRuntime(stage, async (runtime) => {
    const run = await payOut(runtime, payoutOf(lines, terms));
    return { ...(await traceOf(runtime, run.runId)), run };
  });
}

export async function withRuntime<T>({ scene, place, folder }: Stage, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const store = await openPlace(place);
  const { registry, close } = openPayer(scene.proxy.url, folder);
  try {
    return await work(new Runtime({ store, registry, clock: machineTime, random: machineRandom, owner: nameOwner() }));
  } finally {
    await close();
    await store.close();
  }
}

/** By the chain's own account: every recipient once, and not one transaction more. */
export function assertPaidOnce(anvil: Anvil, when: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) => index + 1);
  return assertPaid(anvil, when, { lines, transactions: count });
}

/** By the chain's own account: what was paid to each of so many recipients, and how many transactions the treasury has made, with none left in the pool. */
export async function assertPaid(
  anvil: Anvil,
  when: string,
  {
    lines: numbers,
    unpaid = [],
    transactions,
  }: { readonly lines: readonly number[]; readonly unpaid?: readonly number[]; readonly transactions: number },
): Promise<void> {
  const balances = await Promise.all(numbers.map((line) => anvil.rpc<string>("eth_getBalance", recipientOf(line), "latest")));
  assert.deepEqual(
    balances.map((balance) => BigInt(balance)),
    numbers.map((line) => (unpaid.includes(line) ? 0n : amountOf(line))),
    when,
  );
  const counts = ["latest", "pending"].map((tag) => anvil.rpc<string>("eth_getTransactionCount", treasury, tag));
  assert.deepEqual((await Promise.all(counts)).map(Number), [transactions, transactions], when);
}
