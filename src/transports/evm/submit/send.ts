/** Sending a candidate: the recorded bytes, to one source or to all, and what each pool says to them. Harmless to do again, at any time. */
import type { PoolAnswer } from "../../../capabilities/evm/transaction-evidence.ts";
import type { Network } from "../network.ts";
import { RpcFailure } from "../provider.ts";
import type { Source } from "../source.ts";
import type { Hex } from "../parse.ts";
import { classifyRefusal } from "./pool-answer.ts";

export interface SourceAnswer {
  readonly source: string;
  readonly answer: PoolAnswer;
}

export interface Candidate {
  readonly raw: Hex;
  readonly hash: string;
}

/** `one`: one after the other, until a pool has it or its nonce is used up. A source that failed may have passed it on all the same. */
export async function sendRaw(
  candidate: Candidate,
  { network, broadcast, signal }: { readonly network: Network; readonly broadcast: "one" | "all"; readonly signal: AbortSignal },
): Promise<readonly SourceAnswer[]> {
  const send = async (source: Source): Promise<SourceAnswer> => ({ source: source.ref, answer: await sendTo(source, candidate, signal) });
  const sources = network.sources.filter(({ disqualified }) => disqualified === undefined);
  if (broadcast === "all") return Promise.all(sources.map(send));
  const answers: SourceAnswer[] = [];
  for (const source of sources.toSorted((left, right) => Number(left.health.rests) - Number(right.health.rests))) {
    const answer = await send(source);
    answers.push(answer);
    if (answer.answer === "accepted" || answer.answer === "known" || answer.answer === "nonce_too_low") break;
  }
  return answers;
}

async function sendTo(source: Source, { raw, hash }: Candidate, signal: AbortSignal): Promise<PoolAnswer> {
  try {
    // Before, not at once with it: what reached another chain would be out there.
    await source.onChain(signal, async () => undefined);
    const answer = await source.request("eth_sendRawTransaction", [raw], signal);
    return typeof answer === "string" && answer.toLowerCase() === hash ? "accepted" : "unclear";
  } catch (error) {
    if (error instanceof RpcFailure) return classifyRefusal(error);
    throw error;
  }
}
