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

  constructor(random: Random) {
    this.#random = random;
  }

  get restsUntil(): number {
    return this.#restsUntil;
  }

  /** Whether it may be asked in its turn, not after the others. When its rest is over, one question claims to try it: the next find it resting. */
  claimTurn(now: number): boolean {
    if (this.#failures === 0) return true;
    if (now < this.#restsUntil) return false;
    this.#restsUntil = now + this.#restMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed({ reason, retryAfterMs = 0 }: RpcFailure, now: number): void {
    if (!tiring.has(reason)) return;
    // Questions that were under way together count as one.
    if (this.#failures > 0 && now < this.#restsUntil - this.#restMs / 2) return;
    this.#restMs = Math.max(retryAfterMs, growingDelay(this.#failures, restGrowth, this.#random));
    this.#failures++;
    this.#restsUntil = now + this.#restMs;
  }
}
