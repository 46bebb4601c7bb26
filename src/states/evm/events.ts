/** What a transaction logged, read by the ABI that a spec names. @see https://docs.soliditylang.org/en/latest/abi-spec.html#events */
import * as z from "zod";
import type { log } from "../../capabilities/evm/read.ts";
import { address } from "../../kernel/codecs.ts";
import type { Json } from "../../kernel/json.ts";
import { type AbiItem, shortSignature } from "../abi/abi-item.ts";
import { type AbiType, isDynamic } from "../abi/abi-type.ts";
import type { Hex } from "./asking.ts";
import { type Fragments, decodeValues, shownArgument, showArguments } from "./fragments.ts";

export const decodedEvent = z.strictObject({
  logIndex: z.int().min(0),
  address,
  /** `Transfer(address,address,uint256)` */
  signature: z.string().max(4096),
  arguments: z.array(shownArgument).max(64),
});
export type DecodedEvent = z.output<typeof decodedEvent>;
type Log = z.output<typeof log>;

/** The events that the ABI names and whose logs are of their form, in order. Others are passed over: they stay in the receipt. */
export function decodeEvents(logs: readonly Log[], { events }: Pick<Fragments, "events">): DecodedEvent[] {
  return logs.flatMap((entry) => {
    const item = events.get(entry.topics[0] ?? "");
    const values = item === undefined ? undefined : decodeEvent(item, entry);
    if (item === undefined || values === undefined) return [];
    return [{ logIndex: entry.logIndex, address: entry.address, signature: shortSignature(item), arguments: showArguments(item, values) }];
  });
}

/** The values of an event's parameters in their order; undefined where the log is none of it. */
export function decodeEvent({ inputs }: AbiItem, { topics, data }: Pick<Log, "topics" | "data">): Json[] | undefined {
  const plain = inputs.filter(({ indexed }) => !indexed);
  const inData = decodeValues(plain, data);
  // The same event is indexed otherwise by some contracts: then it is not this one.
  if (inData === undefined || topics.length !== 1 + inputs.length - plain.length) return undefined;
  const [left, words] = [[...inData], topics.slice(1)];
  const values = inputs.map(({ type, indexed }) => (indexed ? indexedValue(type, words.shift() ?? "0x") : left.shift()));
  return values.some((value) => value === undefined) ? undefined : (values as Json[]);
}

/** A topic is the value itself, or the hash of one that has no fixed size. */
function indexedValue(type: AbiType, topic: Hex): Json | undefined {
  if (isDynamic(type) || type.kind === "array" || type.kind === "tuple") return topic;
  return decodeValues([{ name: "", type, indexed: false }], topic)?.[0];
}
