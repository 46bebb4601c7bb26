/** What becomes of a question that no source answered: by the step's rule, it ends this attempt of the step, or leaves a hole that says so. */
import * as z from "zod";
import type { BlockLost, SourceFailed } from "../../capabilities/evm/failure.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Pin } from "./pinned.ts";

/** Whether a failing source pauses the run or leaves a hole that says so. Part of the spec: it decides what a snapshot means. */
export const onSourceFailure = z.enum(["pause", "partial"]);
export type OnSourceFailure = z.output<typeof onSourceFailure>;

/** The name of a source that gave a useless answer: an answer does not say whose it is; the fact that records it does. */
const unnamed = "unnamed";

/** A source answered, but about another block, or with a proof that proves nothing: found out here, from the answer itself. */
export function uselessAnswer(reason: "wrong_block" | "bad_proof" | "malformed"): SourceFailed {
  return { kind: "source_failed", failures: [{ source: unnamed, reason }] };
}

/** The failure as a value, where the rule is `partial`. @throws SOURCE_FAILED when the rule is `pause`: each source with its reason */
export function heedFailure(failed: SourceFailed, network: string, rule: OnSourceFailure): SourceFailed {
  if (rule === "partial") return failed;
  const reasons = failed.failures.map(({ source, reason }) => `${source}: ${reason}`);
  const words = reasons.length === 0 ? "no source is configured" : reasons.join(", ");
  throw new MfmError("SOURCE_FAILED", `${network}: no source gave an answer: ${words}`, { network, failures: failed.failures });
}

/** A step that reads at a pin. */
export interface AtPin {
  readonly pin: Pin;
  readonly onSourceFailure: OnSourceFailure;
}

/**
 * The same for a question about a pinned block, which may have left the canonical chain, or whose state no source may have any more.
 * @throws PIN_LOST when that is what the sources say @throws SOURCE_FAILED as heedFailure
 */
export function heedAtPin({ pin, onSourceFailure: rule }: AtPin, answer: SourceFailed | BlockLost): SourceFailed {
  const { network, block } = pin;
  if (answer.kind === "source_failed" && !isGoneEverywhere(answer)) return heedFailure(answer, network, rule);
  throw new MfmError("PIN_LOST", `${network}: block ${block.number} ${block.hash} left the canonical chain, or no source has its state`, {
    network,
    number: block.number.toString(),
    hash: block.hash,
  });
}

function isGoneEverywhere({ failures }: SourceFailed): boolean {
  return failures.length > 0 && failures.every(({ reason }) => reason === "no_block");
}
