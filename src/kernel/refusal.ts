/** A refusal: why an event could not have happened, and which of its members says so. */

export interface Refusal {
  readonly kind: "refused";
  /** The member of the event that does not fit. */
  readonly field: string;
  readonly reason: string;
}

export function refuse(field: string, reason: string): Refusal {
  return { kind: "refused", field, reason };
}
