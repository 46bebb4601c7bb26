/**
 * What transactions of one account would do one after the other, on top of a pinned block: `eth_simulateV1`, one block for each, so that the gas
 * of one block is for it alone. @see https://ethereum.github.io/execution-apis/ eth_simulateV1
 */
import type { BlockRef } from "../../capabilities/evm/block.ts";
import { createdAddress } from "../../capabilities/evm/created-address.ts";
import type { Network } from "./network.ts";
import { type Fields, type Hex, malformed, parseBytes, parseList, parseObject, parseQuantity, toQuantity } from "./parse.ts";
import type { RpcFailure } from "./provider.ts";
import { readState } from "./read-state.ts";
import { classifyRpcError } from "./rpc-errors.ts";
import { type TokenMovement, readTokenMovements } from "./token-movements.ts";

/** Nodes simulate no more blocks than this at once. */
export const mostSimulated = 256;

export interface Simulated {
  /** The sender's, from which follows what it creates. What 0 creates, not every node can simulate. */
  readonly nonce: number;
  /** Absent: a contract is created of `data`. */
  readonly to?: Hex | undefined;
  readonly value: bigint;
  readonly data: Hex;
  /** What stands at `to` in place of what the chain has there, from this one on. */
  readonly code?: Hex;
}

export interface Sequence {
  readonly at: BlockRef;
  readonly from: Hex;
  readonly transactions: readonly Simulated[];
}

export type Outcome =
  /** `moved`: what the sender has more and less of tokens, as their logs say; undefined where the node shows no logs. */
  | { readonly kind: "done"; readonly returned: Hex; readonly gas: bigint; readonly moved: readonly TokenMovement[] | undefined }
  | { readonly kind: "reverted"; readonly data: Hex }
  | { readonly kind: "out_of_gas" };

export type SequenceAnswer =
  | { readonly kind: "ok"; readonly outcomes: readonly Outcome[] }
  /** No source has the method. */
  | { readonly kind: "unsupported" }
  /** The node has it, and would not do this. */
  | { readonly kind: "refused" };

type Answer = SequenceAnswer | { readonly kind: "no_creation" };

/** @returns as readState, where no source answers */
export async function simulateSequence(network: Network, sequence: Sequence, signal: AbortSignal) {
  const ask = (blocks: readonly unknown[]) =>
    readState(network, sequence.at, { signal, attribute: () => undefined }, questionOf(blocks, sequence));
  const answer = await ask(sequence.transactions.map((transaction) => blockOf(sequence, transaction)));
  if (answer.kind !== "no_creation") return answer;
  // The stand-in takes a nonce before the one it creates with.
  if (sequence.transactions.some(({ to, nonce }) => to === undefined && nonce === 0)) return { kind: "refused" as const };
  const again = await ask(sequence.transactions.map((transaction) => standInBlock(sequence, transaction)));
  if (again.kind !== "ok") return again.kind === "no_creation" ? { kind: "refused" as const } : again;
  return areWherePromised(sequence, again.outcomes) ? again : { kind: "refused" as const };
}

/** A node that counts nonces in another way creates elsewhere: what follows would be about nothing. */
function areWherePromised({ from, transactions }: Sequence, outcomes: readonly Outcome[]): boolean {
  return transactions.every(({ to, nonce }, index) => {
    const outcome = outcomes[index];
    if (to !== undefined || outcome?.kind !== "done") return true;
    return outcome.returned.slice(-40) === createdAddress(from, nonce).slice(2).toLowerCase();
  });
}

function questionOf(blockStateCalls: readonly unknown[], sequence: Sequence) {
  return {
    method: "eth_simulateV1",
    params: (block: unknown) => [{ blockStateCalls, validation: false }, block],
    parse: (result: unknown): Answer => ({ kind: "ok", outcomes: parseOutcomes(result, sequence) }),
    answerOf: ({ fault }: RpcFailure): Answer | undefined => {
      if (fault?.kind === "bad_params") return { kind: "no_creation" };
      return fault?.kind === "other" || fault?.kind === "out_of_gas" || fault?.kind === "gas_capped" ? { kind: "refused" } : undefined;
    },
    whenUnsupported: { kind: "unsupported" as const },
  };
}

function blockOf({ from }: Sequence, { nonce, to, value, data, code: called }: Simulated, code?: Hex) {
  const account = { nonce: toQuantity(nonce), ...(code === undefined ? {} : { code }) };
  const other = to === undefined || called === undefined ? {} : { [to]: { code: called } };
  return {
    stateOverrides: { ...other, [from]: account },
    calls: [{ from, ...(to === undefined ? {} : { to }), value: toQuantity(value), data }],
  };
}

/**
 * Creates what it is called with, and returns the address; what the constructor reverts with, it reverts with. Standing in at the sender's own
 * address, which calls itself, it creates with the sender's nonce and as the sender: for anvil, whose `eth_simulateV1` takes no creations.
 */
const creator: Hex = "0x363d3d37363d34f0806016573d600060003e3d6000fd5b60005260206000f3";

function standInBlock(sequence: Sequence, transaction: Simulated) {
  if (transaction.to !== undefined) return blockOf(sequence, transaction, "0x");
  // The call itself takes a nonce before the creation has the next one.
  return blockOf(sequence, { ...transaction, to: sequence.from, nonce: transaction.nonce - 1 }, creator);
}

function parseOutcomes(result: unknown, { from, transactions }: Sequence): Outcome[] {
  const blocks = parseList(result, "simulated blocks", transactions.length);
  if (blocks.length !== transactions.length) throw malformed("simulated blocks", "one for each transaction");
  return blocks.map((block) => {
    const [call, ...others] = parseList(parseObject(block, "simulated block")["calls"], "calls", 1);
    if (call === undefined || others.length > 0) throw malformed("calls", "one for each block");
    return parseOutcome(parseObject(call, "simulated call"), from);
  });
}

function parseOutcome(call: Fields, from: Hex): Outcome {
  const returned = parseBytes(call["returnData"] ?? "0x", "returnData");
  if (parseQuantity(call["status"], "status") === 1n)
    return {
      kind: "done",
      returned,
      gas: parseQuantity(call["maxUsedGas"] ?? call["gasUsed"], "gas used"),
      moved: readTokenMovements(call["logs"], from),
    };
  const { code, message, data } = parseObject(call["error"] ?? {}, "error");
  const fault = classifyRpcError({
    code: typeof code === "number" ? code : undefined,
    message: typeof message === "string" ? message : "",
    data,
  });
  if (fault.kind === "out_of_gas" || fault.kind === "gas_capped") return { kind: "out_of_gas" };
  // anvil says what was reverted with where others have what was returned.
  return { kind: "reverted", data: fault.kind === "reverted" && fault.data !== "0x" ? fault.data : returned };
}
