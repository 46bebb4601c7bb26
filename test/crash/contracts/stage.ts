/** Where lifecycles of a register are killed and carried on: a node that is used again, a vault that is copied, stores of both kinds. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCreateAddress } from "ethers";
import { machineRandom, machineTime, nameOwner } from "../../../src/app/machine.ts";
import { type Run, hasEnded } from "../../../src/kernel/run.ts";
import { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import { contractLifecycle, lifecycleDefinitions } from "../../../src/ops/contracts/lifecycle.ts";
import { sharedServer } from "../../postgres/servers.ts";
import { traceOf } from "../harness.ts";
import { type Answer, type Killing, type Scene, killAt, openScene } from "../money/case.ts";
import { openPayer } from "../money/payer.ts";
import type { Point } from "../money/points.ts";
import { copyTreasury, makeTreasury, treasury } from "../money/treasury.ts";
import { type Backend, type Place, backends, openPlace, placesOf } from "../places.ts";
import { type Plan, registerAddress, registerCode } from "./register.ts";

/** One run of one plan: on a chain as at the start, in a store and with a vault of its own. */
export interface Site {
  readonly scene: Scene;
  readonly place: Place;
  readonly folder: string;
}

export class Stage {
  readonly #folder = mkdtempSync(join(tmpdir(), "mfm-contracts-"));
  readonly #places = new Map<Backend, ReturnType<typeof placesOf>>();
  #scene: Awaited<ReturnType<typeof openScene>> | undefined;
  #sites = 0;

  async open(): Promise<void> {
    await makeTreasury(join(this.#folder, "vault"));
    const server = await sharedServer();
    for (const backend of backends) this.#places.set(backend, placesOf(backend, this.#folder, server));
    this.#scene = await openScene();
  }

  /** The register stands at its address, with the word 1. */
  async site(backend: Backend): Promise<Site> {
    const number = ++this.#sites;
    const place = await this.#places.get(backend)?.newPlace(`site ${number}`);
    const scene = this.#scene;
    assert.ok(place !== undefined && scene !== undefined);
    await scene.reset();
    await scene.anvil.rpc("anvil_setCode", registerAddress, registerCode);
    await scene.anvil.rpc("anvil_setStorageAt", registerAddress, word(0), word(1));
    const folder = join(this.#folder, `site-${number}`);
    copyTreasury(join(this.#folder, "vault"), folder);
    return { scene, place, folder };
  }

  async close(): Promise<void> {
    await this.#scene?.stop();
    for (const { remove } of this.#places.values()) await remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export interface KilledLifecycle extends Killing {
  readonly point: Point;
  readonly answer: Answer;
  readonly plan: Plan;
}

/** Kills a process that carries the plan through, and goes on with it in this one. @returns how the run ended; its history verifies */
export async function killAndResume({ plan, ...killing }: KilledLifecycle, site: Site): Promise<Run> {
  const { scene, place, folder } = site;
  const { point, transfer, answer } = killing;
  const work = { kind: "lifecycle", ...plan } as const;
  const killed = await killAt({ place, folder, url: scene.proxy.url, work, kill: { point, transfer } }, killing, scene);
  assert.equal(killed.signal, "SIGKILL", `killed at ${point} of ${plan.steps[transfer - 1]}, ${answer}: ${killed.stderr}`);
  return drive(plan, site, async (runtime, started) => {
    if (started === undefined) return undefined;
    const run = await runtime.status(started);
    // Killed after the last fact of all there is nothing left to do.
    return hasEnded(run.status) ? run : runtime.resume(started, act);
  });
}

export const act = { actor: "test", reason: "it goes on" };

/** What a process of its own does with the run of a plan: by default starts it, or attaches to it. */
export async function drive(
  { request }: Plan,
  { scene, place, folder }: Site,
  work: (runtime: Runtime, started: Run["runId"] | undefined) => Promise<Run | undefined> = async () => undefined,
): Promise<Run> {
  const store = await openPlace(place);
  const payer = openPayer(scene.proxy.url, folder, lifecycleDefinitions);
  try {
    const runtime = new Runtime({ store, registry: payer.registry, clock: machineTime, random: machineRandom, owner: nameOwner() });
    const [stored] = await store.listRuns({ limit: 1 });
    const run = (await work(runtime, stored?.run.runId)) ?? (await runtime.start(contractLifecycle, request, { key: "lifecycle" })).run;
    await traceOf(runtime, run.runId);
    return run;
  } finally {
    await payer.close();
    await store.close();
  }
}

/** By the chain's own account: how many transactions the sender has made, and the word of the register. */
export async function accountOf(
  { scene: { anvil } }: Site,
  register: string = registerAddress,
): Promise<readonly [count: number, word: number]> {
  const count = await anvil.rpc<string>("eth_getTransactionCount", treasury, "latest");
  return [Number(count), Number(await anvil.rpc<string>("eth_getStorageAt", register, word(0), "latest"))];
}

/** Where the sender's first transaction deploys to. */
export const deployedAddress = getCreateAddress({ from: treasury, nonce: 0 });

export function word(value: number): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
