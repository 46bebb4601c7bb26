import type { CommandSpec } from "../command.ts";

/** `mfm tx show HASH` */
export const txShow: CommandSpec = {
  path: ["tx", "show"],
  summary: "show a transaction: what was intended, each candidate, and what became of it",
  about: "Of one that reverted, the same call is made again on the state before its block, where the network can be read, to say why.",
  arguments: [
    {
      name: "<hash>",
      about: "its hash or its first digits, that of a candidate before it, or the id of its effect",
      completes: "transaction",
    },
  ],
  examples: [{ line: "mfm tx show 0x300fe97d", about: "the first digits are enough" }],
  async run(call) {
    const [{ showTransaction }, { renderTransaction }, { plainData }] = await Promise.all([
      import("../../app/evm/transactions.ts"),
      import("../render/tx.ts"),
      import("../../app/evm/plain-data.ts"),
    ]);
    const signal = call.interrupts.listen(() => undefined);
    try {
      const view = await showTransaction(call.place, call.argument(0), signal);
      return { data: plainData(view), text: () => renderTransaction(view, call.terminal.paint) };
    } finally {
      call.interrupts.stop();
    }
  },
};
