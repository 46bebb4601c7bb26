/** The attempts of steps that are under way in one drive, in the order they were started, which is the order they are committed in. */
import type { Fold } from "../fold.ts";
import { Flight } from "./flight.ts";

export class Flights {
  #flights = new Map<number, Flight>();

  get size(): number {
    return this.#flights.size;
  }

  get indices(): Iterable<number> {
    return this.#flights.keys();
  }

  get hasLanded(): boolean {
    const [first] = this.#flights.values();
    return first?.landing !== undefined;
  }

  /** Decides an attempt; it is launched once what it follows from is committed. */
  start(fold: Fold, index: number): void {
    this.#flights.set(index, new Flight(index, fold.attempts(index) + 1));
  }

  unlaunched(): Flight[] {
    return [...this.#flights.values()].filter(({ launched }) => !launched);
  }

  /** Takes out the first that was started, if it has landed. */
  takeLanded(): Flight | undefined {
    const [first] = this.#flights.values();
    if (first?.landing === undefined) return undefined;
    this.#flights.delete(first.index);
    return first;
  }

  /**
   * Somebody else appended: keeps what still fits. A flight that was not launched may follow from what was not committed, so it is decided
   * again.
   */
  reload(fold: Fold, landed: readonly Flight[]): void {
    const all = [...landed, ...this.#flights.values()];
    this.#flights = new Map();
    for (const flight of all) {
      const progress = fold.progressAt(flight.index);
      const isOpen = (progress.is === "open" || progress.is === "failed") && fold.effects.get(flight.index) === undefined;
      const fits = isOpen && flight.attempt === fold.attempts(flight.index) + 1;
      if (fits && flight.launched && fold.phase.is === "driving") this.#flights.set(flight.index, flight);
      else flight.abandon();
    }
  }

  abandon(): void {
    for (const flight of this.#flights.values()) flight.abandon();
    this.#flights.clear();
  }
}
