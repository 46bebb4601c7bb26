/** Pins a block that stands on everything a run did before: a finalized one may lag behind what was called final at another depth. */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineState } from "../../kernel/state.ts";
import { askPin, pinConfig } from "../evm/pin-block.ts";
import { pinned } from "../evm/pinned.ts";

/** The pinned block. @throws BLOCK_UNKNOWN, SOURCE_FAILED as pinBlock; NOT_FINAL_YET while it is before a block of `since` */
export const pinAfter = defineState({
  id: "mfm.evm/pin-after@1",
  effect: "read",
  needs: { chain: evmRead },
  config: pinConfig.omit({ onSourceFailure: true }),
  input: z.strictObject({ since: z.array(blockRef).max(1000) }),
  output: pinned,
  async run({ config, input: { since }, chain }) {
    const pin = await askPin(chain, { ...config, onSourceFailure: "pause" });
    const newest = since.reduce((most, { number }) => (number > most ? number : most), 0n);
    if (pin.kind !== "pinned" || pin.block.number >= newest) return pin;
    const { network, block } = pin;
    throw new MfmError("NOT_FINAL_YET", `${network}: block ${newest} is waited for, the block to read at is ${block.number}`, {
      network,
      wanted: newest.toString(),
      found: block.number.toString(),
    });
  },
});
