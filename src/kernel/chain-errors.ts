/** Error codes of reading chains: part of the one table in errors.ts. */
import { type ErrorEntry, failed } from "./error-entry.ts";

export const chainErrors = {
  BLOCK_UNKNOWN: failed(
    "The block that a snapshot is asked for does not exist on its network.",
    "Name another one with --block: a number or hash of that network, or finalized, safe or latest.",
    "never",
    404,
  ),
  PIN_LOST: failed(
    "The block that all reads of a run name left the canonical chain, or no source has its state any more.",
    "Start again: a new run pins another block. --block finalized pins one that stays; an old one by number needs a source with archived state.",
    "never",
    409,
  ),
  SOURCE_FAILED: failed(
    "No source of a network gave an answer that can be used; the message names each with its reason.",
    "Look at the sources named, then `mfm run resume`; --allow-partial goes on without them and says what is missing.",
    "safe",
    502,
  ),
  BALANCE_REFUTED: failed(
    "A proof against the pinned block shows another native balance than a source said: that source answered falsely.",
    "Look which source the run's facts name, remove it from the configuration, and start again.",
    "never",
    502,
  ),
} as const satisfies Record<string, ErrorEntry>;
