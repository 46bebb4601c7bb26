/**
 * What transactions would do if they were sent now: each simulated at one block, what they would cost, what would change hands, and how long it
 * takes until it is final. Nothing is signed. Amounts are decimal strings in the smallest unit, as in every document of MFM.
 */
import { decimalOf } from "./amount.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Step } from "../../kernel/spec.ts";
import { inParallel } from "../../states/evm/in-parallel.ts";
import type { Scene, Simulators } from "../../states/evm/simulation.ts";
import type { TransactionTerms } from "../../states/evm/terms.ts";
import type { NetworkView } from "../networks/networks.ts";
import { type AssetView, readHolding } from "./asset.ts";
import { expectedSeconds } from "./expected-duration.ts";
import { type Tried, foresee } from "./foresee.ts";
import type { Live } from "./live.ts";
import { type Market, type Pace, expectedGasPrice, measurePace, readMarket } from "./market.ts";
import { type Moved, readMoved } from "./moved.ts";
import type { Alone, Attempt, PlanSubject, Proposed, Trouble, Unforeseen } from "./proposed.ts";

export interface PlannedTransaction extends Pick<Proposed, "step" | "title" | "call"> {
  /** Null where a contract is created. */
  readonly to: string | null;
  readonly value: string;
  readonly moves: readonly { readonly symbol: string; readonly decimals: number; readonly to: string; readonly amount: string }[];
  /** The gas limit; null where the simulation failed, or there was none. */
  readonly gas: string | null;
  /** Wei. */
  readonly fee: { readonly expected: string; readonly atMost: string } | null;
  readonly problem: Trouble | null;
  /** Why it was not simulated after what it stands on, and the step of that. Its own step simulates it before it is sent. */
  readonly unforeseen: { readonly why: Unforeseen; readonly after: string } | null;
}

/** What the sender has less, at most, and what it has now. */
export interface Change {
  readonly symbol: string;
  readonly decimals: number;
  readonly held: string;
  readonly spent: string;
}

export interface EvmPlan {
  readonly network: Pick<NetworkView, "id" | "name" | "native">;
  readonly from: string;
  readonly block: { readonly number: string; readonly hash: string };
  readonly fees: {
    readonly baseFeePerGas: string;
    readonly priorityFeePerGas: string;
    /** Where the tip is from: what was paid in blocks lately, what the node suggests where it does not tell that, or the floor or ceiling of the terms. */
    readonly tipFrom: Market["tipFrom"];
    readonly maxFeePerGas: string;
    /** No candidate is ever above it. */
    readonly ceiling: string;
    /** Of all transactions, in wei. `atMost`: at what is offered now; replacements may offer more, up to the ceiling. */
    readonly expected: string;
    readonly atMost: string;
  };
  readonly transactions: readonly PlannedTransaction[];
  readonly changes: readonly Change[];
  /** Beside `changes`: what contracts move of the sender's by themselves, as the simulation and the tokens' own logs say. */
  readonly moved: Moved;
  readonly finality: { readonly policy: TransactionTerms["finality"]; readonly window: number } & Pace & {
      /** From the first to the last; null where the chain does not say. */
      readonly expectedSeconds: number | null;
    };
  /** Of single transactions and of all together. Empty: it may be sent. */
  readonly problems: readonly Trouble[];
}

const atOnce = 32;

/** @throws SOURCE_FAILED when the chain cannot be read; everything else that is wrong stands in the plan */
export async function planTransactions(
  asking: Live,
  subject: PlanSubject,
  { proposed, steps }: { readonly proposed: readonly Proposed[]; readonly steps: readonly Step[] },
): Promise<EvmPlan> {
  const { view, from, terms, scene } = subject;
  const [market, pace] = await Promise.all([readMarket(asking, subject, scene), measurePace(asking, subject, scene)]);
  const [tried, moved] = await Promise.all([tryAll(asking, subject, proposed), readMoved(asking, subject, proposed)]);
  const transactions = tried.map(({ one, found }) => planned(one, found, market));
  const gas = tried.reduce((sum, { found }) => sum + ("gas" in found ? found.gas : 0n), 0n);
  const cost = gas * market.maxFeePerGas;
  const sending = new Set(proposed.map(({ step }) => step));
  const changes = await changesOf(asking, subject, { proposed, cost });
  return {
    network: { id: view.id, name: view.name, native: view.native },
    from,
    block: { number: scene.at.number.toString(), hash: scene.at.hash },
    fees: {
      baseFeePerGas: market.baseFeePerGas.toString(),
      priorityFeePerGas: market.priorityFeePerGas.toString(),
      tipFrom: market.tipFrom,
      maxFeePerGas: market.maxFeePerGas.toString(),
      ceiling: terms.fees.maxFeePerGas.toString(),
      expected: transactions.reduce((sum, { fee }) => sum + BigInt(fee?.expected ?? 0), 0n).toString(),
      atMost: cost.toString(),
    },
    transactions,
    changes: changes.map(({ asset, held, spent }) => ({ ...namesOf(asset), held: held.toString(), spent: spent.toString() })),
    moved,
    finality: {
      policy: terms.finality,
      window: terms.window,
      ...pace,
      expectedSeconds: expectedSeconds(pace, { steps, sending, window: terms.window }),
    },
    problems: [
      ...transactions.flatMap(({ title, problem }) => (problem === null ? [] : [{ ...problem, message: `${title}: ${problem.message}` }])),
      ...shortages(changes),
      ...feeTroubles(market, terms),
    ],
  };
}

async function tryAll(asking: Live, subject: PlanSubject, proposed: readonly Proposed[]): Promise<Tried<Attempt>[]> {
  const alone = await inParallel(proposed, atOnce, async (one) => {
    const { trial } = one;
    return { one, found: trial.kind === "alone" ? await attempt(asking, subject.scene, trial) : trial };
  });
  return foresee(asking, subject, alone);
}

async function attempt(asking: Simulators, scene: Scene, { simulate }: Alone): Promise<Attempt> {
  try {
    const { gas, estimate } = await simulate(asking, scene);
    return { gas, expectedGas: estimate };
  } catch (error) {
    // A chain that cannot be read says nothing about the transaction.
    if (!(error instanceof MfmError) || error.code === "SOURCE_FAILED" || error.code === "INTERNAL") throw error;
    return { problem: { code: error.code, message: error.message } };
  }
}

function planned({ step, title, call, action, moves, target }: Proposed, found: Attempt, market: Market): PlannedTransaction {
  const isFine = "gas" in found;
  return {
    step,
    title,
    call,
    to: target ?? action.to ?? null,
    value: action.value.toString(),
    moves: moves.map(({ asset, to, amount }) => ({ symbol: asset.symbol, decimals: asset.decimals, to, amount: amount.toString() })),
    gas: isFine ? found.gas.toString() : null,
    fee: isFine
      ? { expected: (found.expectedGas * expectedGasPrice(market)).toString(), atMost: (found.gas * market.maxFeePerGas).toString() }
      : null,
    problem: "problem" in found ? found.problem : null,
    unforeseen: "why" in found ? found : null,
  };
}

interface Spending {
  readonly asset: AssetView;
  readonly held: bigint;
  readonly spent: bigint;
}

/** By asset; the network's own first, with what the network charges. */
async function changesOf(
  asking: Simulators,
  { view, from, scene }: PlanSubject,
  { proposed, cost }: { readonly proposed: readonly Proposed[]; readonly cost: bigint },
): Promise<Spending[]> {
  const native: AssetView = { asset: { kind: "native" }, ...view.native };
  const spent = new Map<string, { readonly asset: AssetView; amount: bigint }>([["native", { asset: native, amount: cost }]]);
  for (const { asset, amount } of proposed.flatMap(({ moves }) => moves)) {
    const key = asset.asset.kind === "native" ? "native" : asset.asset.address;
    const known = spent.get(key);
    if (known === undefined) spent.set(key, { asset, amount });
    else known.amount += amount;
  }
  return Promise.all(
    [...spent.values()].map(async ({ asset, amount }) => {
      const held = await readHolding(asking, view.id, { account: from, asset: asset.asset, scene });
      return { asset, held, spent: amount };
    }),
  );
}

function shortages(changes: readonly Spending[]): Trouble[] {
  return changes.flatMap(({ asset, held, spent }) => {
    if (held >= spent) return [];
    const show = (units: bigint): string => `${decimalOf(String(units), asset.decimals)} ${asset.symbol}`;
    return [
      {
        code: "FUNDS_INSUFFICIENT",
        message: `all of it together needs ${show(spent)}, and the sender holds ${show(held)}: ${show(spent - held)} is missing`,
      },
    ];
  });
}

function feeTroubles({ baseFeePerGas }: Market, { fees }: TransactionTerms): Trouble[] {
  if (baseFeePerGas <= fees.maxFeePerGas) return [];
  return [
    {
      code: "FEE_CEILING",
      message: `the base fee is ${baseFeePerGas} wei per gas, and the ceiling ${fees.maxFeePerGas}: nothing would be included before it falls`,
    },
  ];
}

function namesOf({ symbol, decimals }: AssetView): Pick<Change, "symbol" | "decimals"> {
  return { symbol, decimals };
}
