/** What happens with each block of a simulated chain: strangers, drops, spikes of fees, reorgs; and a person with a wallet, once it is calm. */
import type { Chance } from "../chance.ts";
import type { SimulatedAccount } from "./account.ts";
import type { SimulatedChain } from "./chain.ts";
import { type ChainTroubles, noTroubles } from "./scenario.ts";

const gwei = 1_000_000_000n;
const carrier = "0x00000000000000000000000000000000000000AA";

export interface BlockMaking {
  readonly chance: Chance;
  readonly count: (what: string) => void;
}

export class BlockMaker {
  readonly #chain: SimulatedChain;
  readonly #account: SimulatedAccount;
  readonly #making: BlockMaking;

  constructor(chain: SimulatedChain, account: SimulatedAccount, making: BlockMaking) {
    this.#chain = chain;
    this.#account = account;
    this.#making = making;
  }

  /** `given`: null once it is calm. `explainedTo`: nonces below are said to be used up. */
  make(given: ChainTroubles | null, explainedTo: number): void {
    const { chance, count } = this.#making;
    const troubles = given ?? noTroubles;
    const { address } = this.#account;
    const chain = this.#chain;
    const others = [];
    if (chance.is(troubles.foreigns)) {
      const next = chain.countAt(address, chain.height);
      const stranger = this.#account.signed(chain.strange(address, next + (chance.is(0.2) ? 1 : 0)));
      if (chance.is(0.5)) others.push(stranger);
      else
        try {
          chain.take(stranger);
        } catch {
          count("stranger refused");
        }
      count("stranger");
    }
    if (chance.is(troubles.authorizations)) {
      const nonce = chain.countAt(address, chain.height);
      others.push(chain.strange(carrier, chain.countAt(carrier, chain.height), this.#account.authorize(nonce)));
      count("authorization");
    }
    if (given === null) {
      this.#useWallet(explainedTo);
      // What its policy does not let be replaced waits until the market comes back to it.
      if (chance.is(0.05)) chain.setBaseFee(gwei / 2n);
    }
    const pooled = chain.pool.find(() => chance.is(0.3));
    if (pooled !== undefined && chance.is(troubles.drops)) chain.drop(pooled.hash);
    if (chance.is(troubles.feeSpikes)) chain.setBaseFee(15n * gwei);
    if (chance.is(troubles.reorgs)) {
      chain.reorg(chance.int(1, 4), others);
      count("reorg");
    } else chain.mine(others);
  }

  /** What waits for a nonce that a reorg took back, or that was signed and never sent, goes on with whatever is sent next from the account. */
  #useWallet(explainedTo: number): void {
    const { address } = this.#account;
    const next = this.#chain.countAt(address, this.#chain.height);
    const own = this.#chain.pool.filter(({ from }) => from === address);
    const isWaited = own.length > 0 || next < explainedTo;
    if (!isWaited || own.some(({ nonce }) => nonce === next) || !this.#making.chance.is(0.02)) return;
    const paying = { maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: 100n * gwei };
    this.#chain.take(this.#account.signed(this.#chain.strange(address, next, paying)));
    this.#making.count("wallet");
  }
}
