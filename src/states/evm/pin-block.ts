/**
 * Pins a network to one block: every read of a run names it. The block's hash is computed again from its header, so that what is later proven
 * against its state root is proven against the block, and not against what a source says of it.
 */
import * as z from "zod";
import { type BlockSelector, type Header, blockSelector } from "../../capabilities/evm/block.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import { hashHeader } from "../../capabilities/evm/header.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import type { Client } from "../../kernel/capability.ts";
import { formatInstant, networkId } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineState } from "../../kernel/state.ts";
import { type Pinned, pinned } from "./pinned.ts";
import { heedFailure, onSourceFailure, uselessAnswer } from "./source-failure.ts";

export const pinConfig = z.strictObject({ network: networkId, block: blockSelector, onSourceFailure });

/**
 * The pinned block, or that no source could name one where `onSourceFailure` is `partial`.
 * @throws BLOCK_UNKNOWN when the sources have no such block
 * @throws SOURCE_FAILED when no source answered, or one answered about another block than it was asked for, and `onSourceFailure` is `pause`
 */
export const pinBlock = defineState({
  id: "mfm.evm/pin-block@1",
  effect: "read",
  needs: { chain: evmRead },
  config: pinConfig,
  output: pinned,
  run: ({ config, chain }) => askPin(chain, config),
});

export type PinConfig = z.output<typeof pinConfig>;

/** Which block the sources say it is. @throws BLOCK_UNKNOWN, SOURCE_FAILED as the state */
export async function askPin(chain: Client<typeof evmRead.methods>, { network, block, onSourceFailure: rule }: PinConfig): Promise<Pinned> {
  const failed = (answer: SourceFailed): Pinned => ({ ...heedFailure(answer, network, rule), network });
  const answer = await chain.block({ network, block });
  if (answer.kind === "source_failed") return failed(answer);
  if (answer.kind === "not_found") {
    const name = nameOf(block);
    throw new MfmError("BLOCK_UNKNOWN", `${network} has no block ${name}`, { network, block: name });
  }
  const { hash, header, sources } = answer;
  if (!isSelected(block, hash, header)) return failed(uselessAnswer("wrong_block"));
  if (header.timestamp > latestTime) return failed(uselessAnswer("malformed"));
  return {
    kind: "pinned",
    network,
    block: { number: header.number, hash },
    parentHash: header.parentHash,
    stateRoot: header.stateRoot,
    timestamp: formatInstant(Number(header.timestamp) * 1000),
    header: hashHeader(header) === hash ? "recomputed" : "reported",
    sources,
  };
}

/** Unix seconds of 9999-12-31T23:59:59Z, the last time that an instant can say. */
const latestTime = 253_402_300_799n;

function isSelected(block: BlockSelector, hash: string, header: Header): boolean {
  switch (block.kind) {
    case "tag":
      return true;
    case "number":
      return header.number === block.number;
    case "hash":
      return hash === block.hash;
  }
}

function nameOf(block: BlockSelector): string {
  switch (block.kind) {
    case "tag":
      return block.tag;
    case "number":
      return block.number.toString();
    case "hash":
      return block.hash;
  }
}
