import type { CommandSpec } from "../command.ts";

const longest = 1000;

/** `mfm tx list` */
export const txList: CommandSpec = {
  path: ["tx", "list"],
  summary: "list the transactions of the ledger, newest first",
  options: [
    {
      flags: "-s, --state <state>",
      about: "only transactions that are this",
      choices: ["intended", "prepared", "dispatched", "included", "settled", "abandoned", "ambiguous"],
    },
    { flags: "-n, --limit <count>", about: "at most so many; default 50" },
  ],
  examples: [{ line: "mfm tx list --state dispatched", about: "what was sent and is not included" }],
  async run(call) {
    const [{ listTransactions }, { renderTransactions }] = await Promise.all([
      import("../../app/evm/transactions.ts"),
      import("../render/tx.ts"),
    ]);
    const transactions = await listTransactions(call.place, {
      is: call.text("state"),
      limit: call.count("limit", { default: 50, min: 1, max: longest }),
    });
    return { data: { transactions }, text: () => renderTransactions(transactions, call.terminal.paint) };
  },
};
