/** Options of the commands that send transactions, and what they say together. */
import type { SendFlags } from "../app/evm/request.ts";
import type { SendTerms, SendingPlan } from "../app/evm/sending.ts";
import type { Call } from "./call.ts";
import type { OptionSpec } from "./command.ts";
import { detachOption, keyOption } from "./options.ts";
import { nobody } from "../app/evm/nobody.ts";
import { signerOptions } from "./signer-options.ts";

export const sendOptions: readonly OptionSpec[] = [
  { flags: "-f, --from <account>", about: "the sender: an address, or the label of a key", required: true },
  {
    flags: "-n, --network <name>",
    about: "a network of mfm.toml, a known chain such as base, or eip155:N; default: the only one of mfm.toml",
    completes: "network",
  },
  { flags: "--rpc <url>", about: "use this endpoint, for the chain of --chain-id; one with a key goes into MFM_RPC_EIP155_N" },
  { flags: "--chain-id <n>", about: "the chain of --rpc" },
  {
    flags: "--max-fee-per-gas <fee>",
    about: "no transaction ever offers more: wei, or such as 30gwei; default: that of mfm.toml, else 500gwei",
  },
  { flags: "--max-priority-fee-per-gas <fee>", about: "the most of it that is a tip; default: that of mfm.toml, else 50gwei" },
  { flags: "--gas-cap <gas>", about: "a transaction that needs more gas is refused; default: that of mfm.toml, else 10000000" },
  { flags: "--finality <when>", about: "safe, finalized, or after so many blocks; default: what fits the network" },
  { flags: "--window <n>", about: "how many transactions may be under way at once, 1 to 16; default: 16" },
  { flags: "--plan", about: "simulate everything and show what would be sent; signs and starts nothing" },
  { flags: "--expect-spec <specRef>", about: "refuse to start anything else than what a plan showed" },
  { flags: "-y, --yes", about: "start without asking" },
  keyOption,
  detachOption,
  ...signerOptions,
];

export async function sendFlagsOf(call: Call): Promise<SendFlags> {
  const { signerOf } = await import("./signer-choice.ts");
  return {
    network: call.text("network"),
    // Where nothing is sent, nobody needs to be named: what sends without a sender is refused.
    from: call.text("from") ?? nobody,
    terms: {
      maxFeePerGas: call.text("maxFeePerGas"),
      maxPriorityFeePerGas: call.text("maxPriorityFeePerGas"),
      gasCap: call.text("gasCap"),
      finality: call.text("finality"),
      window: call.text("window"),
    },
    signer: signerOf(call),
  };
}

export function sendTermsOf(call: Call, confirm: ((plan: SendingPlan) => Promise<boolean>) | undefined): SendTerms {
  return { key: call.text("key"), detach: call.has("detach"), expectSpec: call.text("expectSpec"), confirm };
}
