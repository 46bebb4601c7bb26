/** How long a run's transactions take until the last is final: as many as the window has are under way at once, and each waits for those that it stands on. */
import { type Step, sourcesOf } from "../../kernel/spec.ts";
import type { Pace } from "./market.ts";

/** `sending`: the keys of steps that send. Null where the chain does not say how fast it is. */
export function expectedSeconds(
  { blockSeconds, finalitySeconds }: Pace,
  { steps, sending, window }: { readonly steps: readonly Step[]; readonly sending: ReadonlySet<string>; readonly window: number },
): number | null {
  if (blockSeconds === null || finalitySeconds === null) return null;
  // Each needs a block, and then what finality takes.
  const rounds = stagesOf(steps, sending).reduce((sum, size) => sum + Math.ceil(size / window), 0);
  return rounds * (blockSeconds + finalitySeconds);
}

/** How many send in each stage: those of one stage wait for some of the stage before. Steps are in an order in which each comes after what it stands on. */
function stagesOf(steps: readonly Step[], sending: ReadonlySet<string>): number[] {
  const stages: number[] = [];
  const stageOf = new Map<string, number>();
  for (const step of steps) {
    const before = Math.max(0, ...neededBy(step).map((key) => stageOf.get(key) ?? 0));
    const sends = sending.has(step.key);
    stageOf.set(step.key, sends ? before + 1 : before);
    if (sends) stages[before] = (stages[before] ?? 0) + 1;
  }
  return stages;
}

function neededBy(step: Step): readonly string[] {
  switch (step.kind) {
    case "state":
      return [...step.after, ...sourcesOf(step.input)];
    case "child":
      return [...step.after, ...sourcesOf(step.config)];
    default:
      return step.after;
  }
}
