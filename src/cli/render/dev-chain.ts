/** A development chain, for people and for programs. */
import type { DevChain } from "../../app/dev-chain/dev-chain.ts";
import type { Paint } from "../paint.ts";
import { renderPairs, renderTable } from "./table.ts";

export interface DevChainView {
  readonly url: string;
  readonly chainId: number;
  readonly accounts: readonly string[];
  readonly holder: string;
  readonly tokens: readonly {
    readonly address: string;
    readonly symbol: string;
    readonly name: string;
    readonly decimals: number;
    /** Smallest units that the holder has. */
    readonly held: string;
  }[];
  readonly oddTokens: DevChain["oddTokens"];
  readonly feeds: readonly { readonly address: string; readonly pair: string; readonly decimals: number; readonly answer: string }[];
  readonly multicall3: string;
  readonly tokenList: string | null;
  /** The command line that takes a snapshot of the holder. */
  readonly snapshot: string;
}

export function viewOfDevChain(chain: DevChain, tokenList: string | undefined): DevChainView {
  const { url, chainId, accounts, holder, oddTokens, multicall3 } = chain;
  const looked =
    tokenList === undefined ? chain.tokens.map(({ address }) => `--token ${address}`).join(" ") : `--token-list ${quoted(tokenList)}`;
  return {
    url,
    chainId,
    accounts,
    holder,
    tokens: chain.tokens.map(({ address, symbol, name, decimals, held }) => ({ address, symbol, name, decimals, held: String(held) })),
    oddTokens,
    feeds: chain.feeds.map(({ address, pair, decimals, answer }) => ({ address, pair, decimals, answer: String(answer) })),
    multicall3,
    tokenList: tokenList ?? null,
    snapshot: `mfm portfolio snapshot ${holder} --rpc ${url} --chain-id ${chainId} ${looked}`,
  };
}

/** As a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function renderDevChain(view: DevChainView, paint: Paint): string {
  const pairs: (readonly [string, string])[] = [
    ["url", view.url],
    ["chain id", String(view.chainId)],
    ["multicall3", view.multicall3],
    ...view.accounts.slice(0, 3).map((account) => [account === view.holder ? "holder" : "account", account] as const),
  ];
  if (view.tokenList !== null) pairs.push(["token list", view.tokenList]);
  return [
    renderPairs(pairs, paint),
    renderTable(
      ["token", "address", "decimals"],
      view.tokens.map(({ symbol, address, decimals }) => [symbol, address, String(decimals)]),
      paint,
    ),
    renderTable(
      ["hostile or odd token", "address"],
      Object.entries(view.oddTokens).map(([name, address]) => [name, address]),
      paint,
    ),
    renderTable(
      ["price feed", "address"],
      view.feeds.map(({ pair, address }) => [pair, address]),
      paint,
    ),
    `${paint("bold", "take a snapshot of the holder, in another terminal:")}\n${view.snapshot}`,
  ].join("\n\n");
}
