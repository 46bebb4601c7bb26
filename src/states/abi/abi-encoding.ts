/**
 * Encoding arguments that are given as JSON: checked against their types on the way, each refusal with its path. Our own encoder rather than
 * a library's, because it must know where the addresses of contracts stand that are not deployed yet (and costs a start no 100 ms).
 * @see https://docs.soliditylang.org/en/latest/abi-spec.html
 *
 * A value is written as its type asks: integers as decimal strings (or numbers below 2^53), bytes in hex, tuples by name or position. Besides:
 * `{"$ref": NAME}` is the address of a contract of the plan, `{"$keccak": TEXT}` the bytes32 of a role's name, and
 * `{"$call": SIGNATURE, "args": [...]}` a call as bytes, such as a proxy's initialization.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { codecs } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type Json, isJsonObject, pointerTo } from "../../kernel/json.ts";
import type { Hex } from "../evm/asking.ts";
import { type AbiItem, keccakText, selectorOf } from "./abi-item.ts";
import { parseSignature } from "./abi-signature.ts";
import { type AbiParameter, type AbiType, headSize, isDynamic, typeName } from "./abi-type.ts";
import { type Template, bytesIn, joinTemplates, plainTemplate } from "./template.ts";

export interface ArgumentsGiven {
  readonly parameters: readonly AbiParameter[];
  /** A list by position, or an object by name. */
  readonly args: Json;
  /** The contracts that `$ref` may name. */
  readonly contracts: ReadonlySet<string>;
}

/** A type, not an interface: it enters an error's details, which are JSON. */
type Issue = { readonly path: string; readonly expected: string; readonly found: string };

/** The encoded arguments. @throws ABI_ARGUMENTS_INVALID naming every argument that is wrong by its path: not its value, which may be long */
export function encodeArguments({ parameters, args, contracts }: ArgumentsGiven): Template {
  const writer = new ArgumentWriter(contracts);
  return writer.finish(writer.members(parameters, args, ""));
}

/** The bytes of a call. @throws ABI_ARGUMENTS_INVALID as encodeArguments */
export function encodeCall(item: AbiItem, args: Json, contracts: ReadonlySet<string>): Template {
  return joinTemplates(plainTemplate(selectorOf(item)), encodeArguments({ parameters: item.inputs, args, contracts }));
}

interface Piece {
  readonly type: AbiType;
  readonly encoded: Template;
}

const nothing = plainTemplate("0x");

class ArgumentWriter {
  readonly #contracts: ReadonlySet<string>;
  readonly #issues: Issue[] = [];

  constructor(contracts: ReadonlySet<string>) {
    this.#contracts = contracts;
  }

  finish(encoded: Template): Template {
    if (this.#issues.length === 0) return encoded;
    const words = this.#issues.slice(0, 10).map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
    throw new MfmError("ABI_ARGUMENTS_INVALID", words.join("; "), { count: this.#issues.length, issues: this.#issues.slice(0, 100) });
  }

  /** Members of a tuple, or arguments of a call. */
  members(parameters: readonly AbiParameter[], json: Json, path: string): Template {
    const names = parameters.map(({ name }) => name);
    if (Array.isArray(json)) {
      const values = json as readonly Json[];
      if (values.length !== parameters.length) return this.#refuse(path, `${parameters.length} values`, `${values.length}`);
      return this.#sequence(parameters.map(({ type }, index) => ({ type, json: values[index], path: pointerTo(path, index) })));
    }
    if (!isJsonObject(json)) return this.#refuse(path, `a list of ${parameters.length} values, or an object by name`, describe(json));
    if (names.includes("") || new Set(names).size < names.length)
      return this.#refuse(path, `a list of ${parameters.length} values, as not all of them have a name of their own`, describe(json));
    for (const name of Object.keys(json))
      if (!names.includes(name)) this.#refuse(pointerTo(path, name), `one of ${names.join(", ")}`, "another name");
    return this.#sequence(
      parameters.map(({ name, type }) => ({ type, json: Object.hasOwn(json, name) ? json[name] : undefined, path: pointerTo(path, name) })),
    );
  }

  #sequence(items: readonly { readonly type: AbiType; readonly json: Json | undefined; readonly path: string }[]): Template {
    const pieces = items.map(({ type, json, path }) => ({ type, encoded: this.#value(type, json, path) }));
    return this.#issues.length > 0 ? nothing : joinPieces(pieces);
  }

  #value(type: AbiType, json: Json | undefined, path: string): Template {
    if (json === undefined) return this.#refuse(path, typeName(type), "nothing");
    switch (type.kind) {
      case "uint":
      case "int":
        return this.#integer(type, json, path);
      case "address":
        return this.#address(json, path);
      case "bool":
        if (typeof json !== "boolean") return this.#refuse(path, "true or false", describe(json));
        return word(json ? 1n : 0n);
      case "fixedBytes":
        return this.#fixedBytes(type.size, json, path);
      case "bytes":
        return this.#bytes(json, path);
      case "string":
        if (typeof json !== "string" || !json.isWellFormed()) return this.#refuse(path, "a text", describe(json));
        return padded(plainTemplate(`0x${Buffer.from(json).toString("hex")}`));
      case "array":
        return this.#array(type, json, path);
      case "tuple":
        return this.members(type.members, json, path);
    }
  }

  #integer({ kind, bits }: { readonly kind: "int" | "uint"; readonly bits: number }, json: Json, path: string): Template {
    const value = codecs.bigint.decode(json) as bigint | undefined;
    const bound = 2n ** BigInt(kind === "uint" ? bits : bits - 1);
    const least = kind === "uint" ? 0n : -bound;
    if (value === undefined || value < least || value >= bound) {
      const range = kind === "uint" ? `0 to 2^${bits} - 1` : `-2^${bits - 1} to 2^${bits - 1} - 1`;
      return this.#refuse(path, `a decimal integer from ${range}`, value === undefined ? describe(json) : "one out of range");
    }
    return word(BigInt.asUintN(256, value));
  }

  #address(json: Json, path: string): Template {
    if (isJsonObject(json)) {
      const name = json["$ref"];
      if (typeof name !== "string" || Object.keys(json).length !== 1)
        return this.#refuse(path, 'an address, or {"$ref": NAME} of a contract', "an object");
      if (!this.#contracts.has(name))
        return this.#refuse(path, `the name of a contract: ${[...this.#contracts].join(", ")}`, "another name");
      return { data: word(0n).data, holes: [{ at: 12, contract: name }] };
    }
    const address = codecs.address.decode(json) as Hex | undefined;
    if (address === undefined)
      return this.#refuse(path, codecs.address.expected, isAddressLike(json) ? "a wrong checksum" : describe(json));
    return word(BigInt(address));
  }

  #fixedBytes(size: number, json: Json, path: string): Template {
    if (isJsonObject(json) && size === 32 && typeof json["$keccak"] === "string" && Object.keys(json).length === 1)
      return plainTemplate(keccakText(json["$keccak"]));
    const value = codecs.bytes.decode(json) as Hex | undefined;
    if (value === undefined || bytesIn(value) !== size)
      return this.#refuse(path, `${size} bytes in hex`, value === undefined ? describe(json) : `${bytesIn(value)} bytes`);
    return plainTemplate(`0x${value.slice(2).padEnd(64, "0")}`);
  }

  #bytes(json: Json, path: string): Template {
    if (isJsonObject(json) && typeof json["$call"] === "string") return this.#call(json["$call"], json["args"] ?? [], path);
    const value = codecs.bytes.decode(json) as Hex | undefined;
    if (value === undefined) return this.#refuse(path, 'bytes in hex, or {"$call": SIGNATURE, "args": [...]}', describe(json));
    return padded(plainTemplate(value));
  }

  #call(signature: string, args: Json, path: string): Template {
    const item = parseSignature(signature);
    return padded(joinTemplates(plainTemplate(selectorOf(item)), this.members(item.inputs, args, pointerTo(path, "args"))));
  }

  #array({ items, length }: Extract<AbiType, { kind: "array" }>, json: Json, path: string): Template {
    if (!Array.isArray(json)) return this.#refuse(path, "a list", describe(json));
    const values = json as readonly Json[];
    if (length !== undefined && values.length !== length) return this.#refuse(path, `${length} items`, `${values.length}`);
    const content = this.#sequence(values.map((value, index) => ({ type: items, json: value, path: pointerTo(path, index) })));
    return length === undefined ? joinTemplates(word(BigInt(values.length)), content) : content;
  }

  #refuse(path: string, expected: string, found: string): Template {
    this.#issues.push({ path: path === "" ? "the arguments" : path, expected, found });
    return nothing;
  }
}

/** Heads in order, then the tails of the dynamic ones, each at the offset that its head says. */
function joinPieces(pieces: readonly Piece[]): Template {
  let offset = pieces.reduce((size, { type }) => size + headSize(type), 0);
  const heads: Template[] = [];
  const tails: Template[] = [];
  for (const { type, encoded } of pieces) {
    if (isDynamic(type)) {
      heads.push(word(BigInt(offset)));
      tails.push(encoded);
      offset += bytesIn(encoded.data);
    } else heads.push(encoded);
  }
  return joinTemplates(...heads, ...tails);
}

/** What an indexed text or bytes leaves in a topic. */
export function hashBytes(data: Hex): Hex {
  return `0x${Buffer.from(keccak_256(Buffer.from(data.slice(2), "hex"))).toString("hex")}`;
}

/** Its length, then itself, up to a whole number of words. */
function padded(content: Template): Template {
  const size = bytesIn(content.data);
  const rest = (32 - (size % 32)) % 32;
  return joinTemplates(word(BigInt(size)), content, plainTemplate(`0x${"00".repeat(rest)}`));
}

function word(value: bigint): Template {
  return plainTemplate(`0x${value.toString(16).padStart(64, "0")}`);
}

function isAddressLike(json: Json): boolean {
  return typeof json === "string" && /^0x[0-9a-fA-F]{40}$/.test(json);
}

/** What was found, without repeating it. */
function describe(json: Json): string {
  if (json === null) return "null";
  if (Array.isArray(json)) return "a list";
  if (typeof json === "string") return json.length > 40 ? "a text" : JSON.stringify(json);
  return typeof json === "object" ? "an object" : String(json);
}
