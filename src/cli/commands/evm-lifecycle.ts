import type { CommandSpec } from "../command.ts";
import { sendOptions } from "../evm-options.ts";

/** `mfm evm lifecycle FILE` */
export const evmLifecycle: CommandSpec = {
  path: ["evm", "lifecycle"],
  summary: "deploy contracts, configure them, and validate what they then are",
  about:
    "FILE says which contracts (from artifacts of Hardhat, Foundry or solc), which calls, and what must be true at the end; any of the three may be missing. What is done already is skipped. Exits by the run: 0 succeeded or resolved, 4 failed, compensated or cancelled, 5 paused or blocked.",
  arguments: [{ name: "<file>", about: "TOML or JSON; paths in it are relative to it", completes: "file" }],
  options: [
    {
      flags: "--set <path=value>",
      about: "set a value over the file's, such as contracts.token.args.cap=1000; may be repeated",
      repeats: true,
    },
    // What is only validated needs no sender.
    ...sendOptions.map(({ required: _required, ...option }) => option),
  ],
  examples: [
    {
      line: "mfm evm lifecycle rollout.toml --from deployer --network sepolia --plan",
      about: "what the rollout would send, and its specRef",
    },
  ],
  async run(call) {
    const [{ prepareLifecycle, lifecycleOp }, { runSendCommand }, { withFindings }] = await Promise.all([
      import("../../app/contracts/prepare-lifecycle.ts"),
      import("../send-command.ts"),
      import("../lifecycle-result.ts"),
    ]);
    const flags = { file: call.argument(0), set: call.list("set"), source: call.inputSource };
    return withFindings(call, await runSendCommand(call, lifecycleOp, (_place, opening) => prepareLifecycle(flags, opening)));
  },
};
