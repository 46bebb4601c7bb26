/**
 * Decoding what contracts return and emit, to the JSON that `encodeArguments` takes. A stranger wrote it: whatever is not an encoding of
 * exactly these types is no value, and an encoding that unfolds beyond any use is refused before it costs memory.
 */
import { codecs } from "../../kernel/codecs.ts";
import type { Json } from "../../kernel/json.ts";
import type { Hex } from "../evm/asking.ts";
import { type AbiParameter, type AbiType, headSize, headSizeOf, isDynamic } from "./abi-type.ts";
import { bytesIn } from "./template.ts";

/** Offsets may point at the same bytes again and again, so that a small answer stands for a huge value. */
const mostValues = 100_000;

/** By name where every one has a name of its own, else a list. Undefined where the bytes are no encoding of these types. */
export function decodeArguments(parameters: readonly AbiParameter[], data: Hex): Json | undefined {
  if (!/^0x(?:[0-9a-f]{2})*$/.test(data)) return undefined;
  try {
    return new Decoder(data).members(parameters, 0);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

class Decoder {
  readonly #data: Hex;
  readonly #size: number;
  #values = 0;

  constructor(data: Hex) {
    this.#data = data;
    this.#size = bytesIn(data);
  }

  /** `at`: where their heads begin; offsets count from there. */
  members(parameters: readonly AbiParameter[], at: number): Json {
    this.#need(at, headSizeOf(parameters));
    const values = this.#sequence(
      parameters.map(({ type }) => type),
      at,
    );
    const names = parameters.map(({ name }) => name);
    const isNamed = names.length > 0 && !names.includes("") && new Set(names).size === names.length;
    return isNamed ? Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])) : values;
  }

  #sequence(types: readonly AbiType[], start: number): Json[] {
    let at = start;
    return types.map((type) => {
      const head = at;
      at += headSize(type);
      return this.#value(type, isDynamic(type) ? start + this.#length(head) : head);
    });
  }

  #value(type: AbiType, at: number): Json {
    if (++this.#values > mostValues) throw new Malformed();
    switch (type.kind) {
      case "uint":
        return this.#within(this.#word(at), 2n ** BigInt(type.bits)).toString();
      case "int": {
        const value = BigInt.asIntN(256, this.#word(at));
        return BigInt.asIntN(type.bits, value) === value ? value.toString() : malformed();
      }
      case "address":
        return codecs.address.decode(
          `0x${this.#within(this.#word(at), 2n ** 160n)
            .toString(16)
            .padStart(40, "0")}`,
        ) as Hex;
      case "bool":
        return this.#within(this.#word(at), 2n) === 1n;
      case "fixedBytes": {
        const digits = this.#bytes(at, 32);
        return /^0*$/.test(digits.slice(2 * type.size)) ? `0x${digits.slice(0, 2 * type.size)}` : malformed();
      }
      case "bytes":
        return `0x${this.#bytes(at + 32, this.#length(at))}`;
      case "string":
        return textOf(this.#bytes(at + 32, this.#length(at)));
      case "array": {
        const length = type.length ?? this.#length(at);
        const start = type.length === undefined ? at + 32 : at;
        this.#need(start, length * headSize(type.items));
        return this.#sequence(Array<AbiType>(length).fill(type.items), start);
      }
      case "tuple":
        return this.members(type.members, at);
    }
  }

  /** An offset or a length: nothing within the data is larger than the data. */
  #length(at: number): number {
    return Number(this.#within(this.#word(at), BigInt(this.#size) + 1n));
  }

  #within(value: bigint, bound: bigint): bigint {
    return value < bound ? value : malformed();
  }

  #word(at: number): bigint {
    return BigInt(`0x${this.#bytes(at, 32)}`);
  }

  #bytes(at: number, size: number): string {
    this.#need(at, size);
    return this.#data.slice(2 + 2 * at, 2 + 2 * (at + size));
  }

  #need(at: number, size: number): void {
    if (at + size > this.#size) malformed();
  }
}

function malformed(): never {
  throw new Malformed();
}

function textOf(digits: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(digits, "hex"));
  } catch {
    return malformed();
  }
}
