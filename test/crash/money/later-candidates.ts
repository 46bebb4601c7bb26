/**
 * Later candidates: a payment gets a second one because the fees rose, a cancel that an operator wants, or is intended anew because somebody else
 * took the nonce. Killed at a point of that, and finished by another process.
 */
import assert from "node:assert/strict";
import { Wallet } from "ethers";
import { stepKeyOf } from "../../../src/ops/evm/transfer.ts";
import type { Anvil } from "../../evm/anvil.ts";
import { type Send, type SendPlan, atTransactions } from "../../evm/send-proxy.ts";
import type { Backend } from "../places.ts";
import { type Answer, type At, type Scene, type Stage, type Theatre, assertPaid, finish, killThere, withRuntime } from "./case.ts";
import { type LaterPoint, renewalPoints, sightPoints } from "./later-points.ts";
import { candidatePoints } from "./points.ts";
import { type PayoutTerms, chainId, privateKey } from "./treasury.ts";

/** The first is what it is about; the second waits behind it, or comes before what is done anew. */
const lines = 2;
const first = stepKeyOf(0, lines);
const act = { actor: "test", reason: "enough" };
const gwei = 1_000_000_000n;
const stranger = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

interface Life {
  readonly points: readonly LaterPoint[];
  readonly terms: PayoutTerms;
  readonly settlement: number;
  /** What happens once both payments are in the pool, and none is mined. */
  readonly turn: (stage: Stage) => Promise<void>;
  /** How the run ends, the recipients that get nothing, and the transactions of the account. */
  readonly end: { readonly status: string; readonly code?: string; readonly unpaid: readonly number[]; readonly transactions: number };
}

export const lives = {
  replacement: {
    points: [...sightPoints, ...candidatePoints],
    terms: { replaceAfterBlocks: 1 },
    settlement: 1,
    // Over what was offered for both.
    turn: ({ scene: { anvil } }) => setBaseFee(anvil, 40n * gwei),
    end: { status: "succeeded", unpaid: [], transactions: lines },
  },
  cancel: {
    points: candidatePoints,
    terms: {},
    settlement: 1,
    turn: askToCancel,
    end: { status: "failed", code: "EFFECT_CANCELLED", unpaid: [1], transactions: lines },
  },
  renewal: {
    points: [...renewalPoints, ...candidatePoints],
    terms: { renewals: 1 },
    // That of the first which is superseded, that of the second, and that of what is done anew.
    settlement: 3,
    turn: ({ scene }) => takeNonce(scene),
    end: { status: "succeeded", unpaid: [], transactions: lines + 1 },
  },
} as const satisfies Record<string, Life>;
export type LifeName = keyof typeof lives;

/** In the words of a test's name. */
export const ends: Readonly<Record<LifeName, string>> = {
  replacement: "each recipient is paid exactly once (case 29)",
  cancel: "it is never paid, and its nonce used once (case 33)",
  renewal: "it is paid exactly once, with another nonce (case 40)",
};

/** Mines a block with this base fee, and what pays it. */
async function setBaseFee({ rpc }: Anvil, fee: bigint): Promise<void> {
  await rpc("anvil_setNextBlockBaseFeePerGas", `0x${fee.toString(16)}`);
  await rpc("anvil_mine", "0x1");
}

/** While both wait in the pool, for as long as it takes. */
async function askToCancel(stage: Stage): Promise<void> {
  await withRuntime(stage, async (runtime) => {
    const [stored] = await runtime.store.listRuns({ limit: 1 });
    assert.ok(stored !== undefined);
    await runtime.requestCandidate({ runId: stored.run.runId, step: first, role: "cancel", terms: null, act });
  });
}

/** Somebody with the same key is included in place of the first. */
async function takeNonce({ anvil: { rpc } }: Scene): Promise<void> {
  const fees = { type: 2, gasLimit: 21_000n, maxFeePerGas: 50n * gwei, maxPriorityFeePerGas: 5n * gwei };
  const wallet = new Wallet(`0x${Buffer.from(privateKey()).toString("hex")}`);
  await rpc("eth_sendRawTransaction", await wallet.signTransaction({ ...fees, chainId, nonce: 0, to: stranger, value: 7n }));
  await rpc("anvil_mine", "0x1");
}

export interface LaterCase {
  readonly name: LifeName;
  readonly point: LaterPoint;
  /** What the node does with what is sent later. */
  readonly answer: Answer;
  readonly backend: Backend;
}

export function playLater(theatre: Theatre, one: LaterCase): Promise<void> {
  return theatre.perform(one.backend, (stage) => playLife(one, stage));
}

async function playLife({ name, point, answer, backend }: LaterCase, stage: Stage): Promise<void> {
  const when = `${name}, ${answer}, killed at ${point}, on ${backend}`;
  const { terms, settlement, turn, end }: Life = lives[name];
  const { scene, place, folder } = stage;
  // A node that was brought back to an earlier block keeps the fees of the later one.
  await setBaseFee(scene.anvil, gwei);
  await scene.anvil.rpc("evm_setAutomine", false);
  const at: At = (plan) =>
    mineLater(
      scene,
      new Map([
        [lines, { fault: "accept", after: () => turn(stage) }],
        [lines + 1, plan],
      ]),
    );
  const kill = { later: point, lines, seen: "stuck", settlement } as const;
  const order = { place, folder, url: scene.proxy.url, work: { kind: "pay", lines, terms }, kill } as const;
  const killed = await killThere(order, { point, answer }, { scene, at });
  assert.equal(killed.signal, "SIGKILL", `${when}: ${killed.stderr}`);
  const { status, run } = await finish(stage, lines, terms);
  assert.deepEqual([status, run.failure], [end.status, end.code === undefined ? null : { step: first, code: end.code }], when);
  await assertPaid(scene.anvil, when, { lines: [1, 2], ...end });
}

/** Nothing is mined by itself: a block comes with whatever the node takes after the first candidates. */
function mineLater({ anvil }: Scene, plans: ReadonlyMap<number, SendPlan>): (send: Send) => SendPlan {
  const planOf = atTransactions(plans);
  const firsts = new Set<string>();
  return (send) => {
    const plan = planOf(send);
    if (firsts.size < lines) firsts.add(send.hash);
    if (firsts.has(send.hash)) return plan;
    return {
      ...plan,
      async after(sent, answer) {
        await plan.after?.(sent, answer);
        if (answer.error === undefined) await anvil.rpc("anvil_mine", "0x1");
      },
    };
  };
}
