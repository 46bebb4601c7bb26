import type { CommandSpec } from "../command.ts";
import { sendOptions } from "../evm-options.ts";

/** `mfm evm call CONTRACT SIGNATURE [ARGUMENT...]` */
export const evmCall: CommandSpec = {
  path: ["evm", "call"],
  summary: "call a function of a contract, exactly once",
  about:
    "Arguments are texts by position; lists and tuples are written as JSON. What the function would revert with is said before anything is sent. Exits by the run: 0 succeeded, 4 failed or cancelled, 5 paused.",
  arguments: [
    { name: "<contract>", about: "the contract's address" },
    { name: "<signature>", about: "such as 'grantRole(bytes32 role, address account)'" },
    { name: "[argument...]", about: "a value for each parameter" },
  ],
  options: [
    { flags: "--value <amount>", about: "what is sent with it, in the network's own asset, such as 0.5; default: nothing" },
    {
      flags: "--abi <signature>",
      about: "an event or error of the contract to read, such as 'error Denied(address who)'; may be repeated",
      repeats: true,
    },
    ...sendOptions,
  ],
  examples: [
    {
      line: "mfm evm call 0x5FbDB2315678afecb367f032d93F642f64180aa3 'approve(address spender, uint256 amount)' 0x52908400098527886E0F7030069857D2E4169EE7 1000000 --from treasury --network sepolia --plan",
      about: "what an approval would do",
    },
  ],
  async run(call) {
    const [{ callOp, prepareCall }, { runSendCommand }] = await Promise.all([
      import("../../app/evm/call-request.ts"),
      import("../send-command.ts"),
    ]);
    const [to = "", signature = "", ...rest] = call.allArguments;
    const flags = { to, signature, arguments: rest, value: call.text("value"), abi: call.list("abi") };
    return runSendCommand(call, callOp, async (place, opening) => prepareCall(place, flags, opening));
  },
};
