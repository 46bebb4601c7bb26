/** Asserts which code stands at a contract's address at the pinned block: that of an artifact, or of a hash. */
import * as z from "zod";
import { evmRead } from "../../capabilities/evm/read.ts";
import { address, hash } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import { contractName } from "../abi/template.ts";
import type { Hex } from "../evm/asking.ts";
import { pinned } from "../evm/pinned.ts";
import { type Assertion, assertion, assertionOf } from "./assertion.ts";
import { heedUnanswered, requirePin } from "./at-pin.ts";
import { addressOf } from "./call-expectation.ts";
import { type CodeComparison, type RuntimeCode, compareCode, hashOf, runtimeCode } from "./runtime-code.ts";
import { proveAccount } from "./prove-account.ts";

export const codeExpectation = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("artifact"),
    contract: contractName,
    code: runtimeCode,
    /** Whether code of the same program from other sources will do. */
    metadata: z.enum(["same", "any"]),
  }),
  z.strictObject({ kind: z.literal("hash"), contract: contractName, hash }),
]);
export type CodeExpectation = z.output<typeof codeExpectation>;

/** Whether it does. The code's hash is proven where the network's blocks and nodes allow it. @throws PIN_LOST, SOURCE_FAILED */
export const assertCode = defineState({
  id: "mfm.evm/assert-code@1",
  effect: "read",
  needs: { chain: evmRead },
  config: codeExpectation,
  input: z.strictObject({ pin: pinned, addresses: z.record(z.string(), address) }),
  output: assertion,
  async run({ config, input, chain }) {
    const pin = requirePin(input.pin);
    const account = addressOf(input.addresses, config.contract);
    const answer = await chain.code({ network: pin.network, account, at: pin.block });
    if (answer.kind !== "ok") return heedUnanswered(pin, answer);
    const { code } = answer;
    const proof = await proveAccount({ chain, pin }, account, []);
    const isProven = proof !== undefined && proof.codeHash === hashOf(Buffer.from(code.slice(2), "hex"));
    const judged =
      config.kind === "hash" ? judgeHash(config.hash, code) : judgeCode(config, { code, address: account, addresses: input.addresses });
    return assertionOf({ ...judged, subject: `${config.contract}: code at ${account}`, evidence: isProven ? "proven" : "reported" });
  },
});

type Judged = Pick<Assertion, "expected" | "found" | "kind">;

function judgeHash(expected: Hex, code: Hex): Judged {
  const found = hashOf(Buffer.from(code.slice(2), "hex"));
  return { kind: found === expected ? "held" : "failed", expected, found: code === "0x" ? "no code" : found };
}

function judgeCode(
  { code: expected, metadata }: Extract<CodeExpectation, { kind: "artifact" }>,
  found: Parameters<typeof compareCode>[1],
): Judged {
  const comparison = compareCode(expected, found);
  const isHeld = comparison.kind === "equal" || (comparison.kind === "metadata_differs" && metadata === "any");
  return { kind: isHeld ? "held" : "failed", expected: describeExpected(expected), found: describeFound(comparison) };
}

function describeExpected({ size, masked, immutables }: RuntimeCode): string {
  const but = immutables.length === 0 ? "" : `, ${immutables.length} places of immutables masked`;
  return `${size} bytes of hash ${masked}${but}`;
}

function describeFound(comparison: CodeComparison): string {
  switch (comparison.kind) {
    case "equal":
      return "the same";
    case "metadata_differs":
      return "the same program with other metadata: compiled from other sources, or with other settings";
    case "no_code":
      return "no code";
    case "differs":
      return `other code, of ${comparison.size} bytes`;
    case "other_address":
      return `the same program with the address ${comparison.found} at byte ${comparison.at}, instead of ${comparison.expected}`;
  }
}
