/** The honest tokens of a development chain as a token list. @see https://tokenlists.org, the Uniswap token-list standard */
import type { DevChain } from "./dev-chain.ts";

/** The list as a JSON text. `now`: Unix milliseconds. */
export function tokenListOf({ chainId, tokens }: Pick<DevChain, "chainId" | "tokens">, now: number): string {
  const list = {
    name: "MFM development chain",
    timestamp: new Date(now).toISOString(),
    version: { major: 1, minor: 0, patch: 0 },
    tokens: tokens.map(({ address, name, symbol, decimals }) => ({ chainId, address, name, symbol, decimals })),
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}
