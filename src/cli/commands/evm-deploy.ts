import type { CommandSpec } from "../command.ts";
import { sendOptions } from "../evm-options.ts";

/** `mfm evm deploy ARTIFACT [ARGUMENT...]` */
export const evmDeploy: CommandSpec = {
  path: ["evm", "deploy"],
  summary: "deploy one contract from its build artifact, exactly once",
  about:
    "ARTIFACT is the JSON that Hardhat, Foundry or solc wrote. Arguments are the constructor's by position: texts; lists and tuples are written as JSON. Where the artifact says enough, the code on the chain is compared with it. Several contracts, calls and checks: `mfm evm lifecycle`. Exits by the run: 0 succeeded, 4 failed or cancelled, 5 paused or blocked.",
  arguments: [
    { name: "<artifact>", about: "the artifact's file", completes: "file" },
    { name: "[argument...]", about: "a value for each parameter of the constructor" },
  ],
  options: [
    { flags: "--contract <name>", about: "which contract, where the file holds many: Token or contracts/Token.sol:Token" },
    { flags: "--value <amount>", about: "what the constructor is paid, in the network's own asset, such as 0.5; default: nothing" },
    { flags: "--salt <hex>", about: "deploy with CREATE2 through the deterministic factory, with these 32 bytes" },
    { flags: "--library <name=address>", about: "a library that it is linked with; may be repeated", repeats: true },
    ...sendOptions,
  ],
  examples: [
    {
      line: "mfm evm deploy out/Token.sol/Token.json 1000000 --from deployer --network sepolia --plan",
      about: "what the deployment would cost, and its specRef",
    },
  ],
  async run(call) {
    const [{ prepareDeploy, readLibraries, lifecycleOp }, { runSendCommand }, { withFindings }] = await Promise.all([
      import("../../app/contracts/prepare-lifecycle.ts"),
      import("../send-command.ts"),
      import("../lifecycle-result.ts"),
    ]);
    const [file = "", ...rest] = call.allArguments;
    const flags = {
      file,
      arguments: rest,
      contract: call.text("contract"),
      value: call.text("value"),
      salt: call.text("salt"),
      libraries: readLibraries(call.list("library")),
      source: call.inputSource,
    };
    return withFindings(call, await runSendCommand(call, lifecycleOp, (_place, opening) => prepareDeploy(flags, opening)));
  },
};
