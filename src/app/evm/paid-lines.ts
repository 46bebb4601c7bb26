/** What a run of payments came to, in the asset's own units. */
import type { Json } from "../../kernel/json.ts";
import { transfer } from "../../ops/evm/transfer.ts";
import type { Payment } from "../../states/evm/submit-transfer.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";
import { decimalOf } from "./amount.ts";
import type { Sent } from "./sending.ts";

/** Undefined where the run has no output (yet). */
export function paidLines({ output, asset }: Pick<Sent, "asset" | "output">) {
  if (output === null) return undefined;
  const { payments } = new ValueCodec(lowerSchema(transfer.output, "/output")).decode(output satisfies Json, "output") as {
    readonly payments: readonly Payment[];
  };
  const show = (units: bigint): string => (asset === null ? `${units}` : `${decimalOf(units.toString(), asset.decimals)} ${asset.symbol}`);
  return payments.map(({ line, recipient, amount, received, transactionHash, block }) => ({
    line,
    recipient,
    amount: show(amount),
    received: show(received),
    transactionHash,
    block: block.number.toString(),
  }));
}
