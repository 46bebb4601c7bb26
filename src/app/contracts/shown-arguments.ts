/** Arguments of a deployment or call as a person reads them: by name, with contracts of the plan by their address or, before it is known, by name. */
import { isJsonObject, type Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import type { AbiParameter } from "../../states/abi/abi-type.ts";
import type { Addresses } from "../../states/abi/template.ts";
import { type ShownArgument, showValue } from "../../states/evm/fragments.ts";

/** @param args JSON, by position or by name, that was checked against the parameters */
export function shownArguments(parameters: readonly AbiParameter[], args: string, addresses: Addresses): ShownArgument[] {
  const given = readStrictJson(args);
  return parameters.map(({ name }, index) => {
    const value = Array.isArray(given) ? (given as readonly Json[])[index] : isJsonObject(given) ? given[name] : undefined;
    return { name: (name === "" ? `${index}` : name).slice(0, 256), value: showValue(inWords(value ?? null, addresses)) };
  });
}

function inWords(value: Json, addresses: Addresses): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => inWords(item, addresses));
  if (!isJsonObject(value)) return value;
  const { $ref: ref, $keccak: text, $call: signature } = value;
  if (typeof ref === "string") return addresses[ref] ?? ref;
  if (typeof text === "string") return `keccak256 of ${text}`;
  if (typeof signature === "string") {
    const args = inWords(value["args"] ?? [], addresses);
    return `${signature.replace(/\(.*$/, "")}(${Array.isArray(args) ? (args as readonly Json[]).map(showValue).join(", ") : showValue(args)})`;
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inWords(member, addresses)]));
}
