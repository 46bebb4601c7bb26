/** What was paid, a line a row. */
import type { LineStanding } from "../../app/evm/payout-standing.ts";
import { type Paint, printable } from "../paint.ts";
import { renderTable } from "./table.ts";

export interface PaidLine {
  readonly line: number;
  readonly recipient: string;
  /** In the asset, as people write it. */
  readonly amount: string;
  readonly received: string;
  readonly transactionHash: string;
  readonly block: string;
}

export function renderPayments(lines: readonly PaidLine[], paint: Paint): string {
  // Only a token that keeps a fee says another number.
  const keeps = lines.some(({ amount, received }) => amount !== received);
  const rows = lines.map(({ line, recipient, amount, received, transactionHash, block }) => [
    String(line),
    recipient,
    printable(amount),
    ...(keeps ? [printable(received)] : []),
    block,
    transactionHash,
  ]);
  return renderTable(["PAYMENT", "RECIPIENT", "AMOUNT", ...(keeps ? ["RECEIVED"] : []), "BLOCK", "TRANSACTION"], rows, paint);
}

/** Of a payout that did not succeed, a line a row: which were paid. */
export function renderStandings(lines: readonly LineStanding[], paint: Paint): string {
  const rows = lines.map(({ payment, id, recipient, amount, is, transactionHash }) => [
    String(payment),
    printable(id ?? ""),
    recipient,
    printable(amount),
    is === "paid" ? is : paint("red", is),
    transactionHash ?? "",
  ]);
  return renderTable(["PAYMENT", "ID", "RECIPIENT", "AMOUNT", "IS", "TRANSACTION"], rows, paint);
}
