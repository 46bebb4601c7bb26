/** Choices by chance, the same for the same seed. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A whole number from 0, below the limit. */
  below(limit: number): number {
    return Math.floor(this.#random() * Math.max(1, limit));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** A member that is there now and then. */
  optional<Name extends string, Value>(name: Name, value: Value): { [key in Name]?: Value } {
    return this.chance(0.3) ? ({ [name]: value } as { [key in Name]: Value }) : {};
  }
}

/** mulberry32: small, good enough to choose tests, and the same everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
