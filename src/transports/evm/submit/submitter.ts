/** The live backend of EVM transactions: gives out nonces, prepares, has them signed, sends, and looks up what became of them. */
import { type TransactionEnvelope, type TransactionSeal, rawTransactionOf } from "../../../capabilities/evm/transaction-envelope.ts";
import type { TransactionEvidence } from "../../../capabilities/evm/transaction-evidence.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import { chainIdOf } from "../../../capabilities/evm/transaction-covers.ts";
import { accountLane } from "../../../capabilities/evm/transaction-lane.ts";
import { evmTransaction } from "../../../capabilities/evm/transaction.ts";
import { type EffectBackend, type Sent, implementEffect } from "../../../kernel/effects/backend.ts";
import { MfmError, invariant } from "../../../kernel/errors.ts";
import { StepFailure, failureOf } from "../../../kernel/execute.ts";
import type { Signer } from "../../../keystore/signer-port.ts";
import { weighTransaction } from "../../../capabilities/evm/transaction-weigh.ts";
import type { Network } from "../network.ts";
import { Networks, type NetworksOptions } from "../networks.ts";
import { RpcFailure } from "../provider.ts";
import { sleep } from "../waiting.ts";
import { Commitments } from "./commitments.ts";
import { type Question, lookAtTransaction } from "./look.ts";
import { Markets } from "./market.ts";
import { type Wanted, prepareTransaction } from "./prepare.ts";
import { Scans } from "./scan-blocks.ts";
import { sealTransaction } from "./seal.ts";
import { sendRaw } from "./send.ts";
import { type Alarm, type SettledBefore, SettledBlocks } from "./settled-blocks.ts";
import { beforeGivingUp, checkedBySigner } from "./signed-before.ts";
import { ForeignWaits, surveyAccount } from "./survey.ts";

export interface SubmitterOptions extends NetworksOptions {
  /** Asked when a nonce is given and when a candidate is signed; sending and looking up need none. */
  readonly signer: () => Promise<Pick<Signer, "check" | "sign" | "signedNonces">>;
  /** Whether a transaction of a network is sent to the first source that takes it, or to all; default: the first. */
  readonly broadcast?: (network: string) => "one" | "all";
  /** Told of what nobody may miss: a log that is read, or a pager. Nothing is recorded of it, because what settled has settled. */
  readonly alarm?: (alarm: Alarm) => void;
  /** What settled before in the same store, so that a block that is gone is noticed by another process too. */
  readonly settledBefore?: SettledBefore;
  /** Milliseconds before each look right after sending, by network: for chains that include at once. */
  readonly polls?: (network: string) => readonly number[];
}

/**
 * A backend that sends transactions. `sourcesOf` names the providers that may be sent to: none is `WRITES_NOT_CONFIGURED`, and it throws where
 * nothing may be written.
 */
export function evmSubmitter(options: SubmitterOptions): EffectBackend {
  const { signer, clock, broadcast = () => "one", polls = pollsOf, alarm = () => undefined } = options;
  const networks = new Networks(options);
  const waits = new ForeignWaits(clock);
  const markets = new Markets(clock);
  const scans = new Scans();
  const settled = new SettledBlocks(alarm, options.settledBefore ?? (() => Promise.resolve(undefined)));
  const commitments = new Commitments();
  const networkOf = async ({ network }: TransactionIntent): Promise<Network> => {
    const found = await networks.get(network).catch(asPassing);
    if (found.sources.length > 0) return found;
    throw new MfmError("WRITES_NOT_CONFIGURED", `${network}: nobody configured a provider to send transactions to`, { network });
  };
  const prepare = async (wanted: Wanted, signal: AbortSignal): Promise<TransactionEnvelope> =>
    prepareChecked(wanted, { markets, commitments, network: await networkOf(wanted.intent), signer: await signer(), signal });
  return implementEffect(evmTransaction, {
    survey: ({ id, intent, known }, { signal }) =>
      beforeGivingUp(
        async () => {
          const recalled = settled.recall(intent.network, known.lane);
          const [network, asked] = await Promise.all([networkOf(intent), signer(), recalled, commitments.follow(known)]);
          markets.begin(intent, network, signal);
          return surveyAccount({ id, intent, known }, { network, signer: asked, waits, settled, signal });
        },
        { intent, ids: [id, ...known.waiting], signal },
        signer,
      ),
    prepare: (wanted, { signal }) =>
      wanted.role === "first"
        ? beforeGivingUp(() => prepare(wanted, signal), { intent: wanted.intent, ids: [wanted.id], signal }, signer)
        : prepare(wanted, signal),
    seal: async (recorded) => sealTransaction(recorded, await signer()),
    async dispatch(given, context) {
      const network = await networkOf(given.intent);
      const { signal } = context;
      const { envelope, seal } = given;
      invariant(seal !== null, "what is sent was sealed");
      const candidate = { raw: rawTransactionOf(envelope.transaction, seal), hash: seal.hash };
      const answers = await sendRaw(candidate, { network, broadcast: broadcast(network.id), signal });
      const taken = answers.find(({ answer }) => answer !== "unclear");
      if (taken !== undefined) context.attribute(taken.source);
      const soon = polls(given.intent.network);
      // The wait before each look. Right after a node took it, it has mined nothing yet.
      const pauses = soon.length === 0 || taken === undefined ? [0, ...soon] : soon;
      for (const wait of pauses) {
        if (wait > 0) await sleep(clock, wait, signal);
        const evidence = await look(given, { network, scans, signal }).catch(unlessSilent);
        if (evidence === undefined) break;
        const whole = { ...evidence, answers: [...answers] };
        if (!mayChange(watch(given, whole, settled)) || wait === pauses.at(-1)) return whole;
      }
      return { answers: [...answers], views: [] };
    },
    async observe(given, context) {
      const network = await networkOf(given.intent);
      const evidence = await look(given, { network, scans, signal: context.signal });
      const [view] = evidence.views;
      if (view !== undefined) context.attribute(view.source);
      const whole = { ...evidence, answers: [] };
      watch(given, whole, settled);
      return whole;
    },
  });
}

interface Desk {
  readonly markets: Markets;
  readonly commitments: Commitments;
  readonly network: Network;
  readonly signer: Pick<Signer, "check" | "sign">;
  readonly signal: AbortSignal;
}

/** A candidate that there are funds for, and that the signer would sign. */
async function prepareChecked(wanted: Wanted, desk: Desk): Promise<TransactionEnvelope> {
  const { id, intent, role } = wanted;
  const { commitments } = desk;
  const { balance, envelope: made } = await prepareTransaction(wanted, desk);
  const { count } = made.market;
  const lane = accountLane.of(intent);
  // At once, as candidates of one lane come in the order of their nonces: each counts on what is left by those before. What has a nonce that
  // is used up was paid for in a history that is lost.
  if (role === "first" && made.transaction.nonce >= count) commitments.reserve(lane, id, made, { intent, purse: { balance, count } });
  // What the signer would refuse is refused before the nonce is the intent's: after that, giving up costs a transaction. A further candidate
  // that nobody signs would stand before those that were sent.
  const envelope = await checkedBySigner(wanted, made, desk);
  if (role !== "first" || envelope !== made) commitments.raise(lane, id, envelope);
  return envelope;
}

/** A chain on one's own machine mines as soon as it can; any other takes its time, and asking it again at once is of no use. */
function pollsOf(network: string): readonly number[] {
  return network === "eip155:31337" || network === "eip155:1337" ? [2, 5, 20, 60] : [];
}

type Given = Sent<TransactionIntent, TransactionEnvelope, TransactionSeal>;

/** @throws SOURCE_FAILED, also where the last source stopped answering half-way */
async function look(given: Given, context: Parameters<typeof lookAtTransaction>[1]) {
  const { network } = context;
  try {
    return await lookAtTransaction(questionOf(given), context);
  } catch (error) {
    if (!(error instanceof RpcFailure)) throw error;
    throw new MfmError("SOURCE_FAILED", `${network.id}: no source gave an answer: ${error.reason}`, { network: network.id });
  }
}

/** Every candidate that was dispatched may be the one: they are all looked up. */
function questionOf({ intent, envelope, candidates }: Given): Question {
  const hashes = candidates.flatMap(({ seal, dispatched }) => (dispatched && seal !== null ? [seal.hash] : []));
  const [first] = candidates;
  const { block, count } = (first?.envelope ?? envelope).market;
  const { network, from, to, value, data, finality } = intent;
  const { nonce } = envelope.transaction;
  return { chainId: chainIdOf(network), from, nonce, action: { to, value, data }, hashes, finality, since: { block, count } };
}

/** What the evidence means; remembers where something settled, and sees whether what settled before is still there. */
function watch(given: Given, evidence: TransactionEvidence, settled: SettledBlocks): Meaning {
  const { network } = given.intent;
  const reading = weighTransaction({ ...given, evidence });
  settled.compare(
    network,
    evidence.views.flatMap(({ head, blocks }) => [head, ...blocks]),
  );
  const { receipt } = evidence;
  if (reading.kind === "final" && receipt !== undefined)
    settled.remember(network, { number: receipt.blockNumber, hash: receipt.blockHash }, receipt.transactionHash);
  return reading;
}

type Meaning = ReturnType<typeof weighTransaction>;

/** Whether a chain that includes at once may say more in a moment. */
function mayChange({ kind }: Meaning): boolean {
  return kind === "accepted" || kind === "included" || kind === "unknown" || kind === "notFound";
}

/** How things stand on this machine is no reason to give a payment up: a configuration is mended. */
function asPassing(error: unknown): never {
  const { code, advice } = failureOf(error);
  throw advice === "never" && error instanceof MfmError ? new StepFailure(code, "safe", error.message) : error;
}

/** What was sent stands, whatever became of the question. */
function unlessSilent(error: unknown): undefined {
  if (error instanceof MfmError && error.code === "SOURCE_FAILED") return undefined;
  throw error;
}
