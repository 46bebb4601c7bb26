/**
 * Asserts what a storage slot of a contract holds at the pinned block, such as the implementation and admin of a proxy. Proven where the
 * network allows it; else read by a call in which other code stands at the contract's address and returns the slot.
 * @see https://eips.ethereum.org/EIPS/eip-1967
 */
import * as z from "zod";
import { evmRead } from "../../capabilities/evm/read.ts";
import type { Client } from "../../kernel/capability.ts";
import { address, hash } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineState } from "../../kernel/state.ts";
import { keccakText } from "../abi/abi-item.ts";
import { bindTemplate, contractName, template } from "../abi/template.ts";
import type { Hex } from "../evm/asking.ts";
import { type Pin, pinned } from "../evm/pinned.ts";
import { type Assertion, assertion, assertionOf } from "./assertion.ts";
import { heedUnanswered, requirePin } from "./at-pin.ts";
import { addressOf } from "./call-expectation.ts";
import { proveAccount } from "./prove-account.ts";

export const storageExpectation = z.strictObject({
  contract: contractName,
  slot: hash,
  /** How a person calls the slot, such as `implementation`. */
  label: z.string().min(1).max(64),
  /** One word. */
  expected: template,
});
export type StorageExpectation = z.output<typeof storageExpectation>;

/** Whether the slot holds the word. @throws PIN_LOST, SOURCE_FAILED, STORAGE_UNREADABLE where no node of the network shows storage at all */
export const assertStorage = defineState({
  id: "mfm.evm/assert-storage@1",
  effect: "read",
  needs: { chain: evmRead },
  config: storageExpectation,
  input: z.strictObject({ pin: pinned, addresses: z.record(z.string(), address) }),
  output: assertion,
  async run({ config: { contract, slot, label, expected }, input: { pin: given, addresses }, chain }): Promise<Assertion> {
    const pin = requirePin(given);
    const account = addressOf(addresses, contract);
    const proof = await proveAccount({ chain, pin }, account, [slot]);
    const [proven] = proof?.storage ?? [];
    const found = proven === undefined ? await readByCall({ chain, pin }, account, slot) : wordOf(proven.value);
    const wanted = bindTemplate(expected, addresses);
    return assertionOf({
      kind: found === wanted ? "held" : "failed",
      subject: `${contract}: ${label} in slot ${slot}`,
      expected: wanted,
      found,
      evidence: proven === undefined ? "reported" : "proven",
    });
  },
});

/** PUSH32 slot, SLOAD, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN. */
async function readByCall(
  { chain, pin }: { readonly chain: Client<typeof evmRead.methods>; readonly pin: Pin },
  account: Hex,
  slot: Hex,
): Promise<Hex> {
  const code: Hex = `0x7f${slot.slice(2)}5460005260206000f3`;
  const answer = await chain.call({ network: pin.network, at: pin.block, to: account, data: "0x", code });
  if (answer.kind === "ok" && answer.data.length === 66) return answer.data;
  if (answer.kind === "block_lost" || answer.kind === "source_failed") return heedUnanswered(pin, answer);
  throw new MfmError("STORAGE_UNREADABLE", `${pin.network}: no source proves storage, or lets code stand in for a contract's`, {
    network: pin.network,
  });
}

function wordOf(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

/** The slots in which a proxy keeps what it is. */
export type ProxySlot = "admin" | "beacon" | "implementation";

/** keccak-256 of the name, less 1, so that no other storage can be laid there. */
export function proxySlot(name: ProxySlot): Hex {
  return wordOf(BigInt(keccakText(`eip1967.proxy.${name}`)) - 1n);
}
