import type { AssetView } from "../../app/evm/asset.ts";
import type { Call } from "../call.ts";
import type { CommandSpec, Result } from "../command.ts";
import { sendOptions } from "../evm-options.ts";

/** `mfm evm transfer [RECIPIENT AMOUNT]` */
export const evmTransfer: CommandSpec = {
  path: ["evm", "transfer"],
  summary: "pay one or many recipients, each exactly once",
  about:
    "A file is CSV with the header recipient,amount and, if wanted, id and memo; or JSON, a list of objects with these members. Amounts are in the asset, such as 12.5. Every line that cannot be paid is named before anything is planned. A run that was killed anywhere goes on with `mfm run resume`; no line is paid twice. Exits by the run: 0 succeeded, 4 failed or cancelled, 5 paused.",
  arguments: [
    { name: "[recipient]", about: "the address that is paid" },
    { name: "[amount]", about: "how much, in the asset, such as 12.5" },
  ],
  options: [
    { flags: "--file <file>", about: "pay every line of a .csv or .json file", completes: "file" },
    { flags: "-t, --token <address>", about: "pay in this ERC-20 token; default: the network's own asset" },
    { flags: "--approver <address>", about: "who must sign before a line is sent: `mfm run approve`; may be repeated", repeats: true },
    { flags: "--quorum <n>", about: "how many of them; default: all" },
    { flags: "--approve-from <amount>", about: "only lines of at least so much wait for them; default: every line" },
    ...sendOptions,
  ],
  examples: [
    {
      line: "mfm evm transfer 0x52908400098527886E0F7030069857D2E4169EE7 0.25 --from treasury --network sepolia --plan",
      about: "what would be sent, and what it would cost",
    },
    {
      line: "mfm evm transfer --file payout.csv --from treasury --network base --key payroll-05",
      about: "a payout; the key makes it safe to repeat",
    },
  ],
  async run(call) {
    const [{ prepareTransfer, transferOp }, { paidLines }, { renderPayments }, { runSendCommand }] = await Promise.all([
      import("../../app/evm/transfer-request.ts"),
      import("../../app/evm/paid-lines.ts"),
      import("../render/payments.ts"),
      import("../send-command.ts"),
    ]);
    const [recipient, amount] = call.allArguments;
    const flags = {
      recipient,
      amount,
      file: call.text("file"),
      token: call.text("token"),
      approvers: call.list("approver"),
      quorum: call.text("quorum"),
      approveFrom: call.text("approveFrom"),
    };
    let asset: AssetView | null = null;
    const result = await runSendCommand(
      call,
      transferOp,
      (place, opening) => prepareTransfer(place, flags, opening),
      (sent) => {
        asset = sent.asset;
        const lines = paidLines(sent);
        return lines === undefined ? undefined : renderPayments(lines, call.terminal.paint);
      },
    );
    return withStandings(call, result, asset);
  },
};

/** Of a payout that did not succeed: which lines were paid, and which were not. */
async function withStandings(call: Call, result: Result, asset: AssetView | null): Promise<Result> {
  const { run } = result.data as { readonly run?: { readonly status: string } };
  if (call.runId === undefined || run === undefined || run.status === "succeeded" || call.has("detach")) return result;
  const [{ readStandings }, { renderStandings }] = await Promise.all([
    import("../../app/evm/payout-standing.ts"),
    import("../render/payments.ts"),
  ]);
  const payments = await readStandings(call.place, call.runId, asset);
  return {
    ...result,
    data: { ...(result.data as object), payments },
    text: () => `${renderStandings(payments, call.terminal.paint)}\n\n${result.text()}`,
  };
}
