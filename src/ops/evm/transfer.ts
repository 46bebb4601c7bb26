/**
 * Pays one recipient or many, each exactly once: a step a line, under a key that is stable, so that a run that was killed anywhere goes on where
 * it was. The lines share the sender's lane, in which several may be under way at once.
 */
import * as z from "zod";
import { address, networkId, uint256 } from "../../kernel/codecs.ts";
import { defineOp } from "../../kernel/op.ts";
import { fragments } from "../../states/evm/fragments.ts";
import { asset, payment, submitTransfer } from "../../states/evm/submit-transfer.ts";
import { transactionTerms } from "../../states/evm/terms.ts";
import { assertPayable, mostLines, payoutLine } from "./payout-lines.ts";

export const transferConfig = z.strictObject({
  network: networkId,
  from: address,
  asset,
  lines: z.array(payoutLine).min(1).max(mostLines),
  terms: transactionTerms,
  /** Who must sign the lines of at least so much, in the smallest unit, before anything of them is sent. */
  approval: z.strictObject({ operators: z.array(address).min(1).max(100), quorum: z.int().min(1).max(100), from: uint256 }).optional(),
  /** Errors of the token, to read why it refuses. */
  abi: fragments,
});
export type TransferConfig = z.output<typeof transferConfig>;

export const transfer = defineOp({
  id: "mfm.evm/transfer@1",
  description: "Pays one or many recipients, in the network's own asset or an ERC-20 token, each line exactly once.",
  config: transferConfig,
  output: z.strictObject({ payments: z.array(payment).max(mostLines) }),
  plan(program, { network, from, asset: paid, lines, terms, abi, approval }) {
    assertPayable(lines, { from, asset: paid, known: [] });
    const steps = lines.map(({ recipient, amount, id }, index) =>
      program.step(stepKeyOf(index, lines.length), submitTransfer, {
        config: { network, from, asset: paid, line: index + 1, recipient, amount, ...(id === undefined ? {} : { id }), terms, abi },
        ...(approval !== undefined && amount >= approval.from
          ? { approval: { operators: approval.operators, quorum: approval.quorum } }
          : {}),
      }),
    );
    return { payments: steps.map(({ output }) => output) };
  },
});

/** The op and the states of its steps, for a registry. */
export const transferDefinitions = { transfer, submitTransfer };

/** `pay/0001`: in the order of the lines where keys are sorted. */
export function stepKeyOf(index: number, lines: number): string {
  return `pay/${String(index + 1).padStart(Math.max(4, String(lines).length), "0")}`;
}
