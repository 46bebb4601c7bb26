/**
 * Sends EVM transactions as the runtime does, one step at a time: the backend is live, its answers pass the kind's schemas and rules, and what
 * it is given has been through JSON, as after a restart.
 */
import assert from "node:assert/strict";
import { type ContradictionWords, describeContradiction } from "../../src/capabilities/evm/transaction-contradiction.ts";
import type { TransactionEvidence } from "../../src/capabilities/evm/transaction-evidence.ts";
import { evmTransaction } from "../../src/capabilities/evm/transaction.ts";
import type { TransactionIntent } from "../../src/capabilities/evm/transaction-intent.ts";
import { digestOf, type Digest } from "../../src/kernel/canonical.ts";
import type { Agreement, EffectBackend, EffectCallName, KnownLane } from "../../src/kernel/effects/backend.ts";
import type { SlotAnswer } from "../../src/kernel/effects/kind.ts";
import type { Role } from "../../src/kernel/effects/ledger.ts";
import {
  type MadeData,
  type WeighedReading,
  isCovered,
  laneOf,
  readingOf,
  sealedIdentityOf,
  slotOf,
  windowOf,
} from "../../src/kernel/effects/rules.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { ValueCodec } from "../../src/kernel/value.ts";
import type { Provider } from "../../src/transports/evm/provider.ts";
import { type SubmitterOptions, evmSubmitter } from "../../src/transports/evm/submit/submitter.ts";
import { machine } from "./asking.ts";
import { network, target } from "./scene.ts";

type Hex = `0x${string}`;

/** A payment of 1 wei, final in its first block. */
export function intentOf(from: Hex, change: Partial<TransactionIntent> = {}): TransactionIntent {
  return {
    network,
    from,
    to: target,
    value: 1n,
    data: "0x",
    gas: 50_000n,
    fees: {
      percentile: 50,
      blocks: 5,
      minPriorityFeePerGas: 1_000_000_000n,
      baseFeePercent: 200,
      maxFeePerGas: 100_000_000_000n,
      maxPriorityFeePerGas: 20_000_000_000n,
    },
    finality: { kind: "depth", blocks: 1 },
    replaceAfterBlocks: 3,
    renewals: 0,
    window: 16,
    ...change,
  };
}

export type Submitting = Omit<Partial<SubmitterOptions>, "signer"> & { readonly signer: Awaited<ReturnType<SubmitterOptions["signer"]>> };

interface PoolSaid {
  readonly source: string;
  readonly answer: string;
}

/** A backend over these providers. */
export function submitterOver(providers: readonly Provider[], { signer, ...options }: Submitting): EffectBackend {
  return evmSubmitter({ ...machine, patienceMs: 5000, sourcesOf: async () => providers, signer: async () => signer, ...options });
}

/** One effect, from the first nonce to the last look. */
export class Sending {
  readonly id: Digest;
  readonly intent: Json;
  readonly made: MadeData[] = [];
  /** What was last found, as it is recorded. */
  evidence: Json = null;
  /** What pools said when it was last sent. */
  answers: readonly PoolSaid[] = [];
  slot: number | null = null;
  /** Who agreed to it, as the driver says. */
  agreement: Agreement | null = null;
  /** How many effects the lane may hold, as it was last read. */
  window = 0;
  readonly #backend: EffectBackend;

  constructor(name: string, intent: TransactionIntent, backend: EffectBackend) {
    this.id = digestOf(name);
    this.intent = record(evmTransaction.codecs.intent, intent);
    this.#backend = backend;
  }

  /** The nonce, as the lane gives it. */
  async acquire(known: Partial<KnownLane> = {}): Promise<SlotAnswer> {
    const lane = { lane: laneOf(evmTransaction, this.intent) ?? "", next: null, open: [], waiting: [this.id], ...known };
    const standing = await this.#ask("survey", { known: lane }, evmTransaction.codecs.standing);
    const answer = slotOf(evmTransaction, {
      id: this.id,
      intent: this.intent,
      standing,
      open: lane.open.map(({ slot }) => slot),
      next: lane.next,
    });
    if (answer.kind === "slot") this.slot = answer.slot;
    this.window = windowOf(evmTransaction, { intent: this.intent, standing });
    return answer;
  }

  /** The seal of a candidate that was recorded. */
  sealAgain(envelope: Json): Promise<Json> {
    return this.#ask(
      "seal",
      { role: "first", envelope: evmTransaction.codecs.envelope.decode(envelope), agreement: null },
      evmTransaction.codecs.seal,
    );
  }

  /** Another candidate, signed, as if it had been recorded. */
  async make(role: Role = "first", terms: Json = null): Promise<MadeData> {
    if (role === "first" && this.slot === null) assert.equal((await this.acquire()).kind, "slot");
    const purpose = { role, slot: this.slot, before: this.made, terms };
    const given = { role, slot: this.slot, terms, before: this.made.map(decode), agreement: this.agreement };
    const envelope = await this.#ask("prepare", given, evmTransaction.codecs.envelope);
    assert.ok(isCovered(evmTransaction, this, purpose, envelope), "what is prepared is covered");
    const seal = await this.#ask(
      "seal",
      { role, envelope: evmTransaction.codecs.envelope.decode(envelope), agreement: null },
      evmTransaction.codecs.seal,
    );
    const candidate = { role, envelope, seal, dispatched: true };
    sealedIdentityOf(evmTransaction, this, candidate);
    this.made.push(candidate);
    return candidate;
  }

  /** Sends the newest candidate. */
  async dispatch(): Promise<WeighedReading> {
    const reading = await this.#read("dispatch");
    this.answers = (this.evidence as unknown as { readonly answers: readonly PoolSaid[] }).answers;
    return reading;
  }

  /** Looks up what has become of it. */
  look(): Promise<WeighedReading> {
    return this.#read("observe");
  }

  /** Sends, and looks until it reads like this: how soon a node mines is its own affair. */
  async dispatchUntil(kind: WeighedReading["kind"]): Promise<WeighedReading> {
    let reading = await this.dispatch();
    for (let looks = 0; reading.kind !== kind && looks < 1000; looks++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      reading = await this.look();
    }
    assert.equal(reading.kind, kind);
    return reading;
  }

  get hashes(): readonly string[] {
    return this.made.map(({ seal }) => (seal as { readonly hash: string }).hash);
  }

  /** What people are told about the evidence, where it contradicts itself. */
  get contradiction(): ContradictionWords | null {
    const { codecs } = evmTransaction;
    const intent = codecs.intent.decode(this.intent) as TransactionIntent;
    const sent = this.made.map(({ role, seal }, index) => ({ index, role, hash: (seal as { readonly hash: Hex }).hash }));
    const evidence = codecs.evidence.decode(this.evidence) as TransactionEvidence;
    return describeContradiction({ intent, nonce: this.slot ?? 0, sent, evidence });
  }

  async #read(name: "dispatch" | "observe"): Promise<WeighedReading> {
    const newest = this.made.at(-1);
    assert.ok(newest !== undefined);
    const { envelope, seal } = decode(newest);
    this.evidence = await this.#ask(name, { envelope, seal, candidates: this.made.map(decode) }, evmTransaction.codecs.evidence);
    return readingOf(evmTransaction, this, this.made, this.evidence);
  }

  async #ask(name: EffectCallName, given: object, codec: ValueCodec | null): Promise<Json> {
    const context = { signal: new AbortController().signal, attribute: () => undefined };
    const subject = { id: this.id, intent: evmTransaction.codecs.intent.decode(this.intent) };
    assert.ok(codec !== null);
    return record(codec, await this.#backend.call(name, { ...subject, ...given }, context));
  }
}

function record(codec: ValueCodec, value: unknown): Json {
  return JSON.parse(codec.encode(value)) as Json;
}

function decode({ envelope, seal, ...rest }: MadeData) {
  const { codecs } = evmTransaction;
  return { ...rest, envelope: codecs.envelope.decode(envelope), seal: seal === null ? null : (codecs.seal?.decode(seal) ?? null) };
}
