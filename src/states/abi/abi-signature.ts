/**
 * Signatures as text: `hasRole(bytes32 role, address account) returns (bool)`, `event Transfer(address indexed from, address to, uint256)`,
 * `constructor((address owner, uint96 cap)[] shares) payable`. Tuples are written by their members.
 */
import { MfmError } from "../../kernel/errors.ts";
import type { AbiItem } from "./abi-item.ts";
import { type AbiParameter, arrayType, deepestType, elementaryType } from "./abi-type.ts";

const longestSignature = 4096;
/** What Solidity lets stand behind the parameters, and says nothing about the encoding. */
const modifiers = ["external", "public", "view", "pure", "nonpayable"];

/** @throws ABI_INVALID naming the column where the text is no signature */
export function parseSignature(text: string): AbiItem {
  return new SignatureReader(text).item();
}

class SignatureReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > longestSignature) this.#refuse(`is longer than ${longestSignature} characters`);
  }

  item(): AbiItem {
    const { kind, name } = this.#head();
    const inputs = this.#parameters(0, kind === "event");
    const payable = kind !== "event" && this.#modifiers();
    const outputs = kind === "function" && this.#take("returns") ? this.#parameters(0, false) : [];
    if (this.#at < this.#text.length) this.#refuse("expected the end");
    return { kind, name, inputs, outputs, payable };
  }

  #head(): Pick<AbiItem, "kind" | "name"> {
    const first = this.#word();
    if (first === "constructor") return { kind: "constructor", name: "" };
    if (this.#peek() !== "(" && (first === "function" || first === "event")) return { kind: first, name: this.#named(this.#word()) };
    return { kind: "function", name: this.#named(first) };
  }

  #named(name: string): string {
    return name === "" ? this.#refuse("expected a name") : name;
  }

  #modifiers(): boolean {
    let payable = false;
    for (;;) {
      if (this.#take("payable")) payable = true;
      else if (!modifiers.some((word) => this.#take(word))) return payable;
    }
  }

  #parameters(depth: number, ofEvent: boolean): AbiParameter[] {
    if (!this.#take("(")) this.#refuse("expected (");
    if (depth > deepestType) this.#refuse(`nests deeper than ${deepestType}`);
    const parameters: AbiParameter[] = [];
    if (this.#take(")")) return parameters;
    for (;;) {
      parameters.push(this.#parameter(depth, ofEvent));
      if (this.#take(")")) return parameters;
      if (!this.#take(",")) this.#refuse("expected , or )");
    }
  }

  #parameter(depth: number, ofEvent: boolean): AbiParameter {
    const at = this.#at;
    const bare = this.#peek() === "(" ? ({ kind: "tuple", members: this.#parameters(depth + 1, false) } as const) : this.#elementary();
    const [brackets = ""] = /^(?:\[\d*\]){0,16}/.exec(this.#text.slice(this.#at)) ?? [];
    const type = bare === undefined ? undefined : arrayType(bare, brackets);
    // Solidity has no empty struct, and what takes no room could stand there any number of times.
    if (type === undefined || (bare?.kind === "tuple" && bare.members.length === 0)) {
      this.#at = at;
      return this.#refuse("expected a type, such as uint256, address[] or (address,uint256)");
    }
    this.#at += brackets.length;
    this.#skipSpace();
    const indexed = ofEvent && this.#take("indexed");
    while (this.#take("memory") || this.#take("calldata") || this.#take("storage"));
    return { name: this.#word(), type, indexed };
  }

  #elementary() {
    const [name = ""] = /^[a-z0-9]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += name.length;
    return elementaryType(name);
  }

  /** A whole word or sign, with the space behind it. */
  #take(wanted: string): boolean {
    const next = this.#text.slice(this.#at);
    const isThere = /^\w/.test(wanted) ? (/^[\w$]+/.exec(next)?.[0] ?? "") === wanted : next.startsWith(wanted);
    if (!isThere) return false;
    this.#at += wanted.length;
    this.#skipSpace();
    return true;
  }

  #word(): string {
    const [word = ""] = /^[A-Za-z_$][\w$]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += word.length;
    this.#skipSpace();
    return word;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #skipSpace(): void {
    while (this.#peek() === " ") this.#at++;
  }

  #refuse(reason: string): never {
    const shown = this.#text.length > 120 ? `${this.#text.slice(0, 120)}...` : this.#text;
    throw new MfmError("ABI_INVALID", `signature ${JSON.stringify(shown)}, column ${this.#at + 1}: ${reason}`, {
      signature: shown,
      column: this.#at + 1,
    });
  }
}
