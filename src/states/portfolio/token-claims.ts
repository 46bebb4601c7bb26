/** What tokens say of themselves: decimals, symbol and name, asked at the pinned block and read as the words of strangers. */
import { askAll } from "../evm/ask-scanner.ts";
import type { Asker, Hex, Outcome } from "../evm/asking.ts";
import { readText, readWord, textHead } from "../evm/returned.ts";
import type { ClaimedDecimals, ClaimedText, TokenFacts } from "./readings.ts";

const selectors: readonly Hex[] = [/* decimals() */ "0x313ce567", /* symbol() */ "0x95d89b41", /* name() */ "0x06fdde03"];

/** @throws PIN_LOST, SOURCE_FAILED as the asker's rule is */
export async function askTokens(
  asker: Asker,
  tokens: readonly Hex[],
): Promise<{ readonly facts: TokenFacts[]; readonly attested: boolean }> {
  if (tokens.length === 0) return { facts: [], attested: true };
  const questions = tokens.flatMap((to) => selectors.map((data) => ({ kind: "call" as const, to, data })));
  const { outcomes, attested } = await askAll(asker, questions, textHead);
  const outcome = (token: number, selector: number): Outcome => outcomes[token * selectors.length + selector] as Outcome;
  const facts = tokens.map((address, at) => ({
    address,
    decimals: claimedDecimals(outcome(at, 0)),
    symbol: claimedText(outcome(at, 1)),
    name: claimedText(outcome(at, 2)),
  }));
  return { facts, attested };
}

const mostDecimals = 36n;

/** Decimals that can be counted with, or why not. */
export function claimedDecimals(outcome: Outcome): ClaimedDecimals {
  if (outcome.kind !== "returned") return { kind: "unreadable", why: whyNot(outcome) };
  const value = readWord(outcome);
  if (value === undefined) return { kind: "unreadable", why: "malformed" };
  return value <= mostDecimals ? { kind: "ok", decimals: Number(value) } : { kind: "unusable", value };
}

/** A text that can be shown, or why not. */
export function claimedText(outcome: Outcome): ClaimedText {
  if (outcome.kind !== "returned") return { kind: "unreadable", why: whyNot(outcome) };
  const text = readText(outcome);
  return text === undefined ? { kind: "unreadable", why: "malformed" } : { kind: "ok", ...text };
}

function whyNot({ kind }: Exclude<Outcome, { kind: "returned" }>): Extract<ClaimedText, { kind: "unreadable" }>["why"] {
  switch (kind) {
    case "not_attempted":
    case "source_failed":
      return kind;
    // No question here is for a native balance.
    case "word":
    case "no_code":
    case "out_of_gas":
    case "reverted":
      return "reverted";
  }
}
