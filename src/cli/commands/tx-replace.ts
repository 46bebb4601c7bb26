import type { CommandSpec } from "../command.ts";
import { candidateOptions, runCandidateCommand } from "../candidate-command.ts";

/** `mfm tx replace HASH` */
export const txReplace: CommandSpec = {
  path: ["tx", "replace"],
  summary: "ask for the same transaction with higher fees",
  about:
    "The nonce and what it does stay; both fees are raised by an eighth at least, or to those named, which may be above the ceilings of its terms. Whoever drives the run makes and sends it; whichever of them is included decides.",
  arguments: [{ name: "<hash>", about: "the transaction, by its hash or its first digits", completes: "transaction" }],
  options: candidateOptions,
  examples: [
    { line: "mfm tx replace 0x300fe97d --reason 'stuck since noon' --max-fee-per-gas 80gwei", about: "who and why stay in its history" },
  ],
  run: (call) => runCandidateCommand(call, "replacement"),
};
