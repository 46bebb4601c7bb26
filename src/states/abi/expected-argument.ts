/** Events: what is expected of the arguments of one. */
import * as z from "zod";
import type { Json } from "../../kernel/json.ts";
import type { Hex } from "../evm/asking.ts";
import { decodeArguments } from "./abi-decoding.ts";
import { type ArgumentsGiven, encodeArguments, hashBytes } from "./abi-encoding.ts";
import type { AbiItem } from "./abi-item.ts";
import { type AbiParameter, isDynamic } from "./abi-type.ts";
import { type Addresses, bindTemplate, plainTemplate, template } from "./template.ts";

/** An argument by its position in the signature, encoded alone; of an indexed text or bytes, its hash, which is all that a topic holds. */
export const expectedArgument = z.strictObject({ position: z.int().min(0).max(255), value: template });
export type ExpectedArgument = z.output<typeof expectedArgument>;

/**
 * What an argument of an event must be.
 * @throws ABI_ARGUMENTS_INVALID where it does not fit its type, or is of a type whose topic says too little: an indexed list or tuple
 */
export function expectArgument(event: AbiItem, position: number, args: Omit<ArgumentsGiven, "parameters">): ExpectedArgument {
  const parameter = event.inputs[position];
  const encoded = encodeArguments({ ...args, parameters: parameter === undefined ? [] : [parameter] });
  if (parameter === undefined || !parameter.indexed || isWord(parameter)) return { position, value: encoded };
  // An offset, a length, the content: what is hashed is the content.
  const content = encoded.data.slice(2 + 128, 2 + 128 + 2 * Number(BigInt(`0x${encoded.data.slice(66, 130)}`)));
  return { position, value: plainTemplate(hashBytes(`0x${content}`)) };
}

/** Whether its topic is itself. */
function isWord({ type }: AbiParameter): boolean {
  return !isDynamic(type) && type.kind !== "array" && type.kind !== "tuple";
}

/** Whether what a topic holds of it can be said beforehand: of lists and tuples it is a hash of another encoding. */
export function isComparable(parameter: AbiParameter): boolean {
  return !parameter.indexed || isWord(parameter) || parameter.type.kind === "string" || parameter.type.kind === "bytes";
}

/** What an argument must be, as `decodeEvent` would find it. */
export function boundArgument(event: AbiItem, { position, value }: ExpectedArgument, addresses: Addresses): Json {
  const parameter = event.inputs[position];
  const bound = bindTemplate(value, addresses);
  return parameter === undefined || (parameter.indexed && !isWord(parameter)) ? bound : (decodeUnnamed([parameter], bound)?.[0] ?? bound);
}

function decodeUnnamed(parameters: readonly AbiParameter[], data: Hex): readonly Json[] | undefined {
  const unnamed = parameters.map((parameter) => ({ ...parameter, name: "" }));
  return decodeArguments(unnamed, data) as readonly Json[] | undefined;
}
