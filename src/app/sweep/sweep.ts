/**
 * The sweep: everything that a store keeps beside its streams is computed again from them and compared: the rows of runs, effects and lanes,
 * and whether each run that has something to do is due. A store that works as it should gives it nothing to find.
 */
import { toCanonical } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { RunId } from "../../kernel/names.ts";
import type { Run } from "../../kernel/run.ts";
import type { EffectRow } from "../../kernel/lanes.ts";
import type { StoredRun } from "../../kernel/leases.ts";
import type { Problem, Store } from "../../kernel/store.ts";
import { isDue, reasonToLook } from "./readiness.ts";
import { type Retold, retell } from "./retold.ts";
import { type SweepMode, sweepLanes } from "./sweep-lanes.ts";
import { LaneTally } from "./tally.ts";

export interface Swept {
  readonly runs: number;
  readonly lanes: number;
  readonly found: readonly Problem[];
  /** How many of the runs and lanes were put right. */
  readonly repaired: number;
}

const runsAtOnce = 200;
const everything = 1_000_000_000;
/** What others change while it is looked at is looked at again, so often. */
const looks = 3;

/** Compares, and puts right what differs: each run and each lane in a transaction of its own, unless it went on meanwhile. */
export async function sweep(store: Store, mode: SweepMode): Promise<Swept> {
  const found: Problem[] = [];
  const tally = new LaneTally();
  let runs = 0;
  let repaired = 0;
  for (let before: number | undefined; ;) {
    const page = await store.listRuns({ limit: runsAtOnce, ...(before === undefined ? {} : { before }) });
    for (const { run } of page) {
      runs++;
      const finding = await sweepRun(store, run.runId, tally);
      if (finding === undefined) continue;
      found.push(...finding.problems);
      if (mode === "repair" && finding.repair !== undefined && (await finding.repair())) repaired++;
    }
    before = page.at(-1)?.admissionOrder;
    if (before === undefined) break;
  }
  const lanes = await sweepLanes(store, tally, mode);
  return { runs, lanes: lanes.count, found: [...found, ...lanes.found], repaired: repaired + lanes.repaired };
}

interface Finding {
  readonly problems: readonly Problem[];
  /** Undefined: nothing that could be written anew. */
  readonly repair: (() => Promise<boolean>) | undefined;
}

/** Undefined: all is as it must be, or the run goes on faster than it can be looked at. */
async function sweepRun(store: Store, runId: RunId, tally: LaneTally): Promise<Finding | undefined> {
  for (let look = 1; ; look++) {
    const stored = await store.readRun(runId);
    if (stored === undefined) return undefined;
    let retold: Retold;
    try {
      retold = await retell(store, stored);
    } catch (error) {
      if (!(error instanceof MfmError) || error.entry.retry !== "never") throw error;
      return { problems: [{ where: runId, what: error.message }], repair: undefined };
    }
    const finding = await compare(store, retold);
    const again = await store.readRun(runId);
    const isSame = again !== undefined && sameMoment(stored, again);
    if (isSame || look === looks) {
      tally.add(retold);
      return isSame ? finding : undefined;
    }
  }
}

function sameMoment(left: StoredRun, right: StoredRun): boolean {
  return left.run.head.digest === right.run.head.digest && left.wakeAt === right.wakeAt && left.poked === right.poked;
}

async function compare(store: Store, retold: Retold): Promise<Finding | undefined> {
  const { stored, fold, effects } = retold;
  const { runId } = stored.run;
  const run = fold.run();
  const problems: Problem[] = [];
  if (!isEqual(essenceOf(run), essenceOf(stored.run))) problems.push({ where: runId, what: "its row is not what its stream says" });
  const rows = new Map((await store.listEffects({ runId, limit: everything })).map((row) => [row.effect, row]));
  for (const expected of effects) {
    const row = rows.get(expected.effect);
    rows.delete(expected.effect);
    if (row === undefined) problems.push({ where: `${runId} effect ${expected.step}`, what: "has no row" });
    else if (!isEqual(bare(row), expected))
      problems.push({ where: `${runId} effect ${expected.step}`, what: "its row is not what the stream says" });
  }
  for (const { step } of rows.values()) problems.push({ where: `${runId} effect ${step}`, what: "its row is of no effect of the run" });
  const reason = isDue(stored) ? null : await reasonToLook(store, retold, await store.now());
  if (reason !== null) problems.push({ where: runId, what: `nobody is told to look at it, and ${reason}` });
  return problems.length === 0 ? undefined : { problems, repair: () => store.repairRun(run, effects, reason !== null) };
}

/** What no version of MFM words differently. */
function essenceOf({ runId, entryPoint, status, head, outputs }: Run): object {
  return { runId, entryPoint, status, head, output: outputs?.digest ?? null };
}

function bare({ runId: _runId, number: _number, ...row }: EffectRow & { readonly runId: RunId; readonly number: number }): EffectRow {
  return row;
}

function isEqual(left: object, right: object): boolean {
  return toCanonical(left) === toCanonical(right);
}
