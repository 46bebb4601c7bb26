/** The sources of one network, in order, and how a question is put to them: in rounds, until one answers or the patience ends. */
import type { BlockRef } from "../../capabilities/evm/block.ts";
import type { FailureReason, SourceFailed } from "../../capabilities/evm/failure.ts";
import type { Clock, Random } from "../../kernel/ports.ts";
import { growingDelay } from "./back-off.ts";
import { RpcFailure } from "./provider.ts";
import { RecentMap } from "./recent-map.ts";
import type { Source } from "./source.ts";
import { limitTime, sleep } from "./waiting.ts";

/** Something that a source did not answer, for a log. */
export interface FailureEntry {
  readonly network: string;
  readonly source: string;
  readonly reason: FailureReason;
  /** The node's own words, without secrets. */
  readonly message: string;
}

export interface NetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long one question is tried at most, in milliseconds. */
  readonly patienceMs: number;
  readonly log: (entry: FailureEntry) => void;
}

/** One pass over the sources. */
export interface Round {
  /** Those that may be asked, the likeliest to answer first. */
  readonly order: () => readonly Source[];
  /** What the source answers; undefined where it fails, which is noted. @throws the reason of the question's signal */
  readonly try: <T>(source: Source, ask: (signal: AbortSignal) => Promise<T>) => Promise<T | undefined>;
  /** Notes that a source was passed over. */
  readonly pass: (source: Source, failure: RpcFailure) => void;
  /** What failed in this round. */
  readonly failures: ReadonlyMap<Source, RpcFailure>;
  /** Whether there were enough rounds for sources that failed to be taken for silent. */
  readonly isLate: boolean;
}

interface RoundState {
  /** The last failure of each source in earlier rounds. */
  readonly last: ReadonlyMap<Source, RpcFailure>;
  readonly tries: number;
  readonly signal: AbortSignal;
}

const roundGrowth = { firstMs: 250, longestMs: 5000 };

/** When nobody is there at all, whoever asks is told soon: a wrong address does not become right within the patience of a question. */
const roundsDownAtMost = 5;

/** Waiting does not help against these. */
const lasting: ReadonlySet<FailureReason> = new Set(["wrong_chain", "bad_proof", "unauthorized", "unsupported", "too_large"]);

/** Rounds in which a source that could not be reached may still change what the others say. */
const earlyRounds = 2;
const failuresNamed = 64;
const numbersKept = 1024;

export class Network {
  readonly id: string;
  readonly sources: readonly Source[];
  /** Whether its answers never look as those of other chains do: then another source is no better. */
  isUnlikeOthers = false;
  readonly #options: NetworkOptions;
  readonly #numbers = new RecentMap<bigint>(numbersKept);

  constructor(id: string, sources: readonly Source[], options: NetworkOptions) {
    this.id = id;
    this.sources = sources;
    this.#options = options;
  }

  /** Remembers which number a block has. */
  learn({ number, hash }: BlockRef): void {
    this.#numbers.set(hash, number);
  }

  /** The number of a block that was named here before; the block itself may be gone. */
  numberOf(hash: string): bigint | undefined {
    return this.#numbers.get(hash);
  }

  /** The first answer of a round, or why each source gave none. @throws the signal's reason when it is aborted */
  async ask<T>(signal: AbortSignal, round: (round: Round) => Promise<T | undefined>): Promise<T | SourceFailed> {
    signal.throwIfAborted();
    const { clock, random, patienceMs } = this.#options;
    const reason = (): Error => new RpcFailure("timeout", `no answer within ${patienceMs} ms`);
    const limited = limitTime(signal, { clock, milliseconds: patienceMs, reason });
    const deadline = clock.now() + patienceMs;
    const last = new Map<Source, RpcFailure>();
    let roundsDown = 0;
    try {
      for (let tries = 0; ; tries++) {
        const failures = new Map<Source, RpcFailure>();
        const answer = await round(this.#round(failures, { last, tries, signal: limited.signal }));
        if (answer !== undefined) return answer;
        for (const [source, failure] of failures) last.set(source, failure);
        roundsDown = [...failures.values()].every(({ reason }) => reason === "unreachable") ? roundsDown + 1 : 0;
        if (roundsDown === roundsDownAtMost) return this.#failed(last);
        const passing = [...failures.values()].filter(mayPass);
        const asked = Math.min(...passing.map(({ retryAfterMs = 0 }) => retryAfterMs));
        const delay = Math.max(asked, growingDelay(tries, roundGrowth, random));
        if (passing.length === 0 || clock.now() + delay >= deadline) return this.#failed(last);
        await sleep(clock, delay, limited.signal);
      }
    } catch (error) {
      // The patience can end while nobody is asked.
      if (signal.aborted || error !== limited.signal.reason) throw error;
      return this.#failed(last);
    } finally {
      limited.release();
    }
  }

  #round(failures: Map<Source, RpcFailure>, { last, tries, signal }: RoundState): Round {
    const { clock, log } = this.#options;
    const pass = (source: Source, failure: RpcFailure): void => {
      failures.set(source, failure);
      log({ network: this.id, source: source.ref, reason: failure.reason, message: failure.message });
    };
    return {
      failures,
      pass,
      isLate: tries >= earlyRounds,
      order: () => this.#order(),
      try: async (source, ask) => {
        // The patience has ended: whoever was not asked any more keeps the reason that it has.
        if (signal.aborted && signal.reason instanceof RpcFailure) {
          if (!last.has(source) && !failures.has(source)) pass(source, signal.reason);
          return undefined;
        }
        try {
          const answer = await ask(signal);
          source.health.succeeded();
          return answer;
        } catch (error) {
          if (!(error instanceof RpcFailure)) throw error;
          source.health.failed(error, clock.now());
          if (error.reason === "bad_proof") source.disqualify(error);
          pass(source, error);
          return undefined;
        }
      },
    };
  }

  /** A source that rests comes last, but it comes: it may be the only one that can answer. */
  #order(): readonly Source[] {
    const now = this.#options.clock.now();
    const asked = this.sources.filter(({ disqualified }) => disqualified === undefined);
    const resting = new Set(asked.filter(({ health }) => !health.claimTurn(now)));
    const last = [...resting].toSorted((left, right) => left.health.restsUntil - right.health.restsUntil);
    return [...asked.filter((source) => !resting.has(source)), ...last];
  }

  /** In the order of the configuration, each with its last reason. */
  #failed(last: ReadonlyMap<Source, RpcFailure>): SourceFailed {
    const failures = this.sources.flatMap((source) => {
      const reason = (last.get(source) ?? source.disqualified)?.reason;
      return reason === undefined ? [] : [{ source: source.ref, reason }];
    });
    return { kind: "source_failed", failures: failures.slice(0, failuresNamed) };
  }
}

/** Whether it may be over after a while. */
export function mayPass({ reason, fault }: RpcFailure): boolean {
  return !lasting.has(reason) && fault?.kind !== "bad_params" && fault?.kind !== "no_state";
}
