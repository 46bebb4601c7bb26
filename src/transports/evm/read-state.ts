/**
 * Reading state at a pinned block: by its hash, which must be canonical (EIP-1898), or by number with a look at the hash afterwards. What
 * comes back is about this very block, or is no answer. @see https://eips.ethereum.org/EIPS/eip-1898
 */
import type { BlockRef } from "../../capabilities/evm/block.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import type { CallContext } from "../../kernel/capability.ts";
import { mayPass, type Network, type Round } from "./network.ts";
import { RpcFailure } from "./provider.ts";
import type { BlockParameter, Source, Standing } from "./source.ts";

export interface StateQuestion<T, U = never> {
  readonly method: string;
  readonly params: (block: BlockParameter) => readonly unknown[];
  /** @throws RpcFailure when the result is not what the method's schema says */
  readonly parse: (result: unknown) => T | Promise<T>;
  /** What a failure says that is an answer of the chain, such as a revert. */
  readonly answerOf?: (failure: RpcFailure) => T | undefined;
  /** @throws RpcFailure `unsupported` when the source cannot be asked this */
  readonly prepare?: (source: Source, block: BlockParameter, signal: AbortSignal) => Promise<void>;
  /** The answer where no source supports the question. */
  readonly whenUnsupported?: U;
  /** False for an answer about another block, as far as the answer itself shows. */
  readonly isExpected?: (answer: T) => boolean;
  /** Whether the block must be looked at again after the answer, whatever names it. */
  readonly confirm?: true;
}

export interface BlockLost {
  readonly kind: "block_lost";
}

/** The first source's answer at this block. `block_lost` when a source shows another block there and none has this one any more. */
export function readState<T, U = never>(
  network: Network,
  at: BlockRef,
  context: CallContext,
  question: StateQuestion<T, U>,
): Promise<T | U | BlockLost | SourceFailed> {
  network.learn(at);
  return network.ask<T | U | BlockLost>(context.signal, async (round) => {
    const standings = new Map<Source, Standing>();
    let unexpected: { readonly source: Source; readonly answer: T } | undefined;
    for (const source of round.order()) {
      const answer = await round.try(source, (signal) => readFrom(source, at, { question, standings, signal }));
      if (answer === undefined) continue;
      if (question.isExpected?.(answer) !== false || network.isUnlikeOthers) {
        context.attribute(source.ref);
        return answer;
      }
      unexpected ??= { source, answer };
      round.pass(source, new RpcFailure("wrong_block", "answered about another block"));
    }
    if (unexpected !== undefined) {
      // Not the sources are at fault where all of them answer so, but what was expected of this chain.
      network.isUnlikeOthers = network.sources.every((source) => round.failures.get(source)?.reason === "wrong_block");
      context.attribute(unexpected.source.ref);
      return unexpected.answer;
    }
    return conclude(round, standings, { context, whenUnsupported: question.whenUnsupported });
  });
}

/** What it means that no source answered in a round; undefined where it means nothing yet. */
function conclude<U>(
  { failures, isLate }: Round,
  standings: ReadonlyMap<Source, Standing>,
  { context, whenUnsupported }: { readonly context: CallContext; readonly whenUnsupported: U | undefined },
): U | BlockLost | undefined {
  // A source that could not be reached may have the block, or the ability, that the others lack.
  const mayStillTell = [...failures].some(
    ([source, failure]) => !standings.has(source) && failure.reason !== "unsupported" && mayPass(failure),
  );
  if (mayStillTell && !isLate) return undefined;
  const [other] = [...standings].find(([, standing]) => standing === "other") ?? [];
  if (other !== undefined && ![...standings.values()].includes("held")) {
    context.attribute(other.ref);
    return { kind: "block_lost" };
  }
  const [without] = [...failures].find(([, { reason }]) => reason === "unsupported") ?? [];
  if (without === undefined || whenUnsupported === undefined) return undefined;
  context.attribute(without.ref);
  return whenUnsupported;
}

interface Reading<T> {
  readonly question: StateQuestion<T, unknown>;
  readonly standings: Map<Source, Standing>;
  readonly signal: AbortSignal;
}

async function readFrom<T>(source: Source, at: BlockRef, { question, standings, signal }: Reading<T>): Promise<T> {
  const look = async (): Promise<void> => {
    const standing = await source.standingOf(at, signal);
    standings.set(source, standing);
    if (standing === "other") throw new RpcFailure("wrong_block", `has another block at ${at.number}`);
    if (standing === "absent") throw new RpcFailure("no_block", `has no block ${at.number}`);
  };
  const block = await source.onChain(signal, async () => {
    const [parameter] = await Promise.all([source.parameterOf(at, signal), look()]);
    return parameter;
  });
  try {
    await question.prepare?.(source, block, signal);
    return await answerFrom(source, at, { question, block, signal });
  } catch (error) {
    // It had the block a moment ago: it was reorganised away, or a request met another node behind the same address.
    if (error instanceof RpcFailure && error.fault?.kind === "no_block") {
      source.forget(at);
      await look();
    }
    throw error;
  }
}

interface Asking<T> {
  readonly question: StateQuestion<T, unknown>;
  readonly block: BlockParameter;
  readonly signal: AbortSignal;
}

async function answerFrom<T>(source: Source, at: BlockRef, { question, block, signal }: Asking<T>): Promise<T> {
  const { method, params, parse, answerOf } = question;
  const confirm = async (): Promise<void> => {
    if (typeof block === "string" || question.confirm === true) await source.recheck(at, signal);
  };
  let result: unknown;
  try {
    result = await source.request(method, params(block), signal);
  } catch (error) {
    const answer = error instanceof RpcFailure ? answerOf?.(error) : undefined;
    if (answer === undefined) throw error;
    await confirm();
    return answer;
  }
  await confirm();
  return parse(result);
}
