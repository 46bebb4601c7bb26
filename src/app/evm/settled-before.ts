/** The block in which the newest transaction of a lane settled, from the store: a process that begins is to notice where it is gone. */
import type { TransactionEvidence } from "../../capabilities/evm/transaction-evidence.ts";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import { readTextArtifact } from "../../kernel/artifacts.ts";
import type { Digest } from "../../kernel/canonical.ts";
import { readEvidence } from "../../kernel/effects/evidence.ts";
import type { ListedEffect } from "../../kernel/lanes.ts";
import { artifactsOf, openStoredEvent } from "../../kernel/runtime/history.ts";
import type { Store } from "../../kernel/store.ts";
import type { Settled } from "../../transports/evm/submit/settled-blocks.ts";
import { closing } from "../closing.ts";
import type { Configuration } from "../configuration.ts";
import { openExistingStore } from "../stores.ts";

/** @throws STORE_*, HISTORY_INVALID */
export async function settledBefore({ store: location }: Configuration, lane: string): Promise<Settled | undefined> {
  const store = await openExistingStore(location);
  if (store === undefined) return undefined;
  return closing(store, async () => {
    const rows = await store.listEffects({ lane, is: "settled", limit: looked });
    const newest = rows.find(({ outcome }) => outcome !== "superseded");
    return newest === undefined ? undefined : settledIn(store, newest);
  });
}

/** Those that were superseded are not on the chain: behind so many of them nothing is looked for. */
const looked = 100;

async function settledIn(store: Store, { runId, step, identity }: ListedEffect): Promise<Settled | undefined> {
  const evidence = await evidenceOf(store, runId, step);
  if (evidence === undefined || identity === null) return undefined;
  const { text } = await readTextArtifact(artifactsOf(store), evidence);
  const { receipt } = evmTransaction.codecs.evidence.decode(readEvidence(evmTransaction, identity, text)) as TransactionEvidence;
  if (receipt === undefined) return undefined;
  return { block: { number: receipt.blockNumber, hash: receipt.blockHash }, transactions: [receipt.transactionHash] };
}

const page = 256;

/** What a step's effect settled with: from the end of the run backwards, where it most likely is. */
async function evidenceOf(store: Store, runId: ListedEffect["runId"], step: string): Promise<Digest | undefined> {
  const stored = await store.readRun(runId);
  for (let end = (stored?.run.head.seq ?? -1) + 1; end > 0; end -= page) {
    const from = Math.max(0, end - page);
    for (const sealed of (await store.readEvents(runId, from, end - from)).toReversed()) {
      const { event } = openStoredEvent(runId, sealed);
      if (event.type === "EffectSettled" && event.data.step === step) return event.data.evidence.digest;
    }
  }
  return undefined;
}
