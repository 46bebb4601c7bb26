/** What is paid with: the network's own asset, or a token as its contract describes itself at one block. */
import type { Asset } from "../../states/evm/submit-transfer.ts";
import { encodeBalanceOf } from "../../states/evm/erc20.ts";
import { readText, readWord } from "../../states/evm/returned.ts";
import { type Scene, type Simulators, failAttempt } from "../../states/evm/simulation.ts";
import { failure } from "../failure.ts";
import type { NetworkView } from "../networks/networks.ts";
import { printableToken } from "../token-text.ts";

type Hex = `0x${string}`;

export interface AssetView {
  readonly asset: Asset;
  /** A token's is a stranger's text, made fit to be shown. */
  readonly symbol: string;
  readonly decimals: number;
}

const selectors = { symbol: "0x95d89b41", decimals: "0x313ce567" } as const;
const mostDecimals = 77n;

/** @throws TOKEN_REFUSED where the token does not say how many decimals it has; SOURCE_FAILED */
export async function describeAsset(
  asking: Simulators,
  { id, native }: Pick<NetworkView, "id" | "native">,
  given: { readonly token: Hex | undefined; readonly scene: Scene },
): Promise<AssetView> {
  const { token, scene } = given;
  if (token === undefined) return { asset: { kind: "native" }, ...native };
  const ask = async (data: Hex): Promise<Hex | undefined> => {
    const answer = await asking.chain.call({ network: id, at: scene.at, to: token, data });
    if (answer.kind === "source_failed" || answer.kind === "block_lost") return failAttempt(answer, id);
    return answer.kind === "ok" ? answer.data : undefined;
  };
  const [symbol, decimals] = await Promise.all([ask(selectors.symbol), ask(selectors.decimals)]);
  const places = decimals === undefined ? undefined : readWord(returned(decimals));
  if (places === undefined || places > mostDecimals)
    throw failure("TOKEN_REFUSED", `token ${token} on ${id}: it does not say how many decimals it has, so amounts of it cannot be read`, {
      network: id,
      token,
    });
  const text = symbol === undefined ? undefined : readText(returned(symbol))?.text;
  return {
    asset: { kind: "erc20", address: token },
    symbol: text === undefined || text === "" ? token : printableToken(text),
    decimals: Number(places),
  };
}

/** What an account holds of it. @throws SOURCE_FAILED */
export async function readHolding(
  { chain }: Pick<Simulators, "chain">,
  network: `eip155:${string}`,
  given: { readonly account: Hex; readonly asset: Asset; readonly scene: Scene },
): Promise<bigint> {
  const { account, asset, scene } = given;
  if (asset.kind === "native") {
    const answer = await chain.balance({ network, account, at: scene.at });
    return answer.kind === "ok" ? answer.balance : failAttempt(answer, network);
  }
  const answer = await chain.call({ network, at: scene.at, to: asset.address, data: encodeBalanceOf(account) });
  if (answer.kind === "source_failed" || answer.kind === "block_lost") return failAttempt(answer, network);
  return (answer.kind === "ok" ? readWord(returned(answer.data)) : undefined) ?? 0n;
}

function returned(head: Hex) {
  return { size: (head.length - 2) / 2, head };
}
