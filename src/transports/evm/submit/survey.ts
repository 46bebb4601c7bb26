/** How an account stands when a nonce is given: its counts on the chain and in pools, its code, and what the signer signed that is not known here. */
import type { AccountStanding } from "../../../capabilities/evm/transaction-lane.ts";
import { accountLane } from "../../../capabilities/evm/transaction-lane.ts";
import { chainIdOf } from "../../../capabilities/evm/transaction-covers.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { KnownLane } from "../../../kernel/effects/backend.ts";
import type { Subject } from "../../../kernel/effects/kind.ts";
import type { Clock } from "../../../kernel/ports.ts";
import type { Signer } from "../../../keystore/signer-port.ts";
import type { Network } from "../network.ts";
import { type Hex, parseBytes, parseIndex } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import { RecentMap } from "../recent-map.ts";
import type { Source } from "../source.ts";
import { askAll } from "../ask-sources.ts";
import type { SettledBlocks } from "./settled-blocks.ts";

/** How long a transaction of somebody else is waited for before its nonce is taken. */
export const foreignPatienceMs = 120_000;

const lanesKept = 1024;
const noncesNamed = 256;

/** Since when somebody else's transaction waits, by lane. A process that starts over waits anew. */
export class ForeignWaits {
  readonly #since = new RecentMap<number>(lanesKept);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  patienceOf(lane: string, waits: boolean): AccountStanding["patience"] {
    if (!waits) {
      this.#since.delete(lane);
      return "waits";
    }
    const since = this.#since.get(lane) ?? this.#clock.now();
    this.#since.set(lane, since);
    return this.#clock.now() - since >= foreignPatienceMs ? "over" : "waits";
  }
}

export interface SurveyContext {
  readonly network: Network;
  readonly signer: Pick<Signer, "signedNonces">;
  readonly waits: ForeignWaits;
  readonly settled: SettledBlocks;
  readonly signal: AbortSignal;
}

/** @throws SOURCE_FAILED; what the signer throws */
export async function surveyAccount(
  { id, intent, known }: Subject<TransactionIntent> & { readonly known: KnownLane },
  { network, signer, waits, settled, signal }: SurveyContext,
): Promise<AccountStanding> {
  const sender = intent.from;
  const watched = settled.watched(intent.network);
  const signedFrom = (from: number) => signer.signedNonces({ chainId: chainIdOf(intent.network), sender, from, intents: known.waiting });
  const [answers, signedSince] = await Promise.all([
    askAll(network, signal, (source, limited) => readAccount(source, { sender, watched }, limited)),
    known.next === null ? undefined : signedFrom(known.next),
  ]);
  const views = [...answers.values()];
  for (const { watched: block } of views) if (block !== undefined) settled.compare(intent.network, [block]);
  const [first] = views.toSorted((left, right) => right.count - left.count);
  if (first === undefined) throw new RpcFailure("unavailable", "no source answered");
  // A node that lags, or lost its pool, says less than there is.
  const { block, count, code } = first;
  const pending = views.reduce((most, view) => Math.max(most, view.pending), count);
  const signed = signedSince ?? (await signedFrom(count));
  const waiting = new Set(known.waiting);
  const forgotten = signed.flatMap(({ intentId: effect, nonce }) => (waiting.has(effect) ? [{ effect, nonce }] : []));
  const ours = new Set([...waiting, ...known.open.map(({ effect }) => effect)]);
  const unknown = [...new Set(signed.filter(({ intentId }) => !ours.has(intentId)).map(({ nonce }) => nonce))].slice(0, noncesNamed);
  const recalled = forgotten.length === 0 ? {} : { forgotten };
  const standing = { block, count, pending, code, signed: unknown, ...recalled, patience: "waits" as const };
  const open = known.open.map(({ slot }) => slot);
  const answer = accountLane.slot({ id, intent, standing, open, next: known.next });
  const why = answer.kind === "later" ? answer.why : undefined;
  if (why === "NONCE_GAP") settled.noncesFree({ network: intent.network, account: sender, count, next: known.next ?? count });
  return { ...standing, patience: waits.patienceOf(known.lane, why === "FOREIGN_PENDING") };
}

interface Watch {
  readonly sender: Hex;
  readonly watched: bigint | undefined;
}

async function readAccount(source: Source, { sender: account, watched }: Watch, signal: AbortSignal) {
  const count = async (tag: string): Promise<number> =>
    parseIndex(await source.request("eth_getTransactionCount", [account, tag], signal), "transaction count");
  const [head, latest, pending, code, seen] = await Promise.all([
    source.blockAt("latest", signal),
    count("latest"),
    count("pending"),
    source.request("eth_getCode", [account, "latest"], signal).then((answer) => parseBytes(answer, "code")),
    watched === undefined ? undefined : source.blockAt(watched, signal),
  ]);
  if (head === undefined) throw new RpcFailure("no_block", "has no latest block");
  const block = { number: head.header.number, hash: head.hash };
  return {
    block,
    count: latest,
    pending,
    code: kindOf(code),
    watched: seen === undefined ? undefined : { number: seen.header.number, hash: seen.hash },
  };
}

/** @see https://eips.ethereum.org/EIPS/eip-7702 */
function kindOf(code: Hex): AccountStanding["code"] {
  if (code === "0x") return "none";
  return code.length === 48 && code.startsWith("0xef0100") ? "delegated" : "contract";
}
