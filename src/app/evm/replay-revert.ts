/**
 * Why a transaction reverted: its receipt does not say, so the same call is made again on the state before its block. What stood before it in the
 * block is missing there, so this is a hint and no proof.
 */
import { MfmError } from "../../kernel/errors.ts";
import { readFragments } from "../../states/evm/fragments.ts";
import { decodeRevert, wordsOfRevert } from "../../states/evm/revert.ts";
import type { Place } from "../place.ts";
import { liveClients } from "./live.ts";
import type { TransactionStory } from "./transaction-story.ts";

const common = [
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InvalidReceiver(address receiver)",
  "error OwnableUnauthorizedAccount(address account)",
  "error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)",
];

/** Null where there is no receipt, or the chain cannot be asked. */
export async function replayRevert(place: Place, { intent, receipt }: TransactionStory, signal: AbortSignal): Promise<string | null> {
  if (receipt === null) return null;
  const { network, from, to, value, data } = intent;
  try {
    const { chain, simulator } = liveClients(place, signal);
    const block = await chain.block({ network, block: { kind: "hash", hash: receipt.blockHash } });
    if (block.kind !== "ok" || block.header.number === 0n) return null;
    const at = { number: block.header.number - 1n, hash: block.header.parentHash };
    const answer = await simulator.call({ network, at, from, ...(to === undefined ? {} : { to }), value, data });
    if (answer.kind === "reverted") return wordsOfRevert(decodeRevert(answer.data, readFragments(common)));
    if (answer.kind === "ok" && receipt.gasUsed >= intent.gas) return "it ran out of gas";
    return null;
  } catch (error) {
    // A network that is not configured here any more.
    if (error instanceof MfmError && !signal.aborted) return null;
    throw error;
  }
}
