import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";
import { accountArgument } from "../signer-options.ts";

/** `mfm keystore policy show ACCOUNT` */
export const keystorePolicyShow: CommandSpec = {
  path: ["keystore", "policy", "show"],
  summary: "show an entry's signing policy",
  arguments: [accountArgument],
  options: keystoreOptions,
  examples: [{ line: "mfm keystore policy show treasury", about: "as JSON, with its digest" }],
  async run(call) {
    const [{ showPolicy }, { renderPolicy }] = await Promise.all([import("../../app/keystore/policies.ts"), import("../render/policy.ts")]);
    const view = await showPolicy(call.place, vaultOf(call), call.argument(0));
    return { data: view, text: () => renderPolicy(view, call.terminal.paint) };
  },
};
