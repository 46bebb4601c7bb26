/** How each line of a payout stands, as its run's history and the ledger have it: of one that did not succeed, whose output there is none of. */
import type * as z from "zod";
import type { ListedEffect } from "../../kernel/lanes.ts";
import type { RunId } from "../../kernel/names.ts";
import { artifactsOf, openStoredEvent, readSpecOf } from "../../kernel/runtime/history.ts";
import type { Store } from "../../kernel/store.ts";
import { submitTransfer } from "../../states/evm/submit-transfer.ts";
import { withRecords } from "../engine.ts";
import type { Place } from "../place.ts";
import { resolveRunId } from "../run-ids.ts";
import { decimalOf } from "./amount.ts";
import type { AssetView } from "./asset.ts";

export interface LineStanding {
  /** From 1, as steps are counted. */
  readonly payment: number;
  /** What stands for it with whoever asked for it. */
  readonly id: string | null;
  readonly recipient: string;
  /** In the asset, as people write it. */
  readonly amount: string;
  /** `paid`, `not paid`, or what is known of its transaction while that is not known. */
  readonly is: string;
  readonly transactionHash: string | null;
}

/** Lines, and what was intended anew of them. */
const effectsAtMost = 20_000;

/** @throws RUN_UNKNOWN, HISTORY_INVALID */
export async function readStandings(place: Place, given: string, asset: AssetView | null): Promise<readonly LineStanding[]> {
  return withRecords(place, async ({ runtime: { store } }) => {
    const runId = await resolveRunId(store, given);
    // Newest first: of a line that was intended anew, the last one counts.
    const rows = new Map((await store.listEffects({ runId, limit: effectsAtMost })).toReversed().map((row) => [row.step, row]));
    const done = await completedOf(store, runId);
    const show = (units: bigint): string =>
      asset === null ? String(units) : `${decimalOf(String(units), asset.decimals)} ${asset.symbol}`;
    return (await transfersOf(store, runId)).map(({ key, config: { line, id, recipient, amount } }) => {
      const { is, identity } = done.has(key) ? { is: "paid", identity: rows.get(key)?.identity ?? null } : standingOf(rows.get(key));
      return { payment: line, id: id ?? null, recipient, amount: show(amount), is, transactionHash: identity };
    });
  });
}

function standingOf(row: ListedEffect | undefined): { readonly is: string; readonly identity: string | null } {
  if (row === undefined) return { is: "not paid", identity: null };
  const { is, outcome, identity } = row;
  // What was sent is on the chain, and does not show what it was to do.
  if (outcome === "success") return { is: "sent, and not known to have paid", identity };
  if (outcome !== null) return { is: `not paid: ${outcome}`, identity: null };
  if (is === "intended" || is === "abandoned") return { is: "not paid", identity: null };
  return { is: is === "ambiguous" ? "nobody knows" : `under way: ${is}`, identity };
}

const page = 1000;

async function completedOf(store: Store, runId: RunId): Promise<ReadonlySet<string>> {
  const completed = new Set<string>();
  for (let from = 0; ; from += page) {
    const stored = await store.readEvents(runId, from, page);
    for (const one of stored) {
      const { event } = openStoredEvent(runId, one);
      if (event.type === "StepCompleted") completed.add(event.data.step);
    }
    if (stored.length < page) return completed;
  }
}

type Config = z.output<typeof submitTransfer.schemas.config>;

/** The steps of a spec that pay, with what they are configured with. */
async function transfersOf(store: Store, runId: RunId) {
  const [first] = await store.readEvents(runId, 0, 1);
  if (first === undefined) return [];
  const { steps } = await readSpecOf(openStoredEvent(runId, first), artifactsOf(store));
  return steps.flatMap((step) =>
    step.kind === "state" && step.state === submitTransfer.use.id
      ? [{ key: step.key, config: submitTransfer.codecs.config.decode(step.config) as Config }]
      : [],
  );
}
