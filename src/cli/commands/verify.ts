import { readStdin } from "../call.ts";
import type { CommandSpec } from "../command.ts";
import { reportResult } from "../verified.ts";

/** `mfm verify FILE` */
export const verify: CommandSpec = {
  path: ["verify"],
  summary: "verify a bundle offline: no store, no network, no configuration",
  about:
    "Prints `verified` and the head, or names line, field and byte of what does not hold. Exits 1 with VERIFY_INCOMPLETE where the code of a state is unknown: --ops names modules with it. A bundle never makes code load. Without --head, a history that was shortened or rewritten as a whole still verifies.",
  arguments: [{ name: "<file>", about: "the bundle, or - for standard input", completes: "file" }],
  options: [
    { flags: "--head <digest>", about: "the head that the history must end in" },
    { flags: "--ops <module>", about: "a module with the code of its states; may be repeated", repeats: true, completes: "file" },
  ],
  examples: [
    {
      line: "mfm verify run.ndjson --head sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      about: "against a head that was noted elsewhere",
    },
    { line: "mfm verify run.ndjson --ops ./ops/payout.ts", about: "with the code of your own states" },
  ],
  async run(call) {
    const { verifyFile } = await import("../../app/verification.ts");
    const report = await verifyFile(call.place, { file: call.argument(0), head: call.text("head"), modules: call.list("ops"), readStdin });
    return reportResult(call, report);
  },
};
