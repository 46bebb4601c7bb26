/** What stands on a development chain: honest tokens, odd ones, price feeds. Data only. */
import type { contractCode } from "./contract-code.ts";

/** A token as it says of itself, and as it is true. */
export interface HonestToken {
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
  /** Smallest units that the holder has of it. */
  readonly held: bigint;
  readonly contract: "DemoToken" | "NamespacedToken" | "LargeSlotToken" | "VyperOrderToken";
}

export const honestTokens: readonly HonestToken[] = [
  { name: "Demo Dollar", symbol: "DUSD", decimals: 6, held: 1_234_560_000n, contract: "DemoToken" },
  { name: "Demo Wrapped Ether", symbol: "DETH", decimals: 18, held: 2_500_000_000_000_000_001n, contract: "DemoToken" },
  { name: "Demo Wrapped Bitcoin", symbol: "DBTC", decimals: 8, held: 12_345_678n, contract: "DemoToken" },
  { name: "Demo Points", symbol: "DPTS", decimals: 0, held: 42n, contract: "DemoToken" },
  { name: "Demo Euro", symbol: "DEUR", decimals: 18, held: 0n, contract: "DemoToken" },
  { name: "Namespaced Token", symbol: "NMSP", decimals: 18, held: 7_000_000_000_000_000_000n, contract: "NamespacedToken" },
  { name: "Large Slot Token", symbol: "LSLT", decimals: 18, held: 8_000_000_000_000_000_000n, contract: "LargeSlotToken" },
  { name: "Vyper Order Token", symbol: "VYPR", decimals: 18, held: 9_000_000_000_000_000_000n, contract: "VyperOrderToken" },
];

/** What an honest reader must survive; contracts/OddTokens.sol says of each what it does. */
export const oddTokens = [
  "RevertingToken",
  "GasBurnerToken",
  "EmptyReturnToken",
  "ShortReturnToken",
  "HugeReturnToken",
  "HugeRevertToken",
  "Bytes32SymbolToken",
  "Decimals77Token",
  "HugeDecimalsToken",
  "ControlCharactersToken",
  "HomoglyphToken",
  "UrlSymbolToken",
  "MaxBalanceToken",
  "CostlyProxyToken",
  "StarvingToken",
] as const satisfies readonly (keyof typeof contractCode)[];
export type OddToken = (typeof oddTokens)[number];

export interface Feed {
  /** As the feed describes itself. */
  readonly pair: string;
  readonly decimals: number;
  readonly answer: bigint;
}

export const feeds: readonly Feed[] = [
  { pair: "ETH / USD", decimals: 8, answer: 2_500_00000000n },
  { pair: "BTC / USD", decimals: 8, answer: 60_000_50000000n },
  { pair: "EUR / USD", decimals: 8, answer: 1_08000000n },
];
