import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";

/** `mfm keystore policy test INTENT` */
export const keystorePolicyTest: CommandSpec = {
  path: ["keystore", "policy", "test"],
  summary: "say whether a policy allows an intent, and every reason why not; signs nothing",
  about:
    "The policy is that of the sender's entry, or a file, which needs no vault. Exits 1 where it is not allowed. The day's sum counts what was signed today (UTC); with a file nothing counts.",
  arguments: [{ name: "<intent>", about: "a signing intent: a .json or .toml file, or - for JSON from standard input", completes: "file" }],
  options: [{ flags: "--policy <file>", about: "a policy's file in place of the entry's", completes: "file" }, ...keystoreOptions],
  examples: [{ line: "mfm keystore policy test payment.json --policy treasury.json", about: "before it is set" }],
  async run(call) {
    const [{ testPolicy }, { renderTrial }] = await Promise.all([import("../../app/keystore/policies.ts"), import("../render/policy.ts")]);
    const trial = await testPolicy(call.place, vaultOf(call), {
      intentFile: call.argument(0),
      policyFile: call.text("policy"),
      source: call.inputSource,
    });
    return { data: trial, text: () => renderTrial(trial, call.terminal.paint), exit: trial.allowed ? 0 : 1 };
  },
};
