/** What would be sent, as a table: transactions with decoded arguments, fees, what the sender spends, and how long it takes. */
import { countOf } from "../../app/count.ts";
import { decimalOf } from "../../app/evm/amount.ts";
import type { SendingPlan } from "../../app/evm/sending.ts";
import { type Paint, printable } from "../paint.ts";
import { alignRight, renderPairs, renderTable } from "./table.ts";
import { showSeconds } from "./time.ts";

type Transaction = SendingPlan["transactions"][number];

/** Of more transactions, the first are shown. */
const transactionsShown = 30;
const problemsShown = 20;

export function renderEvmPlan(plan: SendingPlan, paint: Paint): string {
  const { network, from, transactions, block } = plan;
  const left = transactions.length - transactionsShown;
  const parts = [
    `${paint("bold", plan.entryPoint)}  ${countOf(transactions.length, "transaction")} from ${from} on ${printable(network.name)} (${network.id}), simulated at block ${block.number}`,
    renderTransactions(transactions.slice(0, transactionsShown), plan, paint),
    renderUnforeseen(transactions, paint),
    left > 0 ? `... and ${left} more (all of them with --output-format json)` : "",
    renderChanges(plan, paint),
    renderMoved(plan, paint),
    renderPairs(factsOf(plan), paint),
    plan.problems
      .slice(0, problemsShown)
      .map(({ code, message }) => `${paint("red", code)}  ${printable(message)}`)
      .join("\n"),
    plan.problems.length > problemsShown ? `... and ${countOf(plan.problems.length - problemsShown, "more problem")}` : "",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function renderTransactions(transactions: readonly Transaction[], { network }: SendingPlan, paint: Paint): string {
  const { decimals, symbol } = network.native;
  const fees = alignRight(transactions.map(({ fee }) => (fee === null ? "" : decimalOf(fee.expected, decimals))));
  const rows = transactions.map((transaction, index) => [
    printable(transaction.title),
    transaction.to ?? "a new contract",
    describeAction(transaction, symbol, decimals),
    transaction.gas ?? "",
    transaction.problem === null ? (fees[index] ?? "") : paint("red", transaction.problem.code),
  ]);
  return renderTable(["WHAT", "TO", "DOES", "GAS LIMIT", `FEE (${printable(symbol)})`], rows, paint);
}

const unforeseenWords: Record<NonNullable<Transaction["unforeseen"]>["why"], string> = {
  unsupported: "the provider has no eth_simulateV1",
  unanswered: "the provider gave no answer that says something",
  too_many: "they are more than providers simulate at once",
  fails_before: "something before it fails",
  holds_by_then: "what it is for holds by then, so nothing will be sent",
};

function renderUnforeseen(transactions: readonly Transaction[], paint: Paint): string {
  const lines = transactions.flatMap(({ title, unforeseen }) =>
    unforeseen === null
      ? []
      : [`${printable(title)}: not simulated after ${printable(unforeseen.after)}: ${unforeseenWords[unforeseen.why]}`],
  );
  const shown = lines.slice(0, transactionsShown).map((line) => paint("dim", line));
  return (lines.length > shown.length ? [...shown, `... and ${lines.length - shown.length} more`] : shown).join("\n");
}

function describeAction({ call, value, moves }: Transaction, symbol: string, decimals: number): string {
  const name = call === null ? "" : call.signature.slice(0, call.signature.indexOf("("));
  const decoded =
    call === null ? "" : `${name}(${call.arguments.map(({ name: argument, value: given }) => `${argument} = ${given}`).join(", ")})`;
  const sent = value === "0" ? "" : `${decimalOf(value, decimals)} ${symbol}`;
  const words = [decoded, sent].filter((part) => part !== "").join(" with ");
  return printable(words === "" ? (moves.length === 0 ? "nothing" : "a transfer") : words);
}

function renderChanges({ changes }: SendingPlan, paint: Paint): string {
  const rows = changes.map(({ symbol, decimals, held, spent }) => {
    const left = BigInt(held) - BigInt(spent);
    return [
      printable(symbol),
      decimalOf(held, decimals),
      `-${decimalOf(spent, decimals)}`,
      left < 0n ? paint("red", "not enough") : decimalOf(left.toString(), decimals),
    ];
  });
  return renderTable(["ASSET", "HELD", "SPENT AT MOST", "LEFT AT LEAST"], rows, paint);
}

/** Nothing where nothing is known: what is declared stands above. */
function renderMoved({ moved: { assets, unnamed, unread } }: SendingPlan, paint: Paint): string {
  if (assets.length === 0) return "";
  const rows = assets.map(({ symbol, decimals, address, received, spent }) => {
    const show = (sign: string, units: string): string =>
      units === "0" ? "" : `${sign}${decimals === null ? `${units} units` : decimalOf(units, decimals)}`;
    return [printable(symbol), show("-", spent), show("+", received), address ?? ""];
  });
  const words = [
    renderTable(["MOVED BY CALLS", "SPENT", "RECEIVED", "TOKEN"], rows, paint),
    unnamed > 0 ? `... and ${countOf(unnamed, "more asset")}` : "",
    paint("dim", "beside the above, as simulated now; of tokens, what their contracts' own logs say"),
    unread > 0 ? paint("dim", `what else ${countOf(unread, "call")} would move is not known`) : "",
  ];
  return words.filter((part) => part !== "").join("\n");
}

function factsOf({ fees, finality, network, specRef, transactions, saga }: SendingPlan): [string, string][] {
  const { decimals, symbol } = network.native;
  const { policy, expectedSeconds, window } = finality;
  const final = policy.kind === "tag" ? policy.tag : policy.blocks === 1 ? "included" : `${policy.blocks} blocks`;
  return [
    [
      "fees",
      `${decimalOf(fees.expected, decimals)} ${printable(symbol)} expected, ${decimalOf(fees.atMost, decimals)} at most as offered now`,
    ],
    [
      "per gas",
      `base fee ${gwei(fees.baseFeePerGas)}, tip ${gwei(fees.priorityFeePerGas)}${tipWords[fees.tipFrom]}; never above ${gwei(fees.ceiling)}`,
    ],
    ["final", `when ${final}${expectedSeconds === null ? "" : `; about ${showSeconds(expectedSeconds)} for all, ${window} at once`}`],
    ...approvalsOf(transactions).map((words): [string, string] => ["approval", words]),
    ...(saga.policy === "compensate" ? [["if it fails", "what took effect is undone, the last first"] as [string, string]] : []),
    ...(saga.policy === "manual" ? [["if it fails", `${quorumWords(saga)} decide about what took effect`] as [string, string]] : []),
    ["specRef", specRef],
  ];
}

/** Who has to agree, and to how many of all. */
function approvalsOf(transactions: readonly Transaction[]): string[] {
  const counts = new Map<string, number>();
  for (const { approval } of transactions) {
    if (approval === null) continue;
    const words = quorumWords(approval);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(
    ([words, count]) => `${words} agree to ${count} of ${transactions.length} before ${count === 1 ? "it is" : "they are"} sent`,
  );
}

function quorumWords({ quorum, operators }: NonNullable<Transaction["approval"]>): string {
  return `${quorum} of ${operators.join(", ")}`;
}

const tipWords: { readonly [from in SendingPlan["fees"]["tipFrom"]]: string } = {
  feeHistory: "",
  maxPriorityFeePerGas: " as the node suggests (maxPriorityFeePerGas)",
  gasPrice: " as the node suggests (gasPrice)",
  policy: " as the terms bound it",
};

function gwei(wei: string): string {
  return `${decimalOf(wei, 9)} gwei`;
}
