/** Options of the commands that sign. */
import { agreementOf } from "../app/keystore/agreement.ts";
import type { SignerChoice } from "../app/keystore/signers.ts";
import type { Call } from "./call.ts";
import type { ArgumentSpec, OptionSpec } from "./command.ts";
import { keystoreOptions, unlockNamed, vaultOf } from "./keystore-options.ts";
import { askOn } from "./prompts.ts";

export const accountArgument: ArgumentSpec = { name: "<account>", about: "address, label, or the first characters of an entry's id" };

export const signerOptions: readonly OptionSpec[] = [
  ...keystoreOptions,
  { flags: "--no-policy", about: "sign for an entry without a policy, without asking" },
];

/** The signer that the options say: the running process, unless they name a vault or how to unlock one. */
export function signerOf(call: Call): SignerChoice {
  return {
    ...vaultOf(call),
    isNamed: call.text("keystore") !== undefined || unlockNamed(call) !== undefined,
    agree: agreementOf(call.has("policy") ? "ask" : "none", askOn(call)),
  };
}
