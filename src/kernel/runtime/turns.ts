/**
 * Whose turn it is: of which entry points a worker claims next. A higher priority goes first; within one, entry points take turns, so that one
 * with a thousand runs due does not make the others wait for all of them. The store sees to limits, which hold for all workers together.
 */
import type { RunLimits } from "../leases.ts";
import type { DefinitionId } from "../names.ts";

export interface EntryPointTerms {
  /** Runs of the entry point that are driven at once, by all workers together; undefined: as many as they drive at all. */
  readonly concurrency?: number | undefined;
  /** The higher goes first, as long as it has something due; 0 where nothing is said. */
  readonly priority?: number | undefined;
}

/** Of whom runs are claimed, and how many at most. */
export interface Turn {
  readonly places: number;
  readonly entryPoints: readonly DefinitionId[];
  /** Those of them that had a turn in this round. */
  readonly served: readonly DefinitionId[];
}

/** Entry points of one priority. */
interface Class {
  readonly all: readonly DefinitionId[];
  served: Set<DefinitionId>;
}

export class Turns {
  readonly entryPoints: readonly DefinitionId[];
  readonly limits: RunLimits;
  readonly #classes: readonly Class[];

  constructor(entryPoints: Iterable<DefinitionId>, terms: ReadonlyMap<DefinitionId, EntryPointTerms> = new Map()) {
    this.entryPoints = [...entryPoints];
    const classes = new Map<number, DefinitionId[]>();
    const limits = new Map<DefinitionId, number>();
    for (const entryPoint of this.entryPoints) {
      const { concurrency, priority = 0 } = terms.get(entryPoint) ?? {};
      classes.set(priority, [...(classes.get(priority) ?? []), entryPoint]);
      if (concurrency !== undefined) limits.set(entryPoint, concurrency);
    }
    this.limits = limits;
    this.#classes = [...classes].toSorted(([one], [other]) => other - one).map(([, all]) => ({ all, served: new Set() }));
  }

  /** Asks `find` for runs, once for each priority, until all places are taken. What it found before it failed is not lost. */
  async take<T>(
    places: number,
    find: (turn: Turn) => Promise<readonly T[]>,
    entryPointOf: (found: T) => DefinitionId,
  ): Promise<readonly T[]> {
    const taken: T[] = [];
    for (const each of this.#classes) {
      if (taken.length >= places) break;
      const turn = { places: places - taken.length, entryPoints: each.all, served: [...each.served] };
      try {
        const found = await find(turn);
        for (const one of found) serve(each, entryPointOf(one));
        taken.push(...found);
      } catch (error) {
        if (taken.length === 0) throw error;
        break;
      }
    }
    return taken;
  }
}

/** Who comes again before all had their turn does so because the others have nothing due: a new round begins. */
function serve(of: Class, entryPoint: DefinitionId): void {
  if (of.served.has(entryPoint) || of.served.size === of.all.length) of.served = new Set();
  of.served.add(entryPoint);
}
