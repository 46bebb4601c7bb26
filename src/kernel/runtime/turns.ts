/**
 * Whose turn it is: of which entry points a worker claims next. A higher priority goes first; within one, entry points take turns, so that one
 * with a thousand runs due does not make the others wait for all of them; an entry point that is at its limit is left out.
 */
import type { DefinitionId } from "../names.ts";

export interface EntryPointTerms {
  /** Runs of the entry point that this worker drives at once; undefined: as many as it drives at all. */
  readonly concurrency?: number | undefined;
  /** The higher goes first, as long as it has something due; 0 where nothing is said. */
  readonly priority?: number | undefined;
}

/** Entry points of one priority. */
interface Class {
  readonly all: readonly DefinitionId[];
  /** Those that had no turn in this round. */
  left: Set<DefinitionId>;
}

export class Turns {
  readonly #classes: readonly Class[];
  readonly #limits: ReadonlyMap<DefinitionId, number>;
  readonly #active = new Map<DefinitionId, number>();

  constructor(entryPoints: Iterable<DefinitionId>, terms: ReadonlyMap<DefinitionId, EntryPointTerms> = new Map()) {
    const classes = new Map<number, DefinitionId[]>();
    const limits = new Map<DefinitionId, number>();
    for (const entryPoint of entryPoints) {
      const { concurrency, priority = 0 } = terms.get(entryPoint) ?? {};
      classes.set(priority, [...(classes.get(priority) ?? []), entryPoint]);
      if (concurrency !== undefined) limits.set(entryPoint, concurrency);
    }
    this.#limits = limits;
    this.#classes = [...classes].toSorted(([one], [other]) => other - one).map(([, all]) => ({ all, left: new Set(all) }));
  }

  /** Those of which one more run may be driven. */
  get open(): readonly DefinitionId[] {
    return this.#classes.flatMap(({ all }) => all).filter((entryPoint) => this.#hasRoom(entryPoint));
  }

  /**
   * Asks `find` for a run of some entry points, until there is one: at most twice for each priority. What it finds counts as driven until
   * `end` is called.
   */
  async next<T>(
    find: (entryPoints: readonly DefinitionId[]) => Promise<T | undefined>,
    entryPointOf: (found: T) => DefinitionId,
  ): Promise<T | undefined> {
    for (const each of this.#classes) {
      const waiting = [...each.left].filter((entryPoint) => this.#hasRoom(entryPoint));
      const found = waiting.length > 0 ? await find(waiting) : undefined;
      if (found !== undefined) return this.#take(each, found, entryPointOf(found));
      // The round is over: everybody is asked again, unless everybody just was.
      each.left = new Set(each.all);
      const again = each.all.filter((entryPoint) => this.#hasRoom(entryPoint));
      const next = again.length > waiting.length ? await find(again) : undefined;
      if (next !== undefined) return this.#take(each, next, entryPointOf(next));
    }
    return undefined;
  }

  /** A run of the entry point is not driven any more. */
  end(entryPoint: DefinitionId): void {
    this.#active.set(entryPoint, (this.#active.get(entryPoint) ?? 1) - 1);
  }

  #take<T>(from: Class, found: T, entryPoint: DefinitionId): T {
    from.left.delete(entryPoint);
    this.#active.set(entryPoint, (this.#active.get(entryPoint) ?? 0) + 1);
    return found;
  }

  #hasRoom(entryPoint: DefinitionId): boolean {
    return (this.#active.get(entryPoint) ?? 0) < (this.#limits.get(entryPoint) ?? Infinity);
  }
}
