/** Payouts that workers drive: killed at random, or many of them on one account. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { machineRandom, machineTime, nameOwner } from "../../../src/app/machine.ts";
import { hasEnded } from "../../../src/kernel/run.ts";
import { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import type { Store } from "../../../src/kernel/store.ts";
import { transfer } from "../../../src/ops/evm/transfer.ts";
import { sharedServer } from "../../postgres/servers.ts";
import { Chance } from "../../simulation/chance.ts";
import { endOf, inFolder, traceOf } from "../harness.ts";
import { type Backend, type Place, openPlace, placesOf } from "../places.ts";
import { assertPaidOnce, openScene } from "./case.ts";
import { openPayer } from "./payer.ts";
import type { PayerOrder } from "./process.ts";
import { makeTreasury, payoutOf } from "./treasury.ts";

const program = fileURLToPath(new URL("./process.js", import.meta.url));
/** Where workers are killed: what they drove is soon taken over. */
const lease = { leaseMs: 1500, heartbeatMs: 500 };
const concurrency = 4;

function startWorker(order: Pick<PayerOrder, "place" | "folder" | "url" | "lease">): ChildProcess {
  const whole: PayerOrder = { ...order, work: { kind: "worker", concurrency }, kill: null };
  return spawn(process.execPath, ["--max-old-space-size=256", program, JSON.stringify(whole)], { stdio: ["ignore", "ignore", "inherit"] });
}

interface Party {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly order: Pick<PayerOrder, "place" | "folder" | "url">;
  readonly assertPaid: (count: number) => Promise<void>;
}

async function withParty(backend: Backend, work: (party: Party) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const vault = join(folder, "vault");
    await makeTreasury(vault);
    const { newPlace, remove } = placesOf(backend, folder, await sharedServer());
    const scene = await openScene();
    try {
      const place: Place = await newPlace("payouts");
      const store = await openPlace(place);
      const payer = openPayer(scene.anvil.url, vault);
      const runtime = new Runtime({ store, registry: payer.registry, clock: machineTime, random: machineRandom, owner: nameOwner() });
      const order = { place, folder: vault, url: scene.anvil.url };
      await work({ store, runtime, order, assertPaid: (count) => assertPaidOnce(scene.anvil, `${backend}, ${count} payments`, count) });
      await payer.close();
      await store.close();
    } finally {
      await scene.stop();
      await remove();
    }
  });
}

async function countEnded(store: Store): Promise<number> {
  return (await store.listRuns({ limit: 1000 })).filter(({ run }) => hasEnded(run.status)).length;
}

async function assertAllSucceeded({ store, runtime }: Party): Promise<void> {
  for (const { run } of await store.listRuns({ limit: 1000 })) {
    assert.equal(run.failure, null);
    assert.equal((await traceOf(runtime, run.runId)).status, "succeeded");
  }
}

/** Two workers, of which one is killed every now and then, until so many were. @returns how many */
export async function killWorkers(
  backend: Backend,
  { lines, seed, kills }: { lines: number; seed: number; kills: number },
): Promise<number> {
  const chance = new Chance(seed);
  let killed = 0;
  await withParty(backend, async (party) => {
    const { runtime, store } = party;
    const order = { ...party.order, lease };
    await runtime.start(transfer, payoutOf(lines), { key: "payout", detach: true });
    const workers = [startWorker(order), startWorker(order)];
    while ((await countEnded(store)) < 1) {
      await pause(chance.int(200, 1500));
      await resumeWhatMadeNoProgress(party);
      if (killed >= kills) continue;
      const which = chance.int(0, 1);
      const victim = workers[which];
      const end = victim === undefined ? undefined : endOf(victim);
      if (victim?.kill("SIGKILL") === true) killed++;
      await end;
      workers[which] = startWorker(order);
    }
    await stop(workers);
    await assertAllSucceeded(party);
    await party.assertPaid(lines);
  });
  return killed;
}

/** On a busy machine workers are killed before they get anywhere, one after the other: then a run waits for a person, who lets it go on. */
async function resumeWhatMadeNoProgress({ store, runtime }: Party): Promise<void> {
  for (const { run } of await store.listRuns({ status: "paused", limit: 10 })) {
    assert.deepEqual(run.waitingFor, [{ kind: "resume", code: "NO_PROGRESS" }]);
    await runtime.resume(run.runId, { actor: "ann", reason: "its workers were killed" }, { detach: true });
  }
}

/** So many workers, and so many payments, each a run of its own, from one account. A test for every tenth of them, so that whoever watches sees it go on. */
export async function shareLane(
  context: TestContext,
  backend: Backend,
  { workers: count, payments }: { workers: number; payments: number },
): Promise<void> {
  await withParty(backend, async (party) => {
    const { runtime, order, store } = party;
    const { lines, ...rest } = payoutOf(payments);
    for (const [index, line] of lines.entries())
      await runtime.start(transfer, { ...rest, lines: [line] }, { key: `payment ${index}`, detach: true });
    const workers = Array.from({ length: count }, () => startWorker(order));
    for (let tenth = 1; tenth <= 10; tenth++)
      await context.test(`${tenth * 10} % of the payments have ended`, async () => {
        while ((await countEnded(store)) * 10 < payments * tenth) await pause(250);
      });
    await stop(workers);
    await assertAllSucceeded(party);
    await party.assertPaid(payments);
    const slots = (await store.listEffects({ limit: 1000 })).map(({ slot }) => slot).toSorted((left, right) => (left ?? 0) - (right ?? 0));
    assert.deepEqual(
      slots,
      Array.from({ length: payments }, (_, index) => index),
    );
  });
}

async function stop(workers: readonly ChildProcess[]): Promise<void> {
  const ends = workers.map(endOf);
  for (const worker of workers) worker.kill("SIGTERM");
  await Promise.all(ends);
}
