/** Chance that repeats: everything a simulation leaves to chance is drawn from one seed, in streams that do not disturb each other. */

export class Chance {
  #state: number;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = mix(this.#seed);
  }

  /** A stream of its own: drawing from it changes nothing here. */
  fork(name: string): Chance {
    return new Chance(hash(name, this.#seed));
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  readonly unit = (): number => {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state) / 2 ** 32;
  };

  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** True as often as `probability` says. */
  is(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of these; `weights` say how often each, equally often where omitted. */
  pick<T>(items: readonly T[], weights: readonly number[] = items.map(() => 1)): T {
    let left = this.unit() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [index, item] of items.entries()) {
      left -= weights[index] ?? 0;
      if (left < 0) return item;
    }
    return items.at(-1) as T;
  }
}

/** A non-negative 31-bit number that stands for a text. */
export function hashText(text: string): number {
  return hash(text, 7) >>> 1;
}

/** The finalizer of MurmurHash3: every bit of the result depends on every bit of the word. */
function mix(word: number): number {
  let mixed = word >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** FNV-1a, mixed. */
function hash(text: string, seed: number): number {
  let sum = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return mix(sum);
}
