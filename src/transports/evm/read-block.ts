/**
 * Which block is meant, agreed on by two sources where two are configured. For a tag that is the highest block that all fresh sources have;
 * they must name the same hash for it, or there is no answer.
 */
import type { BlockSelector, Header } from "../../capabilities/evm/block.ts";
import { hashHeader } from "../../capabilities/evm/header.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import type { CallContext } from "../../kernel/capability.ts";
import type { Network, Round } from "./network.ts";
import type { Block } from "./parse-block.ts";
import type { Hex } from "./parse.ts";
import { RpcFailure } from "./provider.ts";
import type { Source } from "./source.ts";

export type BlockAnswer =
  | { readonly kind: "ok"; readonly hash: Hex; readonly header: Header; readonly sources: number }
  | { readonly kind: "not_found" };

/** A source that is further behind the best is stale, and does not hold the others back. */
const freshBlocks = 64n;
const witnessesWanted = 2;

type Found = Map<Source, Block>;

/** The block and how many sources name it. `not_found` when every source that can be asked says that there is none. */
export async function readBlock(network: Network, selector: BlockSelector, context: CallContext): Promise<BlockAnswer | SourceFailed> {
  return network.ask<BlockAnswer>(context.signal, async (round) => {
    const found = await findBlock(round, selector);
    const [first] = found;
    if (first === undefined) return isAbsent(round) ? { kind: "not_found" } : undefined;
    const [source, { hash, header }] = first;
    const others = [...found].filter(([, block]) => block.hash !== hash);
    if (others.length > 0) {
      for (const [disagreeing, block] of found)
        round.pass(disagreeing, new RpcFailure("wrong_block", `names ${block.hash} at ${header.number}: the sources disagree`));
      return undefined;
    }
    context.attribute(source.ref);
    const at = { number: header.number, hash };
    network.learn(at);
    if (selector.kind !== "hash") for (const witness of found.keys()) witness.learn(at);
    // Of equal hashes, the members that lead to the hash are the true ones.
    const proven = [...found.values()].find((block) => hashHeader(block.header) === hash);
    return { kind: "ok", hash, header: proven?.header ?? header, sources: found.size };
  });
}

async function findBlock(round: Round, selector: BlockSelector): Promise<Found> {
  switch (selector.kind) {
    case "tag":
      return findByTag(round, selector.tag);
    case "number":
      return gather(round, { sources: round.order(), ask: (source, signal) => source.blockAt(selector.number, signal) });
    case "hash":
      return gather(round, { sources: round.order(), ask: (source, signal) => source.blockOfHash(selector.hash, signal), wanted: 1 });
  }
}

async function findByTag(round: Round, tag: string): Promise<Found> {
  const order = round.order();
  const passed = new Set<Source>();
  const heads: Found = new Map();
  for (;;) {
    const sources = order.filter((source) => !passed.has(source) && !round.failures.has(source));
    await gather(round, { sources, ask: (source, signal) => source.blockAt(tag, signal), found: heads });
    const best = [...heads.values()].reduce((most, { header }) => (header.number > most ? header.number : most), 0n);
    const stale = [...heads].filter(([, { header }]) => best - header.number > freshBlocks);
    for (const [source, { header }] of stale) {
      round.pass(source, new RpcFailure("no_block", `${best - header.number} blocks behind`));
      passed.add(source);
      heads.delete(source);
    }
    if (stale.length === 0) break;
  }
  if (heads.size === 0) return heads;
  const number = [...heads.values()].reduce((least, { header }) => (header.number < least ? header.number : least), 2n ** 256n);
  const known = new Map([...heads].filter(([, { header }]) => header.number === number));
  const behind = order.filter((source) => !round.failures.has(source) && !known.has(source));
  return gather(round, { sources: behind, ask: (source, signal) => source.blockAt(number, signal), found: known });
}

interface Gathering {
  /** In the order in which they are asked. */
  readonly sources: readonly Source[];
  readonly ask: (source: Source, signal: AbortSignal) => Promise<Block | undefined>;
  /** What is known already, to be added to. */
  readonly found?: Found;
  readonly wanted?: number;
}

/** Asks as many sources at once as answers are wanted, and for each that fails the next. */
async function gather(
  round: Round,
  { sources, ask, found = new Map<Source, Block>(), wanted = witnessesWanted }: Gathering,
): Promise<Found> {
  const left = sources.filter((source) => !found.has(source));
  while (found.size < wanted && left.length > 0) {
    const asked = left.splice(0, wanted - found.size);
    const answers = await Promise.all(
      asked.map((source) => round.try(source, async (signal) => present(await source.onChain(signal, () => ask(source, signal))))),
    );
    for (const [index, source] of asked.entries()) {
      const block = answers[index];
      if (block !== undefined) found.set(source, block);
    }
  }
  return found;
}

function present(block: Block | undefined): Block {
  if (block === undefined) throw new RpcFailure("no_block", "has no such block");
  return block;
}

/** Whether every source that was asked has no such block. */
function isAbsent({ failures }: Round): boolean {
  return failures.size > 0 && [...failures.values()].every(({ reason }) => reason === "no_block");
}
