/** A line of the report: what was measured, against what, and whether the bar of DESIGN section 13 is met. */

export interface Quantity {
  readonly amount: number;
  readonly unit: string;
}

/** What a value is compared with: the floor that the machine sets, or a peer. */
export interface Reference extends Quantity {
  readonly what: string;
}

export interface Bar {
  /** Whether the bar is on the value or on its ratio to the reference. */
  readonly on: "value" | "ratio";
  readonly limit: number;
  readonly sense: "at most" | "at least";
  /** The same in another unit. */
  readonly words?: string;
}

export type Verdict = "ok" | "miss" | "info";

export interface Line {
  /** The benchmark it belongs to, as `--only` names it. */
  readonly benchmark: string;
  readonly measure: string;
  readonly value: Quantity;
  readonly reference: Reference | null;
  /** Value over reference. */
  readonly ratio: number | null;
  readonly bar: Bar | null;
  readonly verdict: Verdict;
  readonly note: string | null;
}

export interface Measurement {
  readonly benchmark: string;
  readonly measure: string;
  readonly value: Quantity;
  readonly reference?: Reference;
  /** Where it is better known than value over reference: as the median of ratios that were each taken in one moment. */
  readonly ratio?: number;
  readonly bar?: Bar;
  readonly note?: string;
}

/** A measurement with its verdict; without a bar, or without what the bar is on, it only informs. */
export function lineOf({ benchmark, measure, value, reference, ratio: given, bar, note }: Measurement): Line {
  const ratio = given ?? (reference === undefined ? null : value.amount / reference.amount);
  return {
    benchmark,
    measure,
    value,
    reference: reference ?? null,
    ratio,
    bar: bar ?? null,
    verdict: verdictOf(bar, value.amount, ratio),
    note: note ?? null,
  };
}

function verdictOf(bar: Bar | undefined, value: number, ratio: number | null): Verdict {
  const held = bar?.on === "value" ? value : ratio;
  if (bar === undefined || held === null) return "info";
  return (bar.sense === "at most" ? held <= bar.limit : held >= bar.limit) ? "ok" : "miss";
}
