/** A call of a contract and what it must return: asserted in a validation, or asked before and after a configuring call. */
import * as z from "zod";
import type { BlockRef } from "../../capabilities/evm/block.ts";
import type { BlockLost, SourceFailed } from "../../capabilities/evm/failure.ts";
import type { evmRead } from "../../capabilities/evm/read.ts";
import type { Client } from "../../kernel/capability.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { decodeArguments } from "../abi/abi-decoding.ts";
import { type AbiItem, shortSignature } from "../abi/abi-item.ts";
import { parseSignature } from "../abi/abi-signature.ts";
import { type Addresses, bindTemplate, contractName, template } from "../abi/template.ts";
import type { Hex } from "../evm/asking.ts";
import { decodeRevert, wordsOfRevert } from "../evm/revert.ts";
import { type Assertion, assertionOf, wordsOf } from "./assertion.ts";

export const callExpectation = z.strictObject({
  contract: contractName,
  /** With what it returns. */
  signature: z.string().min(1).max(4096),
  call: template,
  /** What it must return, encoded. */
  expected: template,
});
export type CallExpectation = z.output<typeof callExpectation>;

export interface CallPlace {
  readonly chain: Client<typeof evmRead.methods>;
  readonly network: `eip155:${string}`;
  readonly at: BlockRef;
  readonly addresses: Addresses;
}

/** Whether it holds at a block. What the contract answers is always a result; what no source answers is left to the caller. */
export async function askExpectation(
  { chain, network, at, addresses }: CallPlace,
  { contract, signature, call, expected }: CallExpectation,
): Promise<Assertion | BlockLost | SourceFailed> {
  const item = parseSignature(signature);
  const wanted = bindTemplate(expected, addresses);
  const answer = await chain.call({ network, at, to: addressOf(addresses, contract), data: bindTemplate(call, addresses) });
  const result = (isHeld: boolean, found: string): Assertion =>
    assertionOf({
      kind: isHeld ? "held" : "failed",
      subject: `${contract}: ${shortSignature(item)}`,
      expected: returnedWords(item, wanted) ?? wanted,
      found,
      evidence: "reported",
    });
  switch (answer.kind) {
    case "ok": {
      if (answer.data === "0x" && item.outputs.length > 0) return result(false, "nothing: no code, or no such function");
      const value = returnedWords(item, answer.data);
      if (value === undefined) return result(false, "what is no value of its types");
      return result(isExpected({ signature, expected }, addresses, answer.data), value);
    }
    case "reverted":
      return result(false, `a revert: ${wordsOfRevert(decodeRevert(answer.data, { errors: new Map() }))}`);
    case "out_of_gas":
      return result(false, "more gas than a call is given");
    case "too_large":
      return result(false, "a larger answer than is read");
    case "no_overrides":
      return result(false, "a call that no source makes");
    case "block_lost":
    case "source_failed":
      return answer;
  }
}

/** Whether this is what a call must return: encodings may differ where values do not. */
export function isExpected(
  { signature, expected }: Pick<CallExpectation, "signature" | "expected">,
  addresses: Addresses,
  returned: Hex,
): boolean {
  const item = parseSignature(signature);
  const value = returnedWords(item, returned);
  return value !== undefined && value === returnedWords(item, bindTemplate(expected, addresses));
}

/** One value by itself, several as a list, without their names. */
function returnedWords({ outputs }: AbiItem, data: Hex): string | undefined {
  const values = decodeArguments(
    outputs.map((output) => ({ ...output, name: "" })),
    data,
  );
  if (!Array.isArray(values)) return undefined;
  const [only] = values as readonly Json[];
  return wordsOf(values.length === 1 && only !== undefined ? only : (values as readonly Json[]));
}

/** @throws INTERNAL where the plan did not wire it */
export function addressOf(addresses: Addresses, contract: string): Hex {
  const address = addresses[contract];
  if (address === undefined) throw new MfmError("INTERNAL", `no address of ${contract}`, { contract });
  return address;
}
