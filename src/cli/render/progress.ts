/** How far a run is, in one line. */
import { countOf } from "../../app/count.ts";
import type { Tracker } from "../tracker.ts";
import { showSeconds } from "./time.ts";

const stepsShown = 4;

export function describeProgress(tracker: Tracker): string {
  const { run, failures, children } = tracker;
  const parts = run === undefined ? ["starting"] : [run.entryPoint, `${run.steps.done}/${run.steps.total} steps`];
  if (children.known > 0) parts.push(`${children.ended}/${children.known} child runs`);
  if (failures > 0) parts.push(countOf(failures, "failed attempt"));
  parts.push(showSeconds(tracker.seconds));
  return parts.join("  ");
}

/** The steps in flight, or what the run waits for. */
export function describeInFlight({ inFlight, run }: Tracker): string {
  const keys = [...inFlight];
  if (keys.length > 0)
    return keys.slice(0, stepsShown).join(", ") + (keys.length > stepsShown ? ` and ${keys.length - stepsShown} more` : "");
  if (run === undefined || run.waitingFor.length === 0) return "";
  return `waits for ${run.waitingFor.map((wait) => ("step" in wait ? `${wait.kind} ${wait.step ?? ""}` : wait.kind)).join(", ")}`;
}
