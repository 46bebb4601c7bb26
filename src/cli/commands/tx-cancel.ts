import type { CommandSpec } from "../command.ts";
import { candidateOptions, runCandidateCommand } from "../candidate-command.ts";

/** `mfm tx cancel HASH` */
export const txCancel: CommandSpec = {
  path: ["tx", "cancel"],
  summary: "ask for a transaction that sends nothing in place of one that was sent",
  about:
    "It takes the same nonce with higher fees. If it is included first, the transaction never happens and its step fails with EFFECT_CANCELLED; if not, it happened all the same. Whoever drives the run makes and sends it.",
  arguments: [{ name: "<hash>", about: "the transaction, by its hash or its first digits", completes: "transaction" }],
  options: candidateOptions,
  examples: [
    { line: "mfm tx cancel 0x300fe97d --reason 'stuck since noon' --max-fee-per-gas 80gwei", about: "who and why stay in its history" },
  ],
  run: (call) => runCandidateCommand(call, "cancel"),
};
