import { usage } from "../../app/failure.ts";
import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";
import { accountArgument } from "../signer-options.ts";

/** `mfm keystore policy set ACCOUNT` */
export const keystorePolicySet: CommandSpec = {
  path: ["keystore", "policy", "set"],
  summary: "give an entry a signing policy, or take it away",
  about: "What a policy does not list is refused, whoever asks. docs/signing.md shows all of its members.",
  arguments: [accountArgument],
  options: [
    { flags: "--policy <file>", about: "the policy: a .json or .toml file, or - for JSON from standard input", completes: "file" },
    { flags: "--remove", about: "the entry has no policy: it signs only where somebody agrees" },
    ...keystoreOptions,
  ],
  examples: [{ line: "mfm keystore policy set treasury --policy treasury.json", about: "replaces what the entry had" }],
  async run(call) {
    const [{ setPolicy }, { renderPolicy }] = await Promise.all([import("../../app/keystore/policies.ts"), import("../render/policy.ts")]);
    const file = call.text("policy");
    if ((file === undefined) !== call.has("remove")) throw usage("give --policy or --remove");
    const input = file === undefined ? undefined : { file, value: undefined, set: [] };
    const view = await setPolicy(call.place, vaultOf(call), { account: call.argument(0), input, source: call.inputSource });
    return { data: view, text: () => renderPolicy(view, call.terminal.paint) };
  },
};
