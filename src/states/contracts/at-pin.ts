/** What an assertion does where its pin or a source fails it: it never says "failed" of what nobody looked at. */
import type { BlockLost, SourceFailed } from "../../capabilities/evm/failure.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Pin, Pinned } from "../evm/pinned.ts";
import { heedAtPin } from "../evm/source-failure.ts";

/** @throws SOURCE_FAILED where no block could be pinned */
export function requirePin(pin: Pinned): Pin {
  if (pin.kind === "pinned") return pin;
  throw new MfmError("SOURCE_FAILED", `${pin.network}: no block could be pinned`, { network: pin.network, failures: pin.failures });
}

/** @throws PIN_LOST when the block left the canonical chain @throws SOURCE_FAILED when no source answered */
export function heedUnanswered(pin: Pin, answer: BlockLost | SourceFailed): never {
  heedAtPin({ pin, onSourceFailure: "pause" }, answer);
  throw new MfmError("INTERNAL", "a failure that is to be heeded was not");
}
