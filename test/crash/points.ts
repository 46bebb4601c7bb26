/** The fault points of a run by name, and which of them the short sweeps kill at. */
import type { Moment } from "../../src/kernel/ports.ts";

/** `append.after StepCompleted`, `dispatch after`, `step.before`: the kind of moment, and what it has written or calls. */
export function nameOf(moment: Moment): string {
  switch (moment.kind) {
    case "append.after":
      return `${moment.kind} ${moment.types.join(" ")}`;
    case "effect.before":
    case "effect.after":
      return `${moment.call} ${moment.kind.slice("effect.".length)}`;
    default:
      return moment.kind;
  }
}

/** Of points from `from` on, by name: each that was not seen yet, where it first comes. The long sweeps take every point. */
export function firstOfEach(names: readonly string[], from = 0, seen = new Set<string>()): readonly number[] {
  return names.flatMap((name, point) => {
    if (point < from || seen.has(name)) return [];
    seen.add(name);
    return [point];
  });
}

/** For two variants of a sweep that share the names between them, whatever the order in which each meets them: 0 or 1. */
export function shareOf(name: string): 0 | 1 {
  return Buffer.from(name).reduce((sum, byte) => sum + byte, 0) % 2 === 0 ? 0 : 1;
}
