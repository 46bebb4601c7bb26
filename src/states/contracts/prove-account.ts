/** Reading an account with its proof, where the pinned block and a node allow it. The reader passes over sources whose proof does not hold. */
import type { FailureReason } from "../../capabilities/evm/failure.ts";
import { verifyAccountProof } from "../../capabilities/evm/proof.ts";
import type { AccountProof, evmRead } from "../../capabilities/evm/read.ts";
import type { Client } from "../../kernel/capability.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Hex } from "../evm/asking.ts";
import type { Pin } from "../evm/pinned.ts";
import { heedUnanswered } from "./at-pin.ts";

const unproving: readonly FailureReason[] = ["unsupported", "refused", "malformed", "too_large"];

/**
 * What is proven of the account and these slots; undefined where this chain or its nodes prove nothing.
 * @throws PIN_LOST, SOURCE_FAILED as every read at a pin
 */
export async function proveAccount(
  { chain, pin }: { readonly chain: Client<typeof evmRead.methods>; readonly pin: Pin },
  account: Hex,
  slots: readonly Hex[],
): Promise<AccountProof | undefined> {
  if (pin.header !== "recomputed") return undefined;
  const { network, block, stateRoot } = pin;
  const answer = await chain.proof({ network, at: block, stateRoot, account, slots: [...slots] });
  if (answer.kind === "unsupported") return undefined;
  // Nodes that keep no proofs say so in many ways; a proof that is wrong is another matter.
  if (answer.kind === "source_failed" && answer.failures.every(({ reason }) => unproving.includes(reason))) return undefined;
  if (answer.kind !== "ok") return heedUnanswered(pin, answer);
  // Checked here again: a fact counts for what it shows, whoever wrote it down.
  if ((await verifyAccountProof(stateRoot, account, answer, slots)) === "proven") return answer;
  throw new MfmError("SOURCE_FAILED", `${network}: a proof does not lead to the block's state`, { network, failures: [] });
}
