/** When a run may be claimed and by whom: pure transitions of the part of a run's row that is about driving it, not about what happened. */

export interface Schedule {
  readonly wakeAt: number | null;
  /** Since when the run is due whatever `wakeAt` says; null when it was not poked since the last claim. */
  readonly pokedAt: number | null;
  readonly fence: number;
  /** Null: nobody drives. */
  readonly owner: string | null;
  readonly expiresAt: number | null;
  readonly claims: number;
}

/** The time from which a run is both due and without a valid lease; null when nothing will make it so. */
export function claimableAt(schedule: Schedule): number | null {
  const { wakeAt, pokedAt, expiresAt } = schedule;
  if (wakeAt === null && pokedAt === null) return null;
  const dueAt = Math.min(wakeAt ?? Infinity, pokedAt ?? Infinity);
  return Math.max(dueAt, expiresAt ?? -Infinity);
}

export function isLeased(schedule: Schedule, now: number): boolean {
  return schedule.owner !== null && (schedule.expiresAt ?? 0) > now;
}

/** A run as it is admitted. The driver that admits it knows what to do; everybody else's run is poked, so that a worker looks at it. */
export function admitted(
  wakeAt: number | null,
  lease: { readonly owner: string; readonly milliseconds: number } | null,
  now: number,
): Schedule {
  if (lease === null) return { wakeAt, pokedAt: now, fence: 0, owner: null, expiresAt: null, claims: 0 };
  return { wakeAt, pokedAt: null, fence: 1, owner: lease.owner, expiresAt: now + lease.milliseconds, claims: 0 };
}

/** After an append. The driver's own says when to look again; another's leaves a poke, which the driver may not have seen when it lets go. */
export function appended(schedule: Schedule, wakeAt: number | null, by: "driver" | "other", now: number): Schedule {
  return { ...schedule, wakeAt, pokedAt: by === "other" ? (schedule.pokedAt ?? now) : schedule.pokedAt, claims: 0 };
}

/** Nothing is due any more and nobody drives. The fence stays: an old driver's append finds the run ended. */
export function ended(schedule: Schedule): Schedule {
  return { wakeAt: null, pokedAt: null, fence: schedule.fence, owner: null, expiresAt: null, claims: 0 };
}

export function poked(schedule: Schedule, now: number): Schedule {
  return { ...schedule, pokedAt: schedule.pokedAt ?? now };
}

/** The run is due at once, so that it is claimed again when this driver dies without a word. */
export function claimed(schedule: Schedule, owner: string, milliseconds: number, now: number): Schedule {
  return { wakeAt: now, pokedAt: null, fence: schedule.fence + 1, owner, expiresAt: now + milliseconds, claims: schedule.claims + 1 };
}

export function extended(schedule: Schedule, milliseconds: number, now: number): Schedule {
  return { ...schedule, expiresAt: now + milliseconds };
}

export function released(schedule: Schedule, wakeAt: number | null): Schedule {
  return { ...schedule, wakeAt, owner: null, expiresAt: null, claims: 0 };
}
