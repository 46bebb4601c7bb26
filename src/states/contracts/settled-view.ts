/**
 * Looking whether something is done already, before it is sent. What holds at the newest block alone may be reorganised away, and whoever
 * skipped because of it would have done nothing: so "already done" counts at a block that is final by the terms, and until then is waited for.
 */
import type { BlockRef, BlockSelector } from "../../capabilities/evm/block.ts";
import type { evmRead } from "../../capabilities/evm/read.ts";
import type { Client } from "../../kernel/capability.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type Scene, type Sender, failAttempt } from "../evm/simulation.ts";
import { uselessAnswer } from "../evm/source-failure.ts";

/**
 * The final block in which it is done; undefined where it is not done at the newest.
 * @throws NOT_FINAL_YET where it is done, and not for good
 */
export async function whereDone(
  chain: Client<typeof evmRead.methods>,
  { network, terms }: Sender,
  given: { readonly scene: Scene; readonly isDone: (at: BlockRef) => Promise<boolean> },
): Promise<BlockRef | undefined> {
  const { scene, isDone } = given;
  if (!(await isDone(scene.at))) return undefined;
  const block = selectFinal(terms, scene);
  const answer = await chain.block({ network, block });
  if (answer.kind === "source_failed") return failAttempt(answer, network);
  if (answer.kind === "not_found") return failAttempt(uselessAnswer("malformed"), network);
  const final = { number: answer.header.number, hash: answer.hash };
  if (final.hash === scene.at.hash || (await isDone(final))) return final;
  throw new MfmError("NOT_FINAL_YET", `${network}: at block ${scene.at.number} it is done, at the final block ${final.number} not yet`, {
    network,
    newest: scene.at.number.toString(),
    final: final.number.toString(),
  });
}

function selectFinal({ finality }: Sender["terms"], { at }: Scene): BlockSelector {
  if (finality.kind === "tag") return finality;
  const depth = BigInt(finality.blocks - 1);
  return { kind: "number", number: at.number > depth ? at.number - depth : 0n };
}

/** Whatever is read must have happened after what it depends on: a source that lags behind would show the chain before it. @throws SOURCE_FAILED */
export function requireAfter({ at }: Scene, since: readonly BlockRef[], network: string): void {
  if (since.some(({ number }) => at.number < number)) failAttempt(uselessAnswer("wrong_block"), network);
}
