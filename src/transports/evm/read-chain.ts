/** Questions about a chain that name no pinned state: its id, receipts, the logs of a block, the history of fees. */
import type { BlockSelector } from "../../capabilities/evm/block.ts";
import type { CallContext } from "../../kernel/capability.ts";
import type { Network } from "./network.ts";
import { parseFeeHistory, parseLogs, parseReceipt } from "./parse-answers.ts";
import { type Hex, parseQuantity, toQuantity } from "./parse.ts";
import { RpcFailure } from "./provider.ts";
import { readBlock } from "./read-block.ts";
import { readState } from "./read-state.ts";
import type { Source } from "./source.ts";

/** What the first source that proves its chain is on. */
export function readChainId(network: Network, context: CallContext) {
  return askFirst(network, context, async (source, signal) => {
    const chainId = parseQuantity(await source.request("eth_chainId", [], signal), "chain id");
    return { kind: "ok" as const, chainId };
  });
}

/** The receipt that the first source has. `not_found` when some have none and none has one: it says nothing for good. */
export function readReceipt(network: Network, transaction: Hex, context: CallContext) {
  return network.ask(context.signal, async (round) => {
    let without: Source | undefined;
    for (const source of round.order()) {
      const answer = await round.try(source, (signal) =>
        source.onChain(signal, async () => {
          const receipt = parseReceipt(await source.request("eth_getTransactionReceipt", [transaction], signal), transaction);
          return receipt === undefined ? { kind: "not_found" as const } : { kind: "ok" as const, receipt };
        }),
      );
      if (answer?.kind === "not_found") without ??= source;
      if (answer?.kind !== "ok") continue;
      context.attribute(source.ref);
      return answer;
    }
    if (without === undefined) return undefined;
    context.attribute(without.ref);
    return { kind: "not_found" as const };
  });
}

export interface LogsRequest {
  readonly block: Hex;
  readonly addresses: readonly Hex[];
  readonly topics: readonly (readonly Hex[])[];
}

/** The logs of a block that is canonical, by its hash (EIP-234). */
export async function readLogs(network: Network, { block: hash, addresses, topics }: LogsRequest, context: CallContext) {
  const number = network.numberOf(hash) ?? (await findNumber(network, hash, context));
  if (typeof number !== "bigint") return number;
  const filter = {
    blockHash: hash,
    ...(addresses.length === 0 ? {} : { address: addresses }),
    topics: topics.map((alternatives) => (alternatives.length === 0 ? null : alternatives)),
  };
  return readState(network, { number, hash }, context, {
    method: "eth_getLogs",
    params: () => [filter],
    parse: (result) => ({ kind: "ok" as const, logs: parseLogs(result, hash) }),
    // A node answers for a block that is not canonical, too.
    confirm: true,
  });
}

/** A block that no source knows has no number either. */
async function findNumber(network: Network, hash: Hex, context: CallContext) {
  const block = await readBlock(network, { kind: "hash", hash }, context);
  if (block.kind === "ok") return block.header.number;
  if (block.kind === "source_failed") return block;
  return { kind: "source_failed" as const, failures: network.sources.map(({ ref }) => ({ source: ref, reason: "no_block" as const })) };
}

export interface FeeHistoryRequest {
  readonly newest: BlockSelector;
  readonly blocks: number;
  readonly percentiles: readonly number[];
}

/** The fees of the blocks up to the newest, from the first source that answers. */
export function readFeeHistory(network: Network, { newest, blocks, percentiles }: FeeHistoryRequest, context: CallContext) {
  return askFirst(network, context, async (source, signal) => {
    const block = await nameOf(newest, source, signal);
    const answer = await source.request("eth_feeHistory", [toQuantity(blocks), block, percentiles], signal);
    return parseFeeHistory(answer, blocks, percentiles.length);
  });
}

/** The method takes no hashes. */
async function nameOf(selector: BlockSelector, source: Source, signal: AbortSignal): Promise<string> {
  switch (selector.kind) {
    case "tag":
      return selector.tag;
    case "number":
      return toQuantity(selector.number);
    case "hash":
      return toQuantity(await numberOf(selector.hash, source, signal));
  }
}

async function numberOf(hash: string, source: Source, signal: AbortSignal): Promise<bigint> {
  const block = await source.blockOfHash(hash, signal);
  if (block === undefined) throw new RpcFailure("no_block", `has no block ${hash}`);
  return block.header.number;
}

function askFirst<T>(network: Network, context: CallContext, ask: (source: Source, signal: AbortSignal) => Promise<T>) {
  return network.ask<T>(context.signal, async (round) => {
    for (const source of round.order()) {
      const answer = await round.try(source, (signal) => source.onChain(signal, () => ask(source, signal)));
      if (answer === undefined) continue;
      context.attribute(source.ref);
      return answer;
    }
    return undefined;
  });
}
