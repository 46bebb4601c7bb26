/**
 * The nonce guard's file: lines of JSON that are only ever appended, on disk before a signature leaves. Any number of processes use it at once,
 * without a lock: each appends its claim and reads what came before it, and the first claim in the file is the one that holds.
 */
import { randomBytes } from "node:crypto";
import { closeSync } from "node:fs";
import { dirname } from "node:path";
import { MfmError, invariant } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { SigningIntent } from "../../capabilities/signer.ts";
import { makeSafeFolder, syncFolder } from "../files/folder.ts";
import { openPrivateFile } from "../files/private-file.ts";
import type { NonceRange, SignedNonce } from "../signer-port.ts";
import { intentJson, readIntent } from "../signing/intent.ts";
import { type Claim, GuardState, type NonceIntent, type Verdict, claimOf } from "./claim.ts";
import { GuardLog } from "./guard-log.ts";

/** Named points between the steps of a claim; crash tests end the process there. */
export type GuardPoint = "claim.before" | "claim.written" | "claim.synced" | "claim.held";

export interface GuardOptions {
  readonly path: string;
  readonly at?: (point: GuardPoint) => void;
}

/** The answer to a claim that was not refused: what to sign. */
export interface Held {
  /** The intent as it was recorded. */
  readonly intent: NonceIntent;
  /** Whether it was so before. */
  readonly recorded: boolean;
  /** Nothing leaves before it resolves: then it is on disk. Rejects with GUARD_UNAVAILABLE: it may be held all the same. */
  readonly durable: Promise<void>;
}

interface Waiting {
  readonly kind: "claim";
  readonly intent: NonceIntent;
  readonly json: Json;
  readonly claim: Claim;
  readonly resolve: (held: Held) => void;
  readonly reject: (error: unknown) => void;
}

/** A question about what holds, answered once all that there is has been read. */
interface Look {
  readonly kind: "look";
  readonly look: () => void;
  readonly reject: (error: unknown) => void;
}

export class NonceGuard {
  readonly #fd: number;
  readonly #log: GuardLog;
  readonly #state: GuardState;
  readonly #at: (point: GuardPoint) => void;
  readonly #waiting: (Waiting | Look)[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(fd: number, log: GuardLog, options: { readonly state: GuardState; readonly at: (point: GuardPoint) => void }) {
    this.#fd = fd;
    this.#log = log;
    this.#state = options.state;
    this.#at = options.at;
  }

  /**
   * Opens the file, making it where there is none, and folds it.
   * @throws FILE_UNSAFE when others may touch it or its folder; FILE_UNWRITABLE
   * @throws GUARD_CORRUPT when it was altered
   */
  static async open({ path, at = () => undefined }: GuardOptions): Promise<NonceGuard> {
    const fd = openFile(path);
    try {
      const state = new GuardState();
      const log = new GuardLog(fd, path);
      const guard = new NonceGuard(fd, log, { state, at });
      log.readAll((claim) => state.apply(claim).kind === "new");
      return guard;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Wei sent by an account on a chain and UTC day, as far as this process has read. */
  spent(of: Pick<Claim, "chainId" | "sender" | "day">): bigint {
    return this.#state.spent(of);
  }

  /**
   * Holds a nonce for an intent, or finds what was held; it is brought to the disk while whoever asked works on. Claims that come at once share
   * one write to the disk.
   * @throws NONCE_TAKEN, INTENT_REUSED, REPLACEMENT_REFUSED, POLICY_REFUSED (the day's sum) when another signature stands against it
   * @throws GUARD_UNAVAILABLE when it could not be written: it may be held all the same
   */
  async claim(intent: NonceIntent, terms: Pick<Claim, "day" | "dayLimit">): Promise<Held> {
    const json = intentJson(intent);
    const claim = claimOf(intent, json, terms);
    const held = new Promise<Held>((resolve, reject) => this.#waiting.push({ kind: "claim", intent, json, claim, resolve, reject }));
    this.#flushing ??= this.#flushAll();
    return held;
  }

  /**
   * As `claim`, and holds nothing.
   * @throws as `claim`; SIGNED_OTHERWISE where an intent is begun that was signed before, and not only to the byte as it is now
   */
  async check(intent: NonceIntent, terms: Pick<Claim, "day" | "dayLimit">): Promise<void> {
    const claim = claimOf(intent, intentJson(intent), terms);
    const { verdict, signed } = await this.#look((state) => ({ verdict: state.judge(claim), signed: state.candidatesOf(claim.intentId) }));
    if (verdict.kind === "refused") throw new MfmError(verdict.code, verdict.reason, verdict.details);
    assertBegins(claim, signed, (hash) => this.#recorded(hash));
  }

  /** The nonces that are held, by any process. @throws GUARD_CORRUPT, GUARD_UNAVAILABLE */
  signed(range: NonceRange): Promise<readonly SignedNonce[]> {
    return this.#look((state) => state.signed(range));
  }

  #look<T>(look: (state: GuardState) => T): Promise<T> {
    const seen = new Promise<T>((resolve, reject) => this.#waiting.push({ kind: "look", look: () => resolve(look(this.#state)), reject }));
    this.#flushing ??= this.#flushAll();
    return seen;
  }

  async close(): Promise<void> {
    await this.#flushing;
    closeSync(this.#fd);
  }

  async #flushAll(): Promise<void> {
    // What is asked for in this turn of the event loop goes into the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, largestBatch);
      try {
        await this.#flush(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flushing = undefined;
  }

  async #flush(all: readonly (Waiting | Look)[]): Promise<void> {
    const batch = all.filter((waiting) => waiting.kind === "claim");
    if (batch.length > 0) this.#at("claim.before");
    this.#log.readOn((claim) => this.#state.apply(claim).kind === "new");
    // What is already decided needs no line; what is new may still lose against a line of another process.
    const fresh = batch.filter(({ claim }) => this.#state.judge(claim).kind === "new");
    const verdicts = new Map<string, Verdict>();
    const ids = new Map<Waiting, string>();
    if (fresh.length > 0) {
      const records = fresh.map((waiting) => {
        const id = randomBytes(8).toString("hex");
        ids.set(waiting, id);
        return { id, claim: waiting.claim, intent: waiting.json };
      });
      this.#log.append(records);
      this.#at("claim.written");
      const last = records.at(-1)?.id ?? "";
      this.#log.readUntil(last, (claim, id) => {
        const verdict = this.#state.apply(claim);
        verdicts.set(id, verdict);
        return verdict.kind === "new";
      });
      this.#at("claim.held");
    }
    // Which claim holds is decided by the file's order; that it stays so, by the disk.
    const durable = fresh.length > 0 || this.#log.unsynced ? this.#log.sync() : Promise.resolve();
    const answered = batch.map((waiting) => {
      const id = ids.get(waiting);
      const verdict = id === undefined ? this.#state.judge(waiting.claim) : verdicts.get(id);
      invariant(verdict !== undefined, "a claim that was appended is read back");
      return this.#answer(waiting, verdict, durable);
    });
    await Promise.all([durable, ...answered]);
    this.#at("claim.synced");
    for (const waiting of all) if (waiting.kind === "look") waiting.look();
  }

  async #answer({ intent, claim, resolve, reject }: Waiting, verdict: Verdict, durable: Promise<void>): Promise<void> {
    switch (verdict.kind) {
      case "new":
        return resolve({ intent, recorded: false, durable });
      case "recorded":
        return resolve({ intent: verdict.hash === claim.hash ? intent : this.#recorded(verdict.hash), recorded: true, durable });
      case "refused":
        await durable;
        return reject(new MfmError(verdict.code, verdict.reason, verdict.details));
    }
  }

  #recorded(hash: string): NonceIntent {
    const intent: SigningIntent = readIntent(this.#log.intentOf(hash));
    invariant(intent.kind === "transaction" || intent.kind === "authorization", "the guard holds intents with a nonce");
    return intent;
  }
}

type Signed = ReturnType<GuardState["candidatesOf"]>;

/** Whoever begins an intent is told what was signed for it before: one of those may be on the chain, or the intent was given up. @throws SIGNED_OTHERWISE */
export function assertBegins({ role, hash }: Claim, signed: Signed, recorded: (hash: string) => NonceIntent): void {
  const [only] = signed;
  if (role !== "first" || only === undefined || (signed.length === 1 && only.hash === hash)) return;
  const cancel = signed.findLast((candidate) => candidate.role === "cancel");
  const [newest = only, ...earlier] = cancel === undefined ? signed.toReversed() : [cancel];
  const { nonce, ...what } = toldOf(recorded(newest.hash));
  const details = { signed: { nonce, role: newest.role, ...what, earlier: earlier.map((one) => toldOf(recorded(one.hash)).transaction) } };
  const words =
    cancel === undefined
      ? `another transaction was signed for this intent before, at nonce ${nonce}`
      : `a cancel was signed for this intent before, at nonce ${nonce}: where that is mined, the intent was not done`;
  throw new MfmError("SIGNED_OTHERWISE", words, details);
}

function toldOf(held: NonceIntent): { readonly nonce: number; readonly transaction: Json } {
  const { transaction = null } = intentJson(held) as JsonObject;
  return { nonce: held.kind === "transaction" ? held.transaction.nonce : held.nonce, transaction };
}

/** A line each, and one write for all: larger ones are worse to lose than to repeat. */
const largestBatch = 256;

/** Two processes may make it at once: the second then opens it. */
function openFile(path: string): number {
  const folder = makeSafeFolder(dirname(path));
  for (let tries = 1; ; tries++) {
    try {
      const fd = openPrivateFile(path, "append");
      syncFolder(folder);
      return fd;
    } catch (error) {
      if (!(error instanceof MfmError && error.code === "FILE_UNWRITABLE") || tries === openTries) throw error;
    }
  }
}

const openTries = 3;
