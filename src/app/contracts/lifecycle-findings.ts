/** What a lifecycle did and found, as its run's history has it: also of one that failed, whose output there is none of. */
import { readHistory } from "../../kernel/verify/history.ts";
import { type Assertion } from "../../states/contracts/assertion.ts";
import { type Deployment } from "../../states/contracts/deploy-contract.ts";
import type { Done } from "../../states/contracts/done.ts";
import { withRecords } from "../engine.ts";
import type { Place } from "../place.ts";
import { resolveRunId } from "../run-ids.ts";

export interface LifecycleFindings {
  readonly deployments: readonly { readonly name: string; readonly address: string; readonly outcome: Done["outcome"] }[];
  /** `undone`: its undo was carried out after it. */
  readonly calls: readonly { readonly name: string; readonly outcome: Done["outcome"]; readonly undone: boolean }[];
  readonly assertions: readonly { readonly name: string; readonly result: Assertion }[];
}

/** @throws RUN_UNKNOWN, STORE_* */
export async function readFindings(place: Place, runId: string): Promise<LifecycleFindings> {
  return withRecords(place, async ({ runtime }) => {
    const { events, artifacts } = await readHistory(runtime.store, await resolveRunId(runtime.store, runId));
    const completed = events.flatMap(({ event }) => (event.type === "StepCompleted" ? [event.data] : []));
    const of = <T>(prefix: string): { readonly name: string; readonly value: T }[] =>
      completed
        .filter(({ step }) => step.startsWith(prefix) && !step.endsWith("/undo"))
        .map(({ step, output }) => ({ name: step.slice(prefix.length), value: JSON.parse(artifacts.get(output.digest) ?? "null") as T }));
    const undone = new Set(completed.map(({ step }) => step));
    return {
      deployments: of<Deployment>("deploy/").map(({ name, value }) => ({ name, address: value.address, outcome: value.done.outcome })),
      calls: of<Done>("configure/").map(({ name, value }) => ({
        name,
        outcome: value.outcome,
        undone: undone.has(`configure/${name}/undo`),
      })),
      assertions: of<Assertion>("validate/").map(({ name, value }) => ({ name, result: value })),
    };
  });
}
