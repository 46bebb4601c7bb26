/** Taking in what landed: the events of attempts and calls, and the values that are soon needed again. */
import type { EventDraft, EventType } from "../events.ts";
import type { Fold } from "../fold.ts";
import { type Batch, batchLimit } from "./batch.ts";
import type { Call, EffectCalls } from "./effect-calls.ts";
import type { Flight } from "./flight.ts";
import type { Flights } from "./flights.ts";
import type { Values } from "./values.ts";

/** What landed in one turn, in case its events find no place and it lands again. */
export interface Landed {
  readonly flights: Flight[];
  readonly calls: Call[];
}

/** What is under way in a run. */
export interface UnderWay {
  readonly fold: Fold;
  readonly flights: Flights;
  readonly calls: EffectCalls;
  readonly values: Values;
}

/** Where it is taken to, and what is. */
export interface Taking {
  readonly batch: Batch;
  readonly landed: Landed;
  readonly what: "calls" | "all";
}

/** What made a value that is soon needed again. */
const soonNeeded: readonly EventType[] = ["StepCompleted", "EffectIntended", "EffectPrepared", "EffectDispatched"];

/** Whether something would be intended anew of which nothing is begun any more. What undoes something is, while the run does that. */
function isVainRenewal(fold: Fold, { type, data }: EventDraft): boolean {
  return type === "EffectIntended" && data.renewal !== undefined && fold.endsAt(fold.indexOf(data.step) ?? -1);
}

/** Takes in one thing that has landed: a call as it comes, an attempt in its turn. */
export function landNext({ fold, flights, calls, values }: UnderWay, { batch, landed, what }: Taking): boolean {
  if (batch.events.length >= batchLimit) return false;
  const call = calls.takeLanded();
  const flight = call === undefined && what === "all" ? flights.takeLanded() : undefined;
  const landing = (call ?? flight)?.landing;
  if (landing === undefined) return false;
  const { drafts, artifacts } = landing;
  // Nothing is intended anew once the run is to end, which it may be since this was decided: then its step is concluded as it is.
  batch.addAll(
    drafts.filter((draft) => !isVainRenewal(fold, draft)),
    artifacts,
  );
  if (soonNeeded.includes(drafts.at(-1)?.type ?? "RunAdmitted")) values.bring(artifacts);
  if (flight !== undefined) landed.flights.push(flight);
  if (call === undefined) return true;
  landed.calls.push(call);
  calls.landed(fold, call);
  return true;
}
