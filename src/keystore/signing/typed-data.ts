/**
 * EIP-712 documents, read so strictly that what is shown is what is signed: no member that is not hashed, no domain member that its type leaves
 * out, no value outside its type. The hash is viem's.
 * @see https://eips.ethereum.org/EIPS/eip-712
 */
import { hashTypedData } from "viem/utils";
import { codecs } from "../../kernel/codecs.ts";
import { type Json, type JsonObject, isJsonObject, pointerTo } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { invalid } from "./intent.ts";
import type { Hex } from "../vault/bytes.ts";

export interface Field {
  readonly name: string;
  readonly type: string;
}

export interface TypedDomain {
  readonly name?: string;
  readonly version?: string;
  readonly chainId?: bigint;
  readonly verifyingContract?: Hex;
  readonly salt?: Hex;
}

/** Integers as bigints, addresses EIP-55, bytes lower-case hex. */
export type TypedValue = string | boolean | bigint | readonly TypedValue[] | { readonly [name: string]: TypedValue };

export interface TypedDocument {
  readonly types: { readonly [name: string]: readonly Field[] };
  readonly primaryType: string;
  readonly domain: TypedDomain;
  readonly message: { readonly [name: string]: TypedValue };
}

/**
 * Reads a document.
 * @throws JSON_INVALID when it is no JSON
 * @throws INTENT_INVALID naming the member that breaks EIP-712, that is not hashed, or that is missing
 */
export function readTypedData(text: string): TypedDocument {
  const document = readStrictJson(text);
  const members = membersOf(document, "", ["types", "domain", "primaryType", "message"]);
  const types = readTypes(members("types"));
  const { primaryType, domain: domainData, message: messageData } = document as JsonObject;
  if (typeof primaryType !== "string" || !Object.hasOwn(types, primaryType) || primaryType === domainType)
    throw invalid("/primaryType", "it names none of the types");
  const reader = new Reader(types);
  const domain = reader.struct(domainType, domainData, "/domain") as TypedDomain;
  const message = reader.struct(primaryType, messageData, "/message");
  return { types, primaryType, domain, message };
}

/** What a signature of the document is over. */
export function typedDataHash({ types, primaryType, domain, message }: TypedDocument): Hex {
  return hashTypedData({ types, primaryType, domain, message });
}

/** The type of a domain with these members, in the EIP's order: what libraries leave out of documents. */
export function domainTypeOf(domain: { readonly [name: string]: unknown }): readonly Field[] {
  return Object.entries(domainFields)
    .filter(([name]) => domain[name] !== undefined)
    .map(([name, type]) => ({ name, type }));
}

const domainType = "EIP712Domain";
const domainFields: { readonly [name: string]: string } = {
  name: "string",
  version: "string",
  chainId: "uint256",
  verifyingContract: "address",
  salt: "bytes32",
};

const identifier = /^(?!__proto__$)[A-Za-z_$][\w$]{0,127}$/;
const elementary =
  /^(?:address|bool|string|bytes(?:[1-9]|[12]\d|3[0-2])?|u?int(?:8|16|24|32|40|48|56|64|72|80|88|96|104|112|120|128|136|144|152|160|168|176|184|192|200|208|216|224|232|240|248|256))$/;

function readTypes(data: Json): TypedDocument["types"] {
  if (!isJsonObject(data)) throw invalid("/types", "expected an object");
  const types: { [name: string]: readonly Field[] } = {};
  for (const [name, fields] of Object.entries(data)) {
    const path = pointerTo("/types", name);
    if (!identifier.test(name) || elementary.test(name)) throw invalid(path, "this cannot name a type");
    if (!Array.isArray(fields)) throw invalid(path, "expected a list of fields");
    types[name] = (fields as readonly Json[]).map((field, index) => readField(field, `${path}/${index}`));
    if (new Set(types[name].map((field) => field.name)).size < types[name].length) throw invalid(path, "two fields have one name");
  }
  for (const [name, fields] of Object.entries(types)) {
    const unknown = fields.find(({ type }) => !isKnown(baseOf(type), types));
    if (unknown !== undefined) throw invalid(pointerTo("/types", name), `there is no type ${JSON.stringify(unknown.type.slice(0, 80))}`);
  }
  checkDomainType(types[domainType]);
  return types;
}

function readField(data: Json, path: string): Field {
  const members = membersOf(data, path, ["name", "type"]);
  const [name, type] = [members("name"), members("type")];
  if (typeof name !== "string" || !identifier.test(name)) throw invalid(path, "this cannot name a field");
  if (typeof type !== "string" || !/^[\w$]+(?:\[(?:[1-9]\d{0,4})?\])*$/.test(type)) throw invalid(path, "this is no type");
  return { name, type };
}

function isKnown(type: string, types: TypedDocument["types"]): boolean {
  return elementary.test(type) || (Object.hasOwn(types, type) && type !== domainType);
}

function baseOf(type: string): string {
  return /^[\w$]+/.exec(type)?.[0] ?? "";
}

/** A domain of other fields would not be what wallets and policies take it for. */
function checkDomainType(fields: readonly Field[] | undefined): void {
  if (fields === undefined || fields.length === 0) throw invalid(`/types/${domainType}`, "it is missing: the domain would not be signed");
  const strange = fields.find(({ name, type }) => domainFields[name] !== type);
  if (strange !== undefined) throw invalid(`/types/${domainType}`, `${strange.type} ${strange.name} is no field of a domain`);
}

/** Exactly these members. */
function membersOf(data: Json, path: string, names: readonly string[]): (name: string) => Json {
  if (!isJsonObject(data)) throw invalid(path === "" ? "/" : path, "expected an object");
  const strange = Object.keys(data).find((name) => !names.includes(name));
  if (strange !== undefined) throw invalid(pointerTo(path, strange), "it is no member of the type, so it would not be signed");
  const missing = names.find((name) => !Object.hasOwn(data, name));
  if (missing !== undefined) throw invalid(pointerTo(path, missing), "it is missing");
  return (name) => data[name] ?? null;
}

class Reader {
  readonly #types: TypedDocument["types"];

  constructor(types: TypedDocument["types"]) {
    this.#types = types;
  }

  struct(type: string, data: Json | undefined, path: string): { readonly [name: string]: TypedValue } {
    const fields = this.#types[type] ?? [];
    const names = fields.map(({ name }) => name);
    const members = membersOf(data ?? null, path, names);
    return Object.fromEntries(
      fields.map((field) => [field.name, this.#value(field.type, members(field.name), pointerTo(path, field.name))]),
    );
  }

  #value(type: string, data: Json, path: string): TypedValue {
    const [, inner, count] = /^(.*)\[(\d*)\]$/.exec(type) ?? [];
    if (inner !== undefined) return this.#array(inner, count === "" ? undefined : Number(count), { data, path });
    return elementary.test(type) ? elementaryValue(type, data, path) : this.struct(type, data, path);
  }

  #array(type: string, count: number | undefined, { data, path }: { readonly data: Json; readonly path: string }): readonly TypedValue[] {
    if (!Array.isArray(data) || (count !== undefined && data.length !== count))
      throw invalid(path, count === undefined ? "expected a list" : `expected a list of ${count}`);
    return (data as readonly Json[]).map((item, index) => this.#value(type, item, `${path}/${index}`));
  }
}

function elementaryValue(type: string, data: Json, path: string): TypedValue {
  const refuse = (): never => {
    throw invalid(path, `expected ${type}`);
  };
  if (type === "string") return typeof data === "string" ? data : refuse();
  if (type === "bool") return typeof data === "boolean" ? data : refuse();
  if (type === "address") return (codecs.address.decode(data) as Hex | undefined) ?? refuse();
  if (type.startsWith("bytes")) {
    const bytes = codecs.bytes.decode(data) as Hex | undefined;
    const length = type === "bytes" ? undefined : Number(type.slice("bytes".length));
    return bytes !== undefined && (length === undefined || bytes.length === 2 + 2 * length) ? bytes : refuse();
  }
  return integerOf(type, data) ?? refuse();
}

/** JSON integers, and strings of decimal or lower-case 0x hex digits. */
function integerOf(type: string, data: Json): bigint | undefined {
  const written = typeof data === "number" ? String(data) : data;
  if (typeof written !== "string" || !/^(?:0|-?[1-9]\d{0,77}|0x[0-9a-f]{1,64})$/.test(written)) return undefined;
  const value = BigInt(written);
  const signed = type.startsWith("int");
  const bits = BigInt(type.slice(signed ? 3 : 4));
  const fits = signed ? BigInt.asIntN(Number(bits), value) === value : BigInt.asUintN(Number(bits), value) === value;
  return fits ? value : undefined;
}
