/**
 * The live backend of `mfm.evm/read`: puts each question to the providers of its network, one after the other, until one gives an answer
 * that holds.
 */
import { verifyAccountProof } from "../../capabilities/evm/proof.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import type { BlockRef } from "../../capabilities/evm/block.ts";
import { type Backend, type CallContext, implement } from "../../kernel/capability.ts";
import { callQuestion } from "./call.ts";
import { type Networks, type NetworksOptions, openNetworks } from "./networks.ts";
import { parseAccessList, parseProof } from "./parse-answers.ts";
import { type Hex, parseBytes, parseQuantity } from "./parse.ts";
import { RpcFailure } from "./provider.ts";
import { readBlock } from "./read-block.ts";
import { readChainId, readFeeHistory, readLogs, readReceipt } from "./read-chain.ts";
import { readState, type StateQuestion } from "./read-state.ts";

export type ReaderOptions = NetworksOptions;

interface Place {
  readonly network: string;
  readonly at: BlockRef;
}

/**
 * A backend that reads EVM chains. A provider is used once it has proved its chain, and for a pinned block once it has shown that block; one
 * that fails rests while others are asked. No answer within the patience: `source_failed`, with each provider's last reason.
 */
export function evmReader(given: ReaderOptions | Networks): Backend {
  const networks = openNetworks(given);
  const stateOf = async <T, U = never>({ network, at }: Place, context: CallContext, question: StateQuestion<T, U>) =>
    readState(await networks.get(network), at, context, question);
  return implement(evmRead, {
    chainId: async ({ network }, context) => readChainId(await networks.get(network), context),
    block: async ({ network, block }, context) => readBlock(await networks.get(network), block, context),
    balance: (request, context) =>
      stateOf(request, context, {
        ...accountQuestion("eth_getBalance", request.account),
        parse: (result) => ({ kind: "ok" as const, balance: parseQuantity(result, "balance") }),
      }),
    code: (request, context) =>
      stateOf(request, context, {
        ...accountQuestion("eth_getCode", request.account),
        parse: (result) => ({ kind: "ok" as const, code: parseBytes(result, "code") }),
      }),
    nonce: (request, context) =>
      stateOf(request, context, {
        ...accountQuestion("eth_getTransactionCount", request.account),
        parse: (result) => ({ kind: "ok" as const, nonce: parseQuantity(result, "nonce") }),
      }),
    call: (request, context) => stateOf(request, context, callQuestion(request)),
    accessList: (request, context) =>
      stateOf(request, context, {
        method: "eth_createAccessList",
        params: (block) => [{ to: request.to, data: request.data }, block],
        parse: parseAccessList,
        // A call that fails shows nothing that its storage could be found by.
        answerOf: ({ fault }) => (fault?.kind === "reverted" ? { kind: "ok" as const, accessed: [] } : undefined),
        whenUnsupported: { kind: "unsupported" as const },
      }),
    proof: (request, context) => stateOf(request, context, proofQuestion(request)),
    receipt: async ({ network, transaction }, context) => readReceipt(await networks.get(network), transaction, context),
    logs: async (request, context) => readLogs(await networks.get(request.network), request, context),
    feeHistory: async (request, context) => readFeeHistory(await networks.get(request.network), request, context),
  });
}

function accountQuestion(method: string, account: Hex): Pick<StateQuestion<never>, "method" | "params"> {
  return { method, params: (block) => [account, block] };
}

interface ProofRequest {
  readonly stateRoot: Hex;
  readonly account: Hex;
  readonly slots: readonly Hex[];
}

function proofQuestion({ stateRoot, account, slots }: ProofRequest) {
  return {
    method: "eth_getProof",
    params: (block: unknown) => [account, slots, block],
    async parse(result: unknown) {
      const proof = parseProof(result, slots);
      if ((await verifyAccountProof(stateRoot, account, proof, slots)) === "refuted")
        throw new RpcFailure("bad_proof", `a proof of ${account} that does not lead to the state root`);
      return proof;
    },
    whenUnsupported: { kind: "unsupported" as const },
  };
}
