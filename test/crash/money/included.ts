/** A payment that is included and not final yet: killed there, while the chain goes on or takes it back, and finished by another process. */
import assert from "node:assert/strict";
import type { Backend } from "../places.ts";
import { type Stage, type Theatre, assertPaid, finish, startPayer } from "./case.ts";
import type { LaterPoint, includedPoints } from "./later-points.ts";
import type { PayoutTerms } from "./treasury.ts";

const lines = 2;
const depth = 3;
const terms: PayoutTerms = { finality: { kind: "depth", blocks: depth } };

/** Nothing is mined after the payments before the process is killed: none of them is final. */
export function playIncluded(theatre: Theatre, point: (typeof includedPoints)[number], backend: Backend): Promise<void> {
  const when = `killed at ${point}, on ${backend}`;
  return theatre.perform(backend, async (stage) => {
    const isEnd = point.startsWith("EffectSettled");
    await kill(stage, isEnd ? "EffectObserved after" : point, when);
    await mine(stage, depth);
    if (isEnd) await kill(stage, point, when);
    await assertFinished(stage, when);
  });
}

/** The blocks of the payments are taken back while no process lives. */
export function playTakenBack(theatre: Theatre, backend: Backend): Promise<void> {
  const when = `taken back, on ${backend}`;
  return theatre.perform(backend, async (stage) => {
    const { anvil, proxy } = stage.scene;
    await mine(stage, lines);
    await kill(stage, "EffectObserved after", when);
    await anvil.rpc("anvil_reorg", lines, []);
    await assertPaid(anvil, when, { lines: [1, 2], unpaid: [1, 2], transactions: 0 });
    proxy.onSend(() => ({ fault: "accept", after: () => mine(stage, depth) }));
    await assertFinished(stage, when);
    const hashes = proxy.sends.map(({ hash }) => hash);
    assert.equal(new Set(hashes).size, lines, "what is sent again is what was sent");
    assert.ok(hashes.length > lines, `${hashes.length} sends`);
  });
}

async function kill({ scene, place, folder }: Stage, later: LaterPoint, when: string): Promise<void> {
  const how = { later, lines, seen: "included", settlement: 1 } as const;
  const killed = await startPayer({ place, folder, url: scene.proxy.url, work: { kind: "pay", lines, terms }, kill: how });
  assert.equal(killed.signal, "SIGKILL", `${when}: ${killed.stderr}`);
}

async function mine({ scene: { anvil } }: Stage, blocks: number): Promise<void> {
  await anvil.rpc("anvil_mine", `0x${blocks.toString(16)}`);
}

async function assertFinished(stage: Stage, when: string): Promise<void> {
  const { status, completed } = await finish(stage, lines, terms);
  assert.deepEqual([status, completed], ["succeeded", lines], when);
  await assertPaid(stage.scene.anvil, when, { lines: [1, 2], transactions: lines });
}
