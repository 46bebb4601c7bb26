/**
 * Reads one page of balances at a pinned block: some tokens of one network for all accounts, and their native balances where the page has
 * them; then what those tokens say of themselves of which anybody holds something.
 */
import * as z from "zod";
import { evmRead } from "../../capabilities/evm/read.ts";
import { address } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import type { Hex, Outcome } from "../evm/asking.ts";
import { pinned } from "../evm/pinned.ts";
import { readWord } from "../evm/returned.ts";
import { heedFailure, onSourceFailure } from "../evm/source-failure.ts";
import { askBalances } from "./ask-balances.ts";
import { type Answer, type Asset, type Reading, type Readings, readings } from "./readings.ts";
import { askTokens } from "./token-claims.ts";

const config = z.strictObject({
  accounts: z.array(address).min(1).max(1000),
  tokens: z.array(address).max(10_000),
  /** Whether this page has the native balances. */
  native: z.boolean(),
  onSourceFailure,
});

/**
 * One reading for every balance that is not zero, and the zeros by account. Amounts are in the smallest unit of each asset.
 * @throws PIN_LOST when the pinned block left the canonical chain
 * @throws SOURCE_FAILED when a question has no answer from any source, or one about another block, and `onSourceFailure` is `pause`
 */
export const scanBalances = defineState({
  id: "mfm.portfolio/scan-balances@1",
  effect: "read",
  needs: { chain: evmRead },
  config,
  input: z.strictObject({ pin: pinned }),
  output: readings,
  async run({ config: { accounts: all, tokens: listed, native, onSourceFailure: rule }, input: { pin }, chain }): Promise<Readings> {
    const accounts = [...new Set(all)];
    const tokens = [...new Set(listed)];
    const page = { accounts, assets: [...(native ? [nativeAsset] : []), ...tokens.map(tokenAsset)] };
    const { network } = pin;
    if (pin.kind === "source_failed") {
      const failed = answerOf(heedFailure({ kind: pin.kind, failures: pin.failures }, network, rule));
      return { network, attested: false, via: "none", ...sortAnswers(page, () => failed), tokens: [] };
    }
    const asker = { chain, pin, onSourceFailure: rule };
    const { outcomes, via, attested } = await askBalances(asker, { accounts, tokens, native });
    const sorted = sortAnswers(page, (at) => answerOf(outcomes[at] as Outcome));
    const claims = await askTokens(asker, heldTokens(sorted.readings));
    return { network, attested: via !== "none" && attested && claims.attested, via, ...sorted, tokens: claims.facts };
  },
});

const nativeAsset: Asset = { kind: "native" };

function tokenAsset(tokenAddress: Hex): Asset {
  return { kind: "erc20", address: tokenAddress };
}

interface Page {
  readonly accounts: readonly Hex[];
  readonly assets: readonly Asset[];
}

/** By asset and then by account, as they were asked for; zeros by account. `answerAt` gives the answer at a place, undefined for zero. */
function sortAnswers({ accounts, assets }: Page, answerAt: (place: number) => Answer | undefined): Pick<Readings, "readings" | "zero"> {
  const found: Reading[] = [];
  const zero = accounts.map((account) => ({ account, native: false, tokens: [] as Hex[] }));
  assets.forEach((asset, column) => {
    zero.forEach((zeros, row) => {
      const answer = answerAt(column * accounts.length + row);
      if (answer !== undefined) found.push({ account: zeros.account, asset, answer });
      else if (asset.kind === "native") zeros.native = true;
      else zeros.tokens.push(asset.address);
    });
  });
  return { readings: found, zero: zero.filter((zeros) => zeros.native || zeros.tokens.length > 0) };
}

function heldTokens(found: readonly Reading[]): Hex[] {
  const held = found.flatMap(({ asset, answer }) => (asset.kind === "erc20" && answer.kind === "ok" ? [asset.address] : []));
  return [...new Set(held)];
}

const headBytes = 32;
/** Of many sources, the first few are named: there may be thousands of readings. */
const failuresNamed = 8;

/** What an outcome says of a balance; undefined for zero. */
function answerOf(outcome: Outcome): Answer | undefined {
  switch (outcome.kind) {
    case "word":
      return outcome.value === 0n ? undefined : { kind: "ok", value: outcome.value };
    case "returned": {
      const value = readWord(outcome);
      if (value !== undefined) return answerOf({ kind: "word", value });
      const head = outcome.head.slice(0, 2 + 2 * headBytes) as Hex;
      return { kind: "malformed", size: outcome.size, head };
    }
    case "reverted":
      return { kind: "reverted", cause: "revert" };
    case "out_of_gas":
      return { kind: "reverted", cause: "out_of_gas" };
    case "source_failed":
      return { kind: "source_failed", failures: outcome.failures.slice(0, failuresNamed) };
    case "no_code":
    case "not_attempted":
      return { kind: outcome.kind };
  }
}
