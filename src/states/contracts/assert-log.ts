/** Asserts that a transaction emitted an event with certain arguments, in a block that is an ancestor of the pinned one, or it. */
import * as z from "zod";
import { evmRead } from "../../capabilities/evm/read.ts";
import { address, hash } from "../../kernel/codecs.ts";
import type { Json } from "../../kernel/json.ts";
import { defineState } from "../../kernel/state.ts";
import { type AbiItem, shortSignature, topicOf } from "../abi/abi-item.ts";
import { parseSignature } from "../abi/abi-signature.ts";
import { boundArgument, expectedArgument } from "../abi/expected-argument.ts";
import { contractName } from "../abi/template.ts";
import { decodeEvent } from "../evm/events.ts";
import { pinned } from "../evm/pinned.ts";
import { type Assertion, assertion, assertionOf, wordsOf } from "./assertion.ts";
import { heedUnanswered, requirePin } from "./at-pin.ts";
import { addressOf } from "./call-expectation.ts";
import { readIncluded } from "./read-included.ts";
import { outcomes } from "./done.ts";

export const logExpectation = z.strictObject({
  /** Who must have emitted it. */
  contract: contractName,
  signature: z.string().min(1).max(4096),
  /** What is not named may be anything. */
  args: z.array(expectedArgument).max(32),
});
export type LogExpectation = z.output<typeof logExpectation>;

/** Whether it did. @throws PIN_LOST, SOURCE_FAILED as every read at a pin */
export const assertLog = defineState({
  id: "mfm.evm/assert-log@1",
  effect: "read",
  needs: { chain: evmRead },
  config: logExpectation,
  input: z.strictObject({
    pin: pinned,
    addresses: z.record(z.string(), address),
    transaction: z.discriminatedUnion("kind", [
      outcomes.sent,
      outcomes.skipped,
      z.strictObject({ kind: z.literal("named"), transactionHash: hash }),
    ]),
  }),
  output: assertion,
  async run({ config: { contract, signature, args: expected }, input: { pin: given, addresses, transaction }, chain }): Promise<Assertion> {
    const pin = requirePin(given);
    const event = parseSignature(signature);
    const [emitter, topic] = [addressOf(addresses, contract), topicOf(event)];
    const wanted = expected.map((argument) => ({ position: argument.position, value: boundArgument(event, argument, addresses) }));
    const result = (isHeld: boolean, found: string): Assertion =>
      assertionOf({
        kind: isHeld ? "held" : "failed",
        subject: `${contract}: event ${shortSignature(event)}`,
        expected: `emitted with ${argumentWords(event, wanted)}`,
        found,
        evidence: "reported",
      });
    if (transaction.kind === "skipped") return result(false, "no transaction: nothing was to be done, so nothing was sent");
    const answer = await readIncluded({ chain, pin }, transaction.transactionHash);
    if (answer.kind === "block_lost" || answer.kind === "source_failed") return heedUnanswered(pin, answer);
    if (answer.kind === "not_included") return result(false, "no such transaction on the chain of the pinned block");
    const emitted = answer.receipt.logs.flatMap((log) => {
      const args = log.address === emitter && log.topics[0] === topic ? decodeEvent(event, log) : undefined;
      return args === undefined ? [] : [args.map((value, position) => ({ position, value }))];
    });
    const isWanted = (args: readonly Argument[]) => wanted.every(({ position, value }) => isSame(args[position]?.value, value));
    const matching = emitted.filter(isWanted);
    const shown = (matching.length > 0 ? matching : emitted).map((args) => argumentWords(event, args));
    return result(matching.length > 0, shown.length === 0 ? "not emitted" : `emitted with ${shown.join(", and with ")}`);
  },
});

interface Argument {
  readonly position: number;
  readonly value: Json;
}

function isSame(one: Json | undefined, other: Json): boolean {
  return one !== undefined && wordsOf(one) === wordsOf(other);
}

/** `{"to":"0x..","value":"1"}`; arguments without a name by their position. */
function argumentWords({ inputs }: AbiItem, args: readonly Argument[]): string {
  if (args.length === 0) return "any arguments";
  const nameOf = (position: number): string => {
    const name = inputs[position]?.name ?? "";
    return name === "" ? `${position}` : name;
  };
  return wordsOf(Object.fromEntries(args.map(({ position, value }) => [nameOf(position), value])));
}
