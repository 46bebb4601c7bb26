import type { CommandSpec } from "../command.ts";
import { reportResult } from "../verified.ts";

/** `mfm run replay RUN` */
export const runReplay: CommandSpec = {
  path: ["run", "replay"],
  summary: "verify a run of the store: recompute every step from what was recorded",
  about: "Asks no provider and changes nothing. Exits 1 with VERIFY_INCOMPLETE where the code of a state is not registered here.",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  examples: [{ line: "mfm run replay 3f2a", about: "chain, certification, bindings, every step and output" }],
  async run(call) {
    const { replayRun } = await import("../../app/verification.ts");
    return reportResult(call, await replayRun(call.place, call.argument(0)));
  },
};
