/** What is recorded of one transaction, from its run's stream: intent, candidates, who asked for what, what was seen, and how it was simulated. */
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import { type ContradictionWords, describeContradiction } from "../../capabilities/evm/transaction-contradiction.ts";
import type { TransactionEnvelope, TransactionSeal } from "../../capabilities/evm/transaction-envelope.ts";
import type { TransactionEvidence } from "../../capabilities/evm/transaction-evidence.ts";
import type { TransactionIntent } from "../../capabilities/evm/transaction-intent.ts";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import { type ArtifactSource, readJsonArtifact, readTextArtifact } from "../../kernel/artifacts.ts";
import type { Digest } from "../../kernel/canonical.ts";
import { readEvidence } from "../../kernel/effects/evidence.ts";
import type { Role } from "../../kernel/effects/ledger.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { RunEvent } from "../../kernel/events.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { artifactsOf, openStoredEvent } from "../../kernel/runtime/history.ts";
import type { ListedEffect } from "../../kernel/lanes.ts";
import type { Store } from "../../kernel/store.ts";

export interface CandidateStory {
  readonly role: Role;
  /** Null before it is signed. */
  readonly hash: `0x${string}` | null;
  readonly nonce: number;
  readonly maxFeePerGas: string;
  readonly maxPriorityFeePerGas: string;
  /** Null where it never counted as sent. */
  readonly dispatchedAt: string | null;
}

/** An event in a few words. */
export interface Happening {
  readonly seq: number;
  readonly at: string;
  readonly what: string;
}

export interface TransactionStory {
  readonly intent: TransactionIntent;
  /** Who has agreed to it: no candidate but a cancel may be above its ceilings then. */
  readonly agreed: readonly string[];
  readonly candidates: readonly CandidateStory[];
  readonly happened: readonly Happening[];
  /** What was found before it was sent; null where no such fact was recorded. */
  readonly simulation: { readonly block: string; readonly gas: string } | null;
  readonly receipt: NonNullable<TransactionEvidence["receipt"]> | null;
  /** The sources that showed it in the receipt's block, and that block as canonical, when it was looked at last. */
  readonly vouchedBy: readonly string[];
  /** The simulation beside what came of it; null where there is no receipt of what was simulated, as of a cancel. */
  readonly comparison: Comparison | null;
  /** Of one that is ambiguous: what in the evidence does not fit together. */
  readonly contradiction: ContradictionWords | null;
}

/** Nothing is sent that was not simulated to succeed: it agrees with a success, and with nothing else. Gas as the node estimated it, and as it was used. */
export type Comparison =
  | { readonly agrees: true; readonly gas: Gas }
  | { readonly agrees: false; readonly simulated: "success"; readonly outcome: "reverted"; readonly gas: Gas };

interface Gas {
  readonly simulated: string;
  readonly used: string;
}

/** @throws HISTORY_INVALID */
export async function readStory(
  store: Store,
  { runId, step, effect }: Pick<ListedEffect, "runId" | "step" | "effect">,
): Promise<TransactionStory> {
  const teller = new Teller(artifactsOf(store), effect);
  for await (const event of eventsOf(store, runId)) if ("step" in event.data && event.data.step === step) await teller.hear(event);
  return teller.story();
}

const page = 1000;

/** What does not fit together in the evidence with which an effect became ambiguous; null of another kind of effect. @throws HISTORY_INVALID */
export async function contradictionOf(
  store: Store,
  { kind, ...row }: Pick<ListedEffect, "runId" | "step" | "effect" | "kind">,
): Promise<ContradictionWords | null> {
  return kind === evmTransaction.id ? (await readStory(store, row)).contradiction : null;
}

async function* eventsOf(store: Store, runId: ListedEffect["runId"]): AsyncGenerator<RunEvent> {
  for (let from = 0; ;) {
    const events = await store.readEvents(runId, from, page);
    for (const stored of events) yield openStoredEvent(runId, stored).event;
    if (events.length < page) return;
    from += events.length;
  }
}

const { codecs } = evmTransaction;

class Teller {
  readonly #source: ArtifactSource;
  readonly #effect: Digest;
  readonly #candidates: CandidateStory[] = [];
  readonly #happened: Happening[] = [];
  readonly #agreed = new Set<string>();
  #intent: TransactionIntent | undefined;
  #simulation: TransactionStory["simulation"] = null;
  #receipt: TransactionStory["receipt"] = null;
  #vouchedBy: readonly string[] = [];
  #contradiction: ContradictionWords | null = null;
  /** A step's effects follow each other: a renewal is one of its own. */
  #isIts = false;

  constructor(source: ArtifactSource, effect: Digest) {
    this.#source = source;
    this.#effect = effect;
  }

  story(): TransactionStory {
    if (this.#intent === undefined)
      throw new MfmError("HISTORY_INVALID", `its run has no effect ${this.#effect}`, { effect: this.#effect });
    return {
      intent: this.#intent,
      agreed: [...this.#agreed],
      candidates: this.#candidates,
      happened: this.#happened,
      simulation: this.#simulation,
      receipt: this.#receipt,
      vouchedBy: this.#vouchedBy,
      comparison: this.#compare(),
      contradiction: this.#contradiction,
    };
  }

  #compare(): Comparison | null {
    const [receipt, simulation] = [this.#receipt, this.#simulation];
    const included = this.#candidates.find(({ hash }) => hash !== null && hash === receipt?.transactionHash);
    if (receipt === null || simulation === null || included === undefined || included.role === "cancel") return null;
    const gas = { simulated: simulation.gas, used: receipt.gasUsed.toString() };
    return receipt.status === "success" ? { agrees: true, gas } : { agrees: false, simulated: "success", outcome: "reverted", gas };
  }

  async hear(event: RunEvent): Promise<void> {
    if (event.type === "EffectIntended") this.#isIts = event.data.effect === this.#effect;
    if (!this.#isIts) return;
    this.#happened.push({ seq: event.seq, at: event.at, what: describeEvent(event) });
    switch (event.type) {
      case "EffectIntended":
        this.#intent = await this.#read<TransactionIntent>(codecs.intent, event.data.intent.digest);
        this.#simulation = await this.#simulationIn(event.data.facts.map(({ fact }) => fact));
        return;
      case "ApprovalRecorded":
        return void this.#agreed.add(event.data.operator);
      case "EffectPrepared":
        return this.#prepared(event);
      case "EffectDispatched":
        return this.#dispatched(event);
      case "EffectObserved":
        return "evidence" in event.data.seen ? this.#see(await this.#seen(event.data.seen.evidence.digest)) : undefined;
      case "EffectSettled":
        return this.#see(await this.#seen(event.data.evidence.digest));
      case "EffectAmbiguous":
        return this.#doubt(await this.#seen(event.data.evidence.digest));
      default:
        return undefined;
    }
  }

  async #prepared({ data }: Extract<RunEvent, { type: "EffectPrepared" }>): Promise<void> {
    const { transaction } = await this.#read<TransactionEnvelope>(codecs.envelope, data.envelope.digest);
    const { nonce, maxFeePerGas, maxPriorityFeePerGas } = transaction;
    const fees = { maxFeePerGas: maxFeePerGas.toString(), maxPriorityFeePerGas: maxPriorityFeePerGas.toString() };
    this.#candidates.push({ role: data.role ?? "first", hash: null, nonce, ...fees, dispatchedAt: null });
  }

  async #dispatched({ data, at }: Extract<RunEvent, { type: "EffectDispatched" }>): Promise<void> {
    const found = this.#candidates[data.candidate];
    if (found === undefined || data.seal === undefined || codecs.seal === null) return;
    const { hash } = await this.#read<TransactionSeal>(codecs.seal, data.seal.seal.digest);
    this.#candidates[data.candidate] = { ...found, hash, dispatchedAt: at };
  }

  /** Evidence names the newest candidate that was sent, by its hash; what it tells may have happened to an older one. */
  async #seen(evidence: Digest): Promise<TransactionEvidence> {
    const { text } = await readTextArtifact(this.#source, evidence);
    const newest = this.#candidates.findLast(({ hash }) => hash !== null)?.hash ?? "";
    return codecs.evidence.decode(readEvidence(evmTransaction, newest, text)) as TransactionEvidence;
  }

  #see({ receipt, views }: TransactionEvidence): void {
    if (receipt === undefined) return;
    this.#receipt = receipt;
    this.#vouchedBy = vouchersOf(receipt, views);
  }

  #doubt(evidence: TransactionEvidence): void {
    this.#see(evidence);
    const [intent, nonce] = [this.#intent, this.#candidates[0]?.nonce];
    if (intent === undefined || nonce === undefined) return;
    const sent = this.#candidates.flatMap(({ hash, role }, index) => (hash === null ? [] : [{ hash, role, index }]));
    this.#contradiction = describeContradiction({ intent, nonce, sent, evidence });
  }

  async #read<T>(codec: { decode: (data: unknown) => unknown }, digest: Digest): Promise<T> {
    return codec.decode(await readJsonArtifact(this.#source, digest)) as T;
  }

  /** The estimate among the facts that its step read. */
  async #simulationIn(facts: readonly Digest[]): Promise<TransactionStory["simulation"]> {
    for (const digest of facts) {
      const fact = await readJsonArtifact(this.#source, digest);
      if (!isJsonObject(fact) || fact["capability"] !== evmSimulate.id || fact["method"] !== "estimateGas") continue;
      const { request, response } = fact;
      const at = isJsonObject(request) ? request["at"] : undefined;
      const [block, gas] = [isJsonObject(at) ? at["number"] : undefined, isJsonObject(response) ? response["gas"] : undefined];
      if (typeof block === "string" && typeof gas === "string") return { block, gas };
    }
    return null;
  }
}

function vouchersOf(
  { transactionHash, blockHash }: NonNullable<TransactionStory["receipt"]>,
  views: TransactionEvidence["views"],
): string[] {
  return views.flatMap(({ source, lookups, blocks }) => {
    const shows = lookups.some(
      (lookup) => lookup.found === "included" && lookup.transactionHash === transactionHash && lookup.block.hash === blockHash,
    );
    return shows && blocks.some(({ hash }) => hash === blockHash) ? [source] : [];
  });
}

function describeEvent(event: RunEvent): string {
  switch (event.type) {
    case "EffectIntended":
      return event.data.renewal === undefined ? "intended" : `intended anew (${event.data.renewal})`;
    case "LaneAcquired":
      return `got nonce ${event.data.slot}`;
    case "LaneExplained":
      return `lane explained by ${event.data.actor}: ${event.data.reason}`;
    case "ApprovalRecorded":
      return `approved by ${event.data.operator}`;
    case "CandidateRequested":
      return `${event.data.role} asked for by ${event.data.actor}: ${event.data.reason}`;
    case "EffectPrepared":
      return `${event.data.role ?? "first"} candidate prepared`;
    case "EffectDispatched":
      return "signed, and counted as sent";
    case "EffectObserved":
      return describeSight(event.data.seen);
    case "EffectSettled":
      return `final: ${event.data.outcome.kind}`;
    case "EffectAmbiguous":
      return "what is seen contradicts itself";
    case "EffectAbandoned":
      return `given up: ${event.data.why.kind}`;
    default:
      return event.type;
  }
}

function describeSight(seen: Extract<RunEvent, { type: "EffectObserved" }>["data"]["seen"]): string {
  switch (seen.kind) {
    case "stuck":
      return `stuck: ${seen.why}`;
    case "included":
      return `included: ${seen.status}`;
    case "removed":
      return "not included any more";
    case "notFound":
      return "not found";
    default:
      return seen.kind;
  }
}
