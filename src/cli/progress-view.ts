/** The types that the parts of the progress view share. */
import type { Driven } from "../app/drive-runs.ts";
import type { Observation } from "../app/observers.ts";

export type Watch = Observation["view"];
export type Moment = Parameters<Watch>[0];
export type Run = Driven["run"];

/** Shows what a tracker knows, until it is stopped. */
export interface View {
  changed(): void;
  stop(): void;
}
