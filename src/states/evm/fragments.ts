/**
 * Parts of a contract's ABI as a spec holds them: a signature a line, such as `event Transfer(address indexed from, address indexed to, uint256
 * value)` or `error Denied(address who)`. Only what is needed to read what comes back.
 */
import * as z from "zod";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { decodeArguments } from "../abi/abi-decoding.ts";
import { type AbiItem, selectorOf, topicOf } from "../abi/abi-item.ts";
import { parseSignature } from "../abi/abi-signature.ts";
import type { AbiParameter } from "../abi/abi-type.ts";
import type { Hex } from "./asking.ts";

export const fragments = z.array(z.string().min(1).max(4096)).max(500);

export interface Fragments {
  /** By topic. */
  readonly events: ReadonlyMap<string, AbiItem>;
  /** By selector. */
  readonly errors: ReadonlyMap<string, AbiItem>;
  readonly functions: ReadonlyMap<string, AbiItem>;
}

const errorWord = /^error\s+/;

/** @throws ABI_INVALID where a line is no signature */
export function readFragments(lines: readonly string[]): Fragments {
  const [events, errors, functions] = [new Map<string, AbiItem>(), new Map<string, AbiItem>(), new Map<string, AbiItem>()];
  for (const line of lines) {
    const isError = errorWord.test(line);
    const item = parseSignature(line.replace(errorWord, ""));
    // Nothing that comes back is a constructor's.
    if (item.kind === "constructor" || (isError && item.kind === "event"))
      throw new MfmError("ABI_INVALID", `${JSON.stringify(line)} is no function, event or error`, { signature: line });
    if (item.kind === "event") events.set(topicOf(item), item);
    else if (isError) errors.set(selectorOf(item), item);
    else functions.set(selectorOf(item), item);
  }
  return { events, errors, functions };
}

/** An argument as a person reads it. */
export const shownArgument = z.strictObject({ name: z.string().max(256), value: z.string().max(4096) });
export type ShownArgument = z.output<typeof shownArgument>;

const longest = 4000;

/** A decoded value as text: what is long is cut, and says so. */
export function showValue(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}... (${text.length} characters)`;
}

export function showArguments({ inputs }: Pick<AbiItem, "inputs">, values: readonly Json[]): ShownArgument[] {
  return inputs.map(({ name }, index) => ({
    name: (name === "" ? String(index) : name).slice(0, 256),
    value: showValue(values[index] ?? null),
  }));
}

/** The values in the order of the parameters, whatever their names are. Undefined where the bytes are no encoding of their types. */
export function decodeValues(parameters: readonly AbiParameter[], data: Hex): readonly Json[] | undefined {
  // Without names it is always a list.
  const values = decodeArguments(
    parameters.map(({ type, indexed }) => ({ name: "", type, indexed })),
    data,
  );
  return Array.isArray(values) ? (values as readonly Json[]) : undefined;
}
