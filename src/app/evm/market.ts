/** What a chain's blocks and fees are like now: what a plan says of cost and time. */
import { capsByPolicy } from "../../capabilities/evm/transaction-fees.ts";
import type { Scene, Sender, Simulators } from "../../states/evm/simulation.ts";
import { failAttempt } from "../../states/evm/simulation.ts";
import type { Fees } from "../../transports/evm/read-fees.ts";
import { isDevChain } from "../networks/dev-chains.ts";
import type { Live } from "./live.ts";

/** What a first candidate would offer: by what the market asks for, within the policy. */
export interface Market extends Pick<Fees, "baseFeePerGas" | "priorityFeePerGas"> {
  readonly maxFeePerGas: bigint;
  /** Who or what the tip is from. */
  readonly tipFrom: "feeHistory" | "maxPriorityFeePerGas" | "gasPrice" | "policy";
}

/** @throws SOURCE_FAILED */
export async function readMarket({ fees }: Pick<Live, "fees">, { network, terms }: Sender, { at }: Scene): Promise<Market> {
  const found = await fees(network, terms.fees, at.number);
  const { maxFeePerGas, maxPriorityFeePerGas } = capsByPolicy(terms.fees, found);
  const tipFrom = maxPriorityFeePerGas === found.priorityFeePerGas ? (found.suggested?.by ?? "feeHistory") : "policy";
  return { baseFeePerGas: found.baseFeePerGas, priorityFeePerGas: maxPriorityFeePerGas, maxFeePerGas, tipFrom };
}

/** What one transaction will probably pay for a unit of gas: the base fee and its tip, below what it offers at most. */
export function expectedGasPrice({ baseFeePerGas, priorityFeePerGas, maxFeePerGas }: Market): bigint {
  const price = baseFeePerGas + priorityFeePerGas;
  return price < maxFeePerGas ? price : maxFeePerGas;
}

export interface Pace {
  /** Seconds from one block to the next, lately; null where there are too few blocks to say. */
  readonly blockSeconds: number | null;
  /** How far behind what is final is now, in seconds; null where the chain does not say. */
  readonly finalitySeconds: number | null;
}

const blocksCompared = 100n;

/** Measured, not known: how long blocks take and how far behind the final one is, by the chain's own clock. @throws SOURCE_FAILED */
export async function measurePace({ chain }: Simulators, { network, terms }: Sender, { at }: Scene): Promise<Pace> {
  if (isDevChain(network)) return { blockSeconds: null, finalitySeconds: null };
  const back = at.number < blocksCompared ? at.number : blocksCompared;
  const timeAt = async (block: Parameters<typeof chain.block>[0]["block"]): Promise<bigint | undefined> => {
    const answer = await chain.block({ network, block });
    if (answer.kind === "source_failed") return failAttempt(answer, network);
    return answer.kind === "ok" ? answer.header.timestamp : undefined;
  };
  const { finality } = terms;
  const [now, before, final] = await Promise.all([
    timeAt({ kind: "hash", hash: at.hash }),
    timeAt({ kind: "number", number: at.number - back }),
    finality.kind === "tag" ? timeAt({ kind: "tag", tag: finality.tag }) : undefined,
  ]);
  const blockSeconds = back === 0n || now === undefined || before === undefined ? null : Number(now - before) / Number(back);
  if (finality.kind === "depth")
    return { blockSeconds, finalitySeconds: blockSeconds === null ? null : blockSeconds * (finality.blocks - 1) };
  return { blockSeconds, finalitySeconds: now === undefined || final === undefined ? null : Number(now - final) };
}
