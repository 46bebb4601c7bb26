/** Functions, events and constructors of a contract: their selectors and topics, and their signature as one line of text. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Hex } from "../evm/asking.ts";
import { type AbiParameter, type AbiType, typeNames } from "./abi-type.ts";

export interface AbiItem {
  readonly kind: "constructor" | "event" | "function";
  /** Empty for a constructor. */
  readonly name: string;
  readonly inputs: readonly AbiParameter[];
  /** Of a function. */
  readonly outputs: readonly AbiParameter[];
  /** Whether it takes native value. */
  readonly payable: boolean;
}

/** Without names: `grantRole(bytes32,address)`. What tells overloads apart. */
export function shortSignature({ kind, name, inputs }: AbiItem): string {
  return `${kind === "constructor" ? "constructor" : name}${typeNames(inputs)}`;
}

/** The first 4 bytes of a call. */
export function selectorOf(item: AbiItem): Hex {
  return keccakText(shortSignature(item)).slice(0, 10) as Hex;
}

/** The first topic of an event. */
export function topicOf(item: AbiItem): Hex {
  return keccakText(shortSignature(item));
}

export function keccakText(text: string): Hex {
  return `0x${Buffer.from(keccak_256(Buffer.from(text))).toString("hex")}`;
}

/** With names, as `parseSignature` reads it: `function hasRole(bytes32 role, address account) returns (bool)`. */
export function formatSignature({ kind, name, inputs, outputs, payable }: AbiItem): string {
  const head = kind === "constructor" ? "constructor" : `${kind} ${name}`;
  const returned = outputs.length === 0 ? "" : ` returns ${formatParameters(outputs)}`;
  return `${head}${formatParameters(inputs)}${payable ? " payable" : ""}${returned}`;
}

function formatParameters(parameters: readonly AbiParameter[]): string {
  return `(${parameters.map(({ name, type, indexed }) => `${formatType(type)}${indexed ? " indexed" : ""}${name === "" ? "" : ` ${name}`}`).join(", ")})`;
}

function formatType(type: AbiType): string {
  if (type.kind === "tuple") return formatParameters(type.members);
  if (type.kind === "array") return `${formatType(type.items)}[${type.length ?? ""}]`;
  return typeNames([{ name: "", type, indexed: false }]).slice(1, -1);
}
