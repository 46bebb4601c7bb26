/**
 * Reads a price from a Chainlink aggregator at a pinned block, and says why it cannot be used where it cannot.
 * @see https://docs.chain.link/data-feeds/api-reference
 */
import * as z from "zod";
import { evmRead } from "../../capabilities/evm/read.ts";
import { address, parseInstant } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import { askAll } from "../evm/ask-scanner.ts";
import type { Outcome, Question } from "../evm/asking.ts";
import { pinned } from "../evm/pinned.ts";
import { readWords } from "../evm/returned.ts";
import { heedFailure, onSourceFailure } from "../evm/source-failure.ts";
import { fromUnits } from "./decimals.ts";
import { type Priced, priced, quoteCode, ticker } from "./snapshot.ts";
import { claimedDecimals } from "./token-claims.ts";

const config = z.strictObject({
  quote: quoteCode,
  symbol: ticker,
  /** Of the aggregator, on the pinned network. */
  address,
  /** Older than this at the pinned block: not used. */
  maxAgeSeconds: z.int().min(1).max(31_536_000),
  onSourceFailure,
});

type Why = Extract<Priced, { kind: "unusable" }>["why"];

/**
 * The price of one unit of `symbol` in `quote`, or why there is none.
 * @throws PIN_LOST when the pinned block left the canonical chain
 * @throws SOURCE_FAILED when no source answered, and `onSourceFailure` is `pause`
 */
export const readFeed = defineState({
  id: "mfm.portfolio/read-feed@1",
  effect: "read",
  needs: { chain: evmRead },
  config,
  input: z.strictObject({ pin: pinned }),
  output: priced,
  async run({ config: { quote, symbol, address: to, maxAgeSeconds, onSourceFailure: rule }, input: { pin }, chain }): Promise<Priced> {
    const unusable = (why: Why): Priced => ({ kind: "unusable", quote, symbol, why });
    if (pin.kind === "source_failed") {
      heedFailure({ kind: pin.kind, failures: pin.failures }, pin.network, rule);
      return unusable("source_failed");
    }
    const questions: Question[] = [
      { kind: "call", to, data: latestRoundData },
      { kind: "call", to, data: decimalsOf },
    ];
    const { outcomes } = await askAll({ chain, pin, onSourceFailure: rule }, questions, roundSize);
    const [round, scale] = outcomes as [Outcome, Outcome];
    const price = readPrice(round, scale, { now: BigInt(parseInstant(pin.timestamp) / 1000), maxAge: BigInt(maxAgeSeconds) });
    return typeof price === "string" ? unusable(price) : { kind: "ok", quote, symbol, unitPrice: fromUnits(price.answer, price.decimals) };
  },
});

/** `latestRoundData()` */
const latestRoundData = "0xfeaf968c";
/** `decimals()` */
const decimalsOf = "0x313ce567";
/** roundId, answer, startedAt, updatedAt, answeredInRound */
const roundWords = 5;
const roundSize = 32 * roundWords;

/** Unix seconds of the pinned block, and how old an answer may be then. */
interface Freshness {
  readonly now: bigint;
  readonly maxAge: bigint;
}

interface FeedPrice {
  readonly answer: bigint;
  readonly decimals: number;
}

function readPrice(round: Outcome, scale: Outcome, { now, maxAge }: Freshness): FeedPrice | Why {
  if (round.kind !== "returned") return whyNot(round);
  const decimals = claimedDecimals(scale);
  if (decimals.kind === "unusable") return "malformed";
  if (decimals.kind === "unreadable") return decimals.why === "not_attempted" ? "source_failed" : decimals.why;
  const words = readWords(round, roundWords);
  if (words === undefined) return "malformed";
  const [roundId, rawAnswer, , updatedAt, answeredInRound] = words as [bigint, bigint, bigint, bigint, bigint];
  if (roundId >= uint80Bound || answeredInRound >= uint80Bound) return "malformed";
  const answer = BigInt.asIntN(256, rawAnswer);
  if (answer <= 0n) return "not_positive";
  if (updatedAt === 0n || answeredInRound < roundId) return "incomplete_round";
  if (updatedAt > now) return "future";
  if (now - updatedAt > maxAge) return "stale";
  return { answer, decimals: decimals.decimals };
}

const uint80Bound = 1n << 80n;

function whyNot({ kind }: Exclude<Outcome, { kind: "returned" }>): Why {
  switch (kind) {
    case "no_code":
      return "no_code";
    case "reverted":
    case "out_of_gas":
      return "reverted";
    case "not_attempted":
    case "source_failed":
      return "source_failed";
    // No question here is for a native balance.
    case "word":
      return "malformed";
  }
}
