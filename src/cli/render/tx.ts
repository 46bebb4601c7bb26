/** Transactions of the ledger for people: many in a table, one with its candidates and what happened to it. */
import { decimalOf } from "../../app/evm/amount.ts";
import type { Requested, TransactionView } from "../../app/evm/transactions.ts";
import { type Paint, printable } from "../paint.ts";
import { contradictionPairs } from "./obligations.ts";
import { shortId } from "./run.ts";
import { renderPairs, renderTable } from "./table.ts";
import { showInstant } from "./time.ts";

type Row = TransactionView["row"];

export function renderTransactions(rows: readonly Row[], paint: Paint): string {
  if (rows.length === 0) return "no transactions";
  return renderTable(
    ["TRANSACTION", "IS", "NONCE", "LANE", "RUN", "STEP"],
    rows.map((row) => [
      knownBy(row),
      stateOf(row),
      row.slot === null ? "" : String(row.slot),
      printable(row.lane ?? ""),
      shortId(row.runId),
      printable(row.step),
    ]),
    paint,
  );
}

/** Before it is signed it is known by nothing outside. */
function knownBy({ identity, effect, candidates }: Row): string {
  return identity === null || candidates === 0 ? effect : printable(identity);
}

function stateOf({ is, outcome }: Row): string {
  return outcome ?? is;
}

export function renderTransaction(
  { row, intent, candidates, happened, simulation, receipt, vouchedBy, comparison, revert, contradiction }: TransactionView,
  paint: Paint,
): string {
  const pairs: (readonly [string, string])[] = [
    ["transaction", knownBy(row)],
    ["is", stateOf(row)],
    ["run", row.runId],
    ["step", printable(row.step)],
    ["network", intent.network],
    ["from", intent.from],
    ["to", intent.to ?? "a new contract"],
    ["value", `${intent.value} wei`],
    ["data", intent.data === "0x" ? "none" : `${intent.data.slice(0, 10)}, ${(intent.data.length - 2) / 2} bytes`],
  ];
  if (simulation !== null) pairs.push(["simulated", `at block ${simulation.block}: it would use ${simulation.gas} gas`]);
  if (receipt !== null) {
    const what = row.outcome === "cancelled" ? "the cancel, which sends nothing, and nothing else" : receipt.status;
    pairs.push(["included", `${what} in block ${receipt.blockNumber} ${receipt.blockHash}`]);
    if (vouchedBy.length > 0) pairs.push(["vouched by", vouchedBy.map(printable).join(", ")]);
    pairs.push(["gas", `${receipt.gasUsed} used of ${intent.gas}, at ${decimalOf(receipt.effectiveGasPrice.toString(), 9)} gwei`]);
  }
  if (comparison !== null) {
    const { agrees, gas } = comparison;
    pairs.push([
      "as simulated",
      agrees ? `yes: ${gas.simulated} gas expected, ${gas.used} used` : "no: it was simulated to succeed, and reverted",
    ]);
  }
  if (revert !== null) pairs.push(["reverted", `${printable(revert)} (the same call on the state before its block)`]);
  if (contradiction !== null) pairs.push(...contradictionPairs(contradiction));
  const tries = candidates.map(({ role, hash, nonce, maxFeePerGas, maxPriorityFeePerGas, dispatchedAt }) => [
    role,
    hash ?? "not signed",
    String(nonce),
    `${decimalOf(maxFeePerGas, 9)} / ${decimalOf(maxPriorityFeePerGas, 9)}`,
    dispatchedAt === null ? "" : showInstant(dispatchedAt),
  ]);
  const story = happened.map(({ seq, at, what }) => [String(seq), showInstant(at), printable(what)]);
  return [
    renderPairs(pairs, paint),
    tries.length === 0 ? "" : renderTable(["CANDIDATE", "HASH", "NONCE", "MAX FEE / TIP (GWEI)", "SENT (UTC)"], tries, paint),
    renderTable(["SEQ", "AT (UTC)", "WHAT"], story, paint),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

export function renderRequested({ row, run }: Requested, role: string, paint: Paint): string {
  return renderPairs(
    [
      ["transaction", knownBy(row)],
      ["asked for", role === "cancel" ? "a transaction that sends nothing in its place" : "the same with higher fees"],
      ["recorded in", run.runId],
      ["made by", `whoever drives the run: a worker, or mfm run resume ${shortId(run.runId)}`],
    ],
    paint,
  );
}
