/** Putting a question about a transaction to a network's sources: to the first that answers, or to all of them. */
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Network } from "./network.ts";
import type { Source } from "./source.ts";

export type Ask<T> = (source: Source, signal: AbortSignal) => Promise<T>;

/** What the first source answers that proved its chain. @throws SOURCE_FAILED when none does within the patience */
export async function askFirst<T>(
  network: Network,
  signal: AbortSignal,
  ask: Ask<T>,
): Promise<{ readonly source: Source; readonly answer: T }> {
  return unlessFailed(
    network,
    await network.ask(signal, async (round) => {
      for (const source of round.order()) {
        const answer = await round.try(source, async (limited) => ({
          source,
          answer: await source.onChain(limited, () => ask(source, limited)),
        }));
        if (answer !== undefined) return answer;
      }
      return undefined;
    }),
  );
}

/**
 * What all sources answer, in the order of the configuration; those that fail are left out. One that rests after failures is not waited for
 * where another answers. @throws SOURCE_FAILED when none answers within the patience
 */
export async function askAll<T>(network: Network, signal: AbortSignal, ask: Ask<T>): Promise<ReadonlyMap<Source, T>> {
  return unlessFailed(
    network,
    await network.ask(signal, async (round) => {
      const order = round.order();
      const awake = order.filter(({ health }) => !health.rests);
      for (const group of [awake, order.filter((source) => !awake.includes(source))]) {
        const answers = await Promise.all(
          group.map(async (source) => {
            const answer = await round.try(source, async (limited) => ({ is: await source.onChain(limited, () => ask(source, limited)) }));
            return answer === undefined ? [] : [[source, answer.is] as const];
          }),
        );
        const found = new Map(answers.flat());
        if (found.size > 0)
          return new Map(network.sources.flatMap((source) => (found.has(source) ? [[source, found.get(source) as T]] : [])));
      }
      return undefined;
    }),
  );
}

function unlessFailed<T extends object>(network: Network, answer: T | SourceFailed): T {
  if (!isFailed(answer)) return answer;
  const { failures } = answer;
  const words = failures.map(({ source, reason }) => `${source}: ${reason}`).join(", ");
  throw new MfmError("SOURCE_FAILED", `${network.id}: no source gave an answer: ${words}`, { network: network.id, failures });
}

function isFailed(answer: object): answer is SourceFailed {
  return "kind" in answer && answer.kind === "source_failed";
}
