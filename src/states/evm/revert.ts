/**
 * Why a call reverted: Solidity's own two errors, and those that the contract's ABI names.
 * @see https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require
 */
import { shortSignature } from "../abi/abi-item.ts";
import { parseSignature } from "../abi/abi-signature.ts";
import type { Hex } from "./asking.ts";
import { type Fragments, type ShownArgument, decodeValues, showArguments } from "./fragments.ts";

export type Revert =
  /** It says nothing. */
  | { readonly kind: "silent" }
  /** `require` and `revert` with a text, which is the contract's and may say anything. */
  | { readonly kind: "message"; readonly text: string }
  /** The compiler's own checks. */
  | { readonly kind: "panic"; readonly code: bigint; readonly meaning: string }
  | { readonly kind: "custom"; readonly signature: string; readonly arguments: readonly ShownArgument[] }
  /** An error that no ABI given names. */
  | { readonly kind: "unknown"; readonly selector: Hex; readonly bytes: number };

const panics: ReadonlyMap<bigint, string> = new Map([
  [0x00n, "a panic of no kind"],
  [0x01n, "an assertion failed"],
  [0x11n, "arithmetic overflow"],
  [0x12n, "division by zero"],
  [0x21n, "a value that is none of its enum"],
  [0x22n, "storage that is encoded wrongly"],
  [0x31n, "pop of an empty array"],
  [0x32n, "an index out of bounds"],
  [0x41n, "too much memory"],
  [0x51n, "a call of a function that is not set"],
]);

const errorItem = parseSignature("Error(string reason)");
const panicItem = parseSignature("Panic(uint256 code)");

/** The reason that stands in what a call returned with REVERT. */
export function decodeRevert(data: Hex, { errors }: Pick<Fragments, "errors">): Revert {
  const selector = data.slice(0, 10) as Hex;
  const bytes = (data.length - 2) / 2;
  if (bytes === 0) return { kind: "silent" };
  const rest: Hex = `0x${data.slice(10)}`;
  if (selector === "0x08c379a0") {
    const [text] = decodeValues(errorItem.inputs, rest) ?? [];
    if (typeof text === "string") return { kind: "message", text };
  }
  if (selector === "0x4e487b71") {
    const [code] = decodeValues(panicItem.inputs, rest) ?? [];
    if (typeof code === "string")
      return { kind: "panic", code: BigInt(code), meaning: panics.get(BigInt(code)) ?? "a panic of an unknown kind" };
  }
  const item = errors.get(selector);
  const values = item === undefined ? undefined : decodeValues(item.inputs, rest);
  if (item === undefined || values === undefined) return { kind: "unknown", selector: bytes < 4 ? data : selector, bytes };
  return { kind: "custom", signature: shortSignature(item), arguments: showArguments(item, values) };
}

const longestShown = 300;

/** The reason in words. A contract's own text is quoted, cut, and cannot steer a terminal. */
export function wordsOfRevert(revert: Revert): string {
  switch (revert.kind) {
    case "silent":
      return "without a reason";
    case "message":
      return quote(revert.text);
    case "panic":
      return `panic 0x${revert.code.toString(16).padStart(2, "0")}: ${revert.meaning}`;
    case "custom": {
      const name = revert.signature.slice(0, revert.signature.indexOf("("));
      return `${name}(${revert.arguments.map(({ name: argument, value }) => `${argument} = ${quoteOdd(value)}`).join(", ")})`;
    }
    case "unknown":
      return `an error ${revert.selector} that no ABI given names (${revert.bytes} bytes)`;
  }
}

function quoteOdd(text: string): string {
  return /^[0-9a-zA-Z-]{0,80}$/.test(text) ? text : quote(text);
}

function quote(text: string): string {
  const cut = text.length > longestShown ? `${text.slice(0, longestShown)}...` : text;
  return JSON.stringify(
    cut.toWellFormed().replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (hidden) => `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`),
  );
}
