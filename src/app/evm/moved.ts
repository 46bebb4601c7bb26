/**
 * What calls move by themselves, beyond what is declared: each that stands on no other is simulated once more, alone, and the sender's balance
 * looked at after it. Of tokens it is what their own logs say. Where nobody can tell, that is no problem: then the plan has what is declared.
 */
import { MfmError } from "../../kernel/errors.ts";
import { inParallel } from "../../states/evm/in-parallel.ts";
import type { Simulated } from "../../transports/evm/simulate-sequence.ts";
import { describeAsset } from "./asset.ts";
import type { Live } from "./live.ts";
import type { PlanSubject, Proposed } from "./proposed.ts";

type Hex = `0x${string}`;

/** What the sender receives and spends of one asset, in its smallest unit. */
export interface MovedAsset {
  /** A token's address where it names none. */
  readonly symbol: string;
  /** Null where a token does not say. */
  readonly decimals: number | null;
  /** Null: the network's own asset, as the sender's balance has it after the calls, without what they declare to carry. */
  readonly address: string | null;
  readonly received: string;
  readonly spent: string;
}

/** Fees aside. Nothing of it is certain: a token may log what it likes, and what is sent later may do something else. */
export interface Moved {
  /** The network's own first, then what is spent of. */
  readonly assets: readonly MovedAsset[];
  /** How many more assets there are. */
  readonly unnamed: number;
  /** Of how many calls it is not known what they move: they stand on others or would fail, or the provider does not tell. */
  readonly unread: number;
}

interface Movement {
  readonly token: Hex | null;
  readonly received: bigint;
  readonly spent: bigint;
}

const atOnce = 32;
const assetsNamed = 50;

/** Without calls nobody is asked: a transfer moves what it declares. */
export async function readMoved(asking: Live, subject: PlanSubject, proposed: readonly Proposed[]): Promise<Moved> {
  const calls = [...proposed.entries()].filter(([, one]) => isCall(one));
  const alone = calls.filter(([, { trial }]) => trial.kind === "alone");
  const counted =
    alone.length === 0 ? undefined : await asking.chain.nonce({ network: subject.network, account: subject.from, at: subject.scene.at });
  const first = counted?.kind === "ok" ? Number(counted.nonce) : undefined;
  const found = await inParallel(alone, atOnce, async ([place, { action }]) =>
    first === undefined ? undefined : simulateOne(asking, subject, { action, nonce: first + place }),
  );
  const read = found.filter((movements) => movements !== undefined);
  const sums = sumOf(read.flat());
  return {
    assets: await inParallel(sums.slice(0, assetsNamed), atOnce, (movement) => named(asking, subject, movement)),
    unnamed: Math.max(0, sums.length - assetsNamed),
    unread: calls.length - read.length,
  };
}

/** A transfer of a token declares what it moves. */
function isCall({ action, moves }: Proposed): boolean {
  return action.data !== "0x" && !moves.some(({ asset }) => asset.asset.kind === "erc20");
}

/** Answers with what its caller has: CALLER BALANCE PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN. */
const look: Omit<Simulated, "nonce"> = {
  to: "0x000000000000000000000000000000006d666d01",
  value: 0n,
  data: "0x",
  code: "0x333160005260206000f3",
};

/**
 * Undefined where it would fail, or nobody tells. The network's own asset is read from the balance and not from `traceTransfers`, with which some
 * nodes log transfers that failed too. Simulating charges no fees.
 */
async function simulateOne(
  { chain, sequence }: Live,
  { network, from, scene: { at } }: PlanSubject,
  { action, nonce }: { readonly action: Proposed["action"]; readonly nonce: number },
): Promise<readonly Movement[] | undefined> {
  const transactions = [
    { nonce, ...action },
    { nonce: nonce + 1, ...look },
  ];
  const [before, answer] = await Promise.all([
    chain.balance({ network, account: from, at }),
    sequence(network, { at, from, transactions }),
  ]);
  if (answer.kind !== "ok" || before.kind !== "ok") return undefined;
  const [done, looked] = answer.outcomes;
  if (done?.kind !== "done" || done.moved === undefined || looked?.kind !== "done" || looked.returned.length !== 66) return undefined;
  const more = BigInt(looked.returned) - before.balance + action.value;
  return [{ token: null, received: more > 0n ? more : 0n, spent: more < 0n ? -more : 0n }, ...done.moved];
}

function sumOf(movements: readonly Movement[]): Movement[] {
  const sums = new Map<Hex | null, Movement>();
  for (const { token, received, spent } of movements) {
    const known = sums.get(token) ?? { received: 0n, spent: 0n };
    sums.set(token, { token, received: known.received + received, spent: known.spent + spent });
  }
  const rank = ({ token, spent }: Movement): number => (token === null ? 0 : spent > 0n ? 1 : 2);
  return [...sums.values()].filter(({ received, spent }) => received + spent > 0n).toSorted((left, right) => rank(left) - rank(right));
}

async function named(asking: Live, { view, scene }: PlanSubject, { token, received, spent }: Movement): Promise<MovedAsset> {
  const amounts = { address: token, received: received.toString(), spent: spent.toString() };
  if (token === null) return { ...view.native, ...amounts };
  try {
    const { symbol, decimals } = await describeAsset(asking, view, { token, scene });
    return { symbol, decimals, ...amounts };
  } catch (error) {
    // A name is no reason not to plan.
    if (!(error instanceof MfmError) || error.code === "INTERNAL") throw error;
    return { symbol: token, decimals: null, ...amounts };
  }
}
