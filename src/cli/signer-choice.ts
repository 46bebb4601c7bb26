/** The signer that a command line means. Loaded by the commands that sign, when they run. */
import { agreementOf } from "../app/keystore/agreement.ts";
import type { SignerChoice } from "../app/keystore/signers.ts";
import type { Call } from "./call.ts";
import { unlockNamed, vaultOf } from "./keystore-options.ts";
import { askOn } from "./prompts.ts";

/** The signer that the options say: the running process, unless they name a vault or how to unlock one. */
export function signerOf(call: Call): SignerChoice {
  return {
    ...vaultOf(call),
    isNamed: call.text("keystore") !== undefined || unlockNamed(call) !== undefined,
    agree: agreementOf(call.has("policy") ? "ask" : "none", askOn(call)),
  };
}
