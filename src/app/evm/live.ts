/** Asking chains outside of runs, with the schemas that hold in runs: what a plan is made from. Equal questions are asked once. */
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import type { Backend, Capability, Client, Methods } from "../../kernel/capability.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import type { BlockLost, SourceFailed } from "../../capabilities/evm/failure.ts";
import type { FeePolicy } from "../../capabilities/evm/transaction-fees.ts";
import type { Simulators } from "../../states/evm/simulation.ts";
import type { Fees } from "../../transports/evm/read-fees.ts";
import type { Sequence, SequenceAnswer } from "../../transports/evm/simulate-sequence.ts";
import type { Source } from "../../transports/evm/source.ts";
import type { NetworkId } from "../networks/network-table.ts";
import { evmQuestions } from "../networks/place-networks.ts";
import type { Place } from "../place.ts";

/** What a plan asks: as runs do, and of the fee market as what sends does. */
export interface Live extends Simulators {
  /** @throws SOURCE_FAILED, BASE_FEE_MISSING */
  readonly fees: (network: NetworkId, policy: FeePolicy, newest: bigint) => Promise<Fees>;
  /** Transactions of one account, one after the other. */
  readonly sequence: (network: NetworkId, sequence: Sequence) => Promise<SequenceAnswer | BlockLost | SourceFailed>;
}

/** Aborting `signal` ends what is being asked. */
export function liveClients(place: Place, signal: AbortSignal): Live {
  const { reads, simulations, network } = evmQuestions(place);
  return {
    chain: clientOf(evmRead, reads, signal),
    simulator: clientOf(evmSimulate, simulations, signal),
    async fees(id, policy, newest) {
      const [{ askFirst }, { readFees }, opened] = await Promise.all([
        import("../../transports/evm/ask-sources.ts"),
        import("../../transports/evm/read-fees.ts"),
        network(id),
      ]);
      const ask = (source: Source, limited: AbortSignal) => readFees(source, policy, { newest, signal: limited });
      return (await askFirst(opened, signal, ask)).answer.fees;
    },
    async sequence(id, sequence) {
      const [{ simulateSequence }, opened] = await Promise.all([import("../../transports/evm/simulate-sequence.ts"), network(id)]);
      return simulateSequence(opened, sequence, signal);
    },
  };
}

function clientOf<M extends Methods>(capability: Capability<M>, backend: Backend, signal: AbortSignal): Client<M> {
  const asked = new Map<string, Promise<unknown>>();
  const methods = [...capability.compiled].map(([name, { request, response }]) => {
    const ask = (asking: unknown): Promise<unknown> => {
      const text = request.encode(asking, `the request of ${capability.id} ${name}`);
      const key = `${name} ${text}`;
      const known = asked.get(key);
      if (known !== undefined) return known;
      const answer = (async () => {
        const given = await backend.answer(name, request.decode(readStrictJson(text)), { signal, attribute: () => undefined });
        return response.decode(readStrictJson(response.encode(given, `the answer of ${capability.id} ${name}`)));
      })();
      asked.set(key, answer);
      return answer;
    };
    return [name, ask] as const;
  });
  return Object.fromEntries(methods) as unknown as Client<M>;
}
