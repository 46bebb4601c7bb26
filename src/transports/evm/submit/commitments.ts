/**
 * What the transactions under way of an account may cost at worst: a balance that is promised to them pays for nothing else. Kept per process;
 * what others prepared is read from their runs' histories when it is first seen.
 */
import type { TransactionEnvelope, UnsignedTransaction } from "../../../capabilities/evm/transaction-envelope.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { KnownLane } from "../../../kernel/effects/backend.ts";
import { MfmError } from "../../../kernel/errors.ts";
import { RecentMap } from "../recent-map.ts";

const lanesKept = 1024;

/** Wei, of the dearest candidate. */
interface Commitment {
  readonly nonce: number;
  readonly most: bigint;
}

/** How the account stands on the chain. */
export interface Purse {
  readonly balance: bigint;
  /** Nonces that are used up: what they cost is gone from the balance. */
  readonly count: number;
}

export class Commitments {
  readonly #lanes = new RecentMap<Map<string, Commitment>>(lanesKept);

  /** Holds what is known to what the store says is open. @throws what reading a history throws */
  async follow({ lane, open }: KnownLane<TransactionEnvelope>): Promise<void> {
    const before = this.#lanes.get(lane);
    const now = new Map<string, Commitment>();
    for (const { effect, slot, envelopes } of open) {
      const most = before?.get(effect)?.most ?? mostOf((await envelopes()).map(({ transaction }) => transaction));
      now.set(effect, { nonce: slot, most });
    }
    this.#lanes.set(lane, now);
  }

  /**
   * Sets aside what a first candidate may cost.
   * @throws FUNDS_INSUFFICIENT where the account has not enough for it; LANE_RESERVED where it has, and what is under way may need it
   */
  reserve(
    lane: string,
    effect: string,
    candidate: TransactionEnvelope,
    { intent, purse }: { intent: TransactionIntent; purse: Purse },
  ): void {
    const { transaction } = candidate;
    const known = this.#lanes.get(lane) ?? new Map<string, Commitment>();
    const others = [...known].flatMap(([id, { nonce, most }]) => (id !== effect && nonce >= purse.count ? [most] : []));
    const reserved = others.reduce((sum, most) => sum + most, 0n);
    const cost = mostOf([transaction]);
    if (purse.balance < cost + reserved) throw shortage({ intent, cost, reserved, balance: purse.balance });
    known.set(effect, { nonce: transaction.nonce, most: cost });
    this.#lanes.set(lane, known);
  }

  /** A further candidate may cost more. */
  raise(lane: string, effect: string, { transaction }: TransactionEnvelope): void {
    const known = this.#lanes.get(lane);
    const before = known?.get(effect)?.most ?? 0n;
    const most = mostOf([transaction]);
    if (most > before) known?.set(effect, { nonce: transaction.nonce, most });
  }
}

/** The candidates of one effect have one nonce: only one of them is ever paid for. */
function mostOf(candidates: readonly UnsignedTransaction[]): bigint {
  return candidates.reduce((most, { value, gas, maxFeePerGas }) => {
    const cost = value + gas * maxFeePerGas;
    return cost > most ? cost : most;
  }, 0n);
}

interface Shortage {
  readonly intent: TransactionIntent;
  readonly cost: bigint;
  readonly reserved: bigint;
  readonly balance: bigint;
}

function shortage({ intent: { network, from }, cost, reserved, balance }: Shortage): MfmError {
  const figures = { held: `${balance}`, needed: `${cost}`, reserved: `${reserved}`, missing: `${cost + reserved - balance}` };
  const details = { network, account: from, ...figures };
  const words = `${from} holds ${balance} on ${network}, and this may cost ${cost}`;
  return balance < cost
    ? new MfmError("FUNDS_INSUFFICIENT", `${words}: ${cost - balance} is missing`, details)
    : new MfmError("LANE_RESERVED", `${words} while ${reserved} may go to what is under way`, details);
}
