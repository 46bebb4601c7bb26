/** ABI types: what an argument may be. @see https://docs.soliditylang.org/en/latest/abi-spec.html#types */

export type AbiType =
  | { readonly kind: "uint" | "int"; readonly bits: number }
  | { readonly kind: "address" | "bool" | "bytes" | "string" }
  | { readonly kind: "fixedBytes"; readonly size: number }
  | { readonly kind: "array"; readonly items: AbiType; readonly length: number | undefined }
  | { readonly kind: "tuple"; readonly members: readonly AbiParameter[] };

export interface AbiParameter {
  /** Empty where the source names none. */
  readonly name: string;
  readonly type: AbiType;
  /** Of an event: whether it is a topic. */
  readonly indexed: boolean;
}

/** What nests deeper is refused, so that no signature can exhaust the stack. */
export const deepestType = 16;
/** Of a fixed array: more items than this would not fit a transaction. */
const longestArray = 65_536;

/** The canonical name, as a selector is made of it: `(address,uint256)[]`. */
export function typeName(type: AbiType): string {
  switch (type.kind) {
    case "uint":
    case "int":
      return `${type.kind}${type.bits}`;
    case "fixedBytes":
      return `bytes${type.size}`;
    case "array":
      return `${typeName(type.items)}[${type.length ?? ""}]`;
    case "tuple":
      return typeNames(type.members);
    default:
      return type.kind;
  }
}

export function typeNames(parameters: readonly AbiParameter[]): string {
  return `(${parameters.map(({ type }) => typeName(type)).join(",")})`;
}

/** A type without brackets, by its name; undefined for any other text. `uint` and `int` are of 256 bits, as in Solidity. */
export function elementaryType(name: string): AbiType | undefined {
  if (name === "address" || name === "bool" || name === "bytes" || name === "string") return { kind: name };
  const [, kind, digits = ""] = /^(uint|int|bytes)([1-9][0-9]{0,2})?$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const size = digits === "" ? 256 : Number(digits);
  if (kind === "bytes") return size <= 32 ? { kind: "fixedBytes", size } : undefined;
  return size <= 256 && size % 8 === 0 ? { kind: kind as "uint" | "int", bits: size } : undefined;
}

/** The type with the brackets that stand behind it, innermost first; undefined where they are none. */
export function arrayType(items: AbiType, brackets: string): AbiType | undefined {
  let type = items;
  let rest = brackets;
  while (rest !== "") {
    const [bracket, digits = ""] = /^\[([1-9][0-9]{0,5})?\]/.exec(rest) ?? [];
    const length = digits === "" ? undefined : Number(digits);
    if (bracket === undefined || (length !== undefined && length > longestArray)) return undefined;
    type = { kind: "array", items: type, length };
    rest = rest.slice(bracket.length);
  }
  return type;
}

/** Whether its encoding has no fixed length, so that it stands in the tail and its head is an offset. */
export function isDynamic(type: AbiType): boolean {
  switch (type.kind) {
    case "bytes":
    case "string":
      return true;
    case "array":
      return type.length === undefined || isDynamic(type.items);
    case "tuple":
      return type.members.some((member) => isDynamic(member.type));
    default:
      return false;
  }
}

/** Bytes of its head: of the encoding itself, or of the offset of a dynamic one. */
export function headSize(type: AbiType): number {
  if (isDynamic(type)) return 32;
  if (type.kind === "array") return (type.length ?? 0) * headSize(type.items);
  return type.kind === "tuple" ? headSizeOf(type.members) : 32;
}

export function headSizeOf(parameters: readonly AbiParameter[]): number {
  return parameters.reduce((size, { type }) => size + headSize(type), 0);
}
