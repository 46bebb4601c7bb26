/** Transactions of the ledger: found by hash, shown with everything that is recorded of them, and given another candidate. */
import { raiseOver } from "../../capabilities/evm/transaction-fees.ts";
import type { Run } from "../../kernel/run.ts";
import type { EffectFilter, ListedEffect } from "../../kernel/lanes.ts";
import type { Store } from "../../kernel/store.ts";
import { actOf } from "../actor.ts";
import { closing } from "../closing.ts";
import { readConfiguration } from "../configuration.ts";
import { withRecords } from "../engine.ts";
import { failure, usage } from "../failure.ts";
import type { Place } from "../place.ts";
import { openExistingStore } from "../stores.ts";
import { type TransactionStory, readStory } from "./transaction-story.ts";
import { replayRevert } from "./replay-revert.ts";
import { decimalOf } from "./amount.ts";
import { readFee } from "./terms.ts";

export const transactionKind = "mfm.evm/transaction@1";

export const transactionStates = ["intended", "prepared", "dispatched", "included", "settled", "abandoned", "ambiguous"] as const;
type TransactionState = (typeof transactionStates)[number];

export interface TransactionQuery {
  readonly is: string | undefined;
  readonly limit: number;
}

/** Newest first; none where there is no store yet. @throws USAGE */
export async function listTransactions(place: Place, { is, limit }: TransactionQuery): Promise<readonly ListedEffect[]> {
  const state = transactionStates.find((known): known is TransactionState => known === is);
  if (is !== undefined && state === undefined) throw usage(`no transaction is ${JSON.stringify(is)}: ${transactionStates.join(", ")}`);
  const store = await openExistingStore((await readConfiguration(place)).store);
  if (store === undefined) return [];
  return closing(store, () => gather(store, state === undefined ? {} : { is: state }, limit));
}

const page = 500;

/** Of this kind: a store may hold effects of others. */
async function gather(store: Store, filter: Omit<EffectFilter, "limit" | "before">, most: number): Promise<ListedEffect[]> {
  const found: ListedEffect[] = [];
  for (let before: number | undefined; ;) {
    const rows = await store.listEffects({ ...filter, limit: page, ...(before === undefined ? {} : { before }) });
    found.push(...rows.filter(({ kind }) => kind === transactionKind));
    before = rows.at(-1)?.number;
    if (rows.length < page || found.length >= most) return found.slice(0, most);
  }
}

export interface TransactionView extends TransactionStory {
  readonly row: ListedEffect;
  /** Of one that reverted: why, found by replaying it where the chain can still be asked. */
  readonly revert: string | null;
}

/** @throws TRANSACTION_UNKNOWN, HISTORY_INVALID */
export async function showTransaction(place: Place, given: string, signal: AbortSignal): Promise<TransactionView> {
  const { row, story } = await withRecords(place, async ({ runtime: { store } }) => {
    const found = await findTransaction(store, given);
    return { row: found, story: await readStory(store, found) };
  });
  const revert = row.outcome === "reverted" ? await replayRevert(place, story, signal) : null;
  return { row, ...story, revert };
}

/** Of transactions that were replaced, so many are searched by the hashes that they had before. */
const replacedSearched = 2000;
const candidatesNamed = 10;

/** By the newest hash, an older one of a replaced transaction, or the id of its effect; each may be shortened. */
async function findTransaction(store: Store, given: string): Promise<ListedEffect> {
  const wanted = given.trim().toLowerCase();
  if (!/^(?:0x[0-9a-f]{1,64}|sha256:[0-9a-f]{1,64})$/.test(wanted))
    throw failure("TRANSACTION_UNKNOWN", `${JSON.stringify(given)} is no hash: 0x and hexadecimal digits, or the first few of them`, {
      given,
    });
  const isHash = wanted.startsWith("0x");
  let found = isHash ? await gather(store, { identity: wanted }, candidatesNamed + 1) : [];
  if (found.length === 0) found = await searchAll(store, wanted);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const words = found.length === 0 ? "no transaction begins like this" : `${found.length} transactions begin like this`;
  throw failure("TRANSACTION_UNKNOWN", `${wanted}: ${words}`, {
    given,
    found: found.slice(0, candidatesNamed).map(({ identity, effect }) => identity ?? effect),
  });
}

async function searchAll(store: Store, wanted: string): Promise<ListedEffect[]> {
  const rows = await gather(store, {}, replacedSearched);
  if (!wanted.startsWith("0x")) return rows.filter(({ effect }) => effect.startsWith(wanted));
  const found: ListedEffect[] = [];
  for (const row of rows) {
    if (row.candidates < 2) continue;
    const { candidates } = await readStory(store, row);
    if (candidates.some(({ hash }) => hash?.startsWith(wanted) === true)) found.push(row);
  }
  return found;
}

export interface CandidateRequest {
  readonly transaction: string;
  readonly role: "replacement" | "cancel";
  readonly maxFeePerGas: string | undefined;
  readonly maxPriorityFeePerGas: string | undefined;
  readonly actor: string | undefined;
  readonly reason: string;
}

export interface Requested {
  readonly run: Run;
  readonly row: ListedEffect;
}

/** Records that another candidate is wanted; a worker, or whoever resumes the run, makes and sends it. @throws TRANSACTION_UNKNOWN, EFFECT_NOT_OPEN, RUN_ENDED, FEE_TERMS_REFUSED, USAGE */
export async function requestCandidate(place: Place, request: CandidateRequest): Promise<Requested> {
  const { role, actor, reason } = request;
  const act = actOf(actor, reason);
  const terms = termsOf(request);
  return withRecords(place, async ({ runtime }) => {
    const row = await findTransaction(runtime.store, request.transaction);
    if (terms !== null) {
      const story = await readStory(runtime.store, row);
      assertRaised(terms, story);
      if (role === "replacement") assertAgreed(terms, story);
    }
    return {
      row,
      run: await runtime.requestCandidate({ runId: row.runId, step: row.step, role, terms: terms === null ? null : { ...terms }, act }),
    };
  });
}

/** Terms that no candidate could have would be recorded, and nothing would come of them. */
function assertRaised(terms: NamedTerms, { candidates }: TransactionStory): void {
  const floor = raiseOver(
    candidates.map(({ maxFeePerGas, maxPriorityFeePerGas }) => ({
      maxFeePerGas: BigInt(maxFeePerGas),
      maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas),
    })),
  );
  for (const [name, option] of feeOptions) {
    const named = terms[name];
    if (named === undefined || BigInt(named) >= floor[name]) continue;
    const least = `${decimalOf(floor[name].toString(), 9)}gwei`;
    throw failure("FEE_TERMS_REFUSED", `${option}: pools take a candidate in place of what was sent from ${least} on`, { option, least });
  }
}

/** Nobody would sign what is above that. @throws FEE_TERMS_REFUSED */
export function assertAgreed(
  terms: NamedTerms,
  { intent, agreed }: Pick<TransactionStory, "agreed"> & { readonly intent: Pick<TransactionStory["intent"], "fees"> },
): void {
  if (agreed.length === 0) return;
  for (const [name, option] of feeOptions) {
    const named = terms[name];
    if (named === undefined || BigInt(named) <= intent.fees[name]) continue;
    const most = `${decimalOf(intent.fees[name].toString(), 9)}gwei`;
    throw failure("FEE_TERMS_REFUSED", `${option}: ${agreed.join(", ")} agreed to at most ${most}`, { option, most });
  }
}

const feeOptions = [
  ["maxFeePerGas", "--max-fee-per-gas"],
  ["maxPriorityFeePerGas", "--max-priority-fee-per-gas"],
] as const;

interface NamedTerms {
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
}

/** As the kind reads them: decimal strings. */
function termsOf({ maxFeePerGas, maxPriorityFeePerGas }: CandidateRequest): NamedTerms | null {
  const fee = readFee(maxFeePerGas, "--max-fee-per-gas");
  const tip = readFee(maxPriorityFeePerGas, "--max-priority-fee-per-gas");
  if (fee === undefined && tip === undefined) return null;
  if (fee !== undefined && tip !== undefined && tip > fee) throw usage("--max-priority-fee-per-gas is more than --max-fee-per-gas");
  return {
    ...(fee === undefined ? {} : { maxFeePerGas: fee.toString() }),
    ...(tip === undefined ? {} : { maxPriorityFeePerGas: tip.toString() }),
  };
}
