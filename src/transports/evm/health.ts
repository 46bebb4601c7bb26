/** How a source has been doing: after failures it rests for a growing while, during which others are asked first. */
import type { Random } from "../../kernel/ports.ts";
import type { FailureReason } from "../../capabilities/evm/failure.ts";
import { growingDelay } from "./back-off.ts";
import type { RpcFailure } from "./provider.ts";

const restGrowth = { firstMs: 1000, longestMs: 60_000 };

/** These say something about the source, others about the question. */
const tiring: ReadonlySet<FailureReason> = new Set([
  "unreachable",
  "timeout",
  "rate_limited",
  "unavailable",
  "malformed",
  "unauthorized",
  "wrong_chain",
]);

export class Health {
  readonly #random: Random;
  #failures = 0;
  #restMs = 0;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #isOnTrial = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether it failed and nobody has tried it with success since. */
  get rests(): boolean {
    return this.#failures > 0;
  }

  get restsUntil(): number {
    return this.#restsUntil;
  }

  /** Whether it may be asked in its turn, not after the others. When its rest is over, one question claims to try it: the next find it resting. */
  claimTurn(now: number): boolean {
    if (this.#failures === 0) return true;
    if (now < this.#restsUntil) return false;
    this.#restsUntil = now + this.#restMs;
    this.#isOnTrial = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#isOnTrial = false;
  }

  failed({ reason, retryAfterMs = 0 }: RpcFailure, now: number): void {
    if (!tiring.has(reason)) return;
    // While it rests, what was under way fails too, and so does what asks it as the last one: that is no news.
    if (this.#failures > 0 && !this.#isOnTrial) return;
    this.#isOnTrial = false;
    this.#restMs = Math.max(retryAfterMs, growingDelay(this.#failures, restGrowth, this.#random));
    this.#failures++;
    this.#restsUntil = now + this.#restMs;
  }
}
