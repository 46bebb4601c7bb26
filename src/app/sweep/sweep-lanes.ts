/** The part of a sweep that is about lanes: rows, queues, and whether the run whose turn it is will be looked at. */
import { hasEnded } from "../../kernel/run.ts";
import type { Lane } from "../../kernel/lanes.ts";
import type { Problem, Store } from "../../kernel/store.ts";
import { isDue } from "./readiness.ts";
import type { LaneTally, Told } from "./tally.ts";

const everything = 1_000_000_000;

export type SweepMode = "look" | "repair";

export interface SweptLanes {
  readonly count: number;
  readonly found: readonly Problem[];
  readonly repaired: number;
}

/** Lanes that went on since the streams were read are left for another time. */
export async function sweepLanes(store: Store, tally: LaneTally, mode: SweepMode): Promise<SweptLanes> {
  const names = [...new Set([...(await store.listLanes()), ...tally.names])].toSorted();
  const [driver] = await store.listDrivers();
  const found: Problem[] = [];
  let repaired = 0;
  // While runs are driven, a lane may be past what its streams said when they were read.
  for (const name of driver === undefined ? names : []) {
    const lane = await store.readLane(name, everything);
    const told = tally.told(name) ?? { seq: 0, next: null, queue: [] };
    const what = lane === undefined ? "has no row" : difference(lane, told);
    if (what !== null) {
      found.push({ where: `lane ${name}`, what });
      if (mode === "repair" && (await store.repairLane({ lane: name, ...told }))) repaired++;
    }
    const stuck = lane === undefined ? undefined : await stuckTurn(store, lane);
    if (stuck === undefined) continue;
    found.push({ where: stuck.run.runId, what: `nobody is told to look at it, and it is its turn in lane ${name}` });
    const rows = (await store.listEffects({ runId: stuck.run.runId, limit: everything })).map(
      ({ runId: _run, number: _number, ...row }) => row,
    );
    if (mode === "repair" && (await store.repairRun(stuck.run, rows, true))) repaired++;
  }
  return { count: names.length, found, repaired };
}

function difference(lane: Lane, told: Told): string | null {
  if (lane.seq !== told.seq || lane.next !== told.next) return "its row is not what the streams say";
  const isInTurn = lane.queue.length === told.queue.length && lane.queue.every(({ effect }, index) => effect === told.queue[index]);
  return isInTurn ? null : "its queue does not stand as the streams say";
}

/** The run whose turn it is in a lane that is quite free, where it waits and nothing will wake it. */
async function stuckTurn(store: Store, { taken, queue }: Lane) {
  const [first] = queue;
  if (first === undefined || taken.length > 0) return undefined;
  const stored = await store.readRun(first.runId);
  return stored === undefined || isDue(stored) || hasEnded(stored.run.status) ? undefined : stored;
}
