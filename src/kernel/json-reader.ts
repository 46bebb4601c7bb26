/** A strict JSON reader (RFC 8259 over the value set of DESIGN 4) that says where and why it refuses: for authored files, and to explain refusals. */
import { MfmError } from "./errors.ts";
import { type Json, limits } from "./json.ts";

/**
 * Reads a JSON text with any white space and key order, but no duplicate keys, floats, exponents, -0, lone surrogates or integers beyond 2^53 - 1.
 * @throws JSON_INVALID with line, column, offset (UTF-16 units) and reason
 */
export function readStrictJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const escapes: { readonly [name: string]: string } = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const numberPattern = /-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?/y;
const plainPattern = /[^"\\\u0000-\u001f]+/y;

class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): Json {
    this.space();
    const character = this.text[this.at];
    if (character === "{" || character === "[") {
      if (depth >= limits.depth) this.refuse(`nested deeper than ${limits.depth}`);
      return character === "{" ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (character === '"') return this.string();
    if (character === "-" || (character !== undefined && character >= "0" && character <= "9")) return this.number();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.refuse(character === undefined ? "the text ends where a value is expected" : `a value is expected, not ${JSON.stringify(character)}`);
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) this.refuse("more text after the value");
  }

  private object(depth: number): Json {
    this.at++;
    const entries: [string, Json][] = [];
    const seen = new Set<string>();
    if (this.next("}")) return {};
    do {
      this.space();
      const start = this.at;
      if (this.text[this.at] !== '"') this.refuse("a member name in double quotes is expected");
      const name = this.string();
      if (seen.has(name)) this.refuse(`duplicate member ${JSON.stringify(name)}`, start);
      seen.add(name);
      if (!this.next(":")) this.refuse("a colon is expected");
      entries.push([name, this.value(depth)]);
    } while (this.next(","));
    if (!this.next("}")) this.refuse("a comma or } is expected");
    return Object.fromEntries(entries);
  }

  private array(depth: number): Json {
    this.at++;
    const items: Json[] = [];
    if (this.next("]")) return items;
    do items.push(this.value(depth));
    while (this.next(","));
    if (!this.next("]")) this.refuse("a comma or ] is expected");
    return items;
  }

  private string(): string {
    const start = this.at++;
    let value = "";
    for (;;) {
      plainPattern.lastIndex = this.at;
      const plain = plainPattern.exec(this.text)?.[0] ?? "";
      value += plain;
      this.at += plain.length;
      const character = this.text[this.at];
      if (character === '"') break;
      if (character !== "\\") this.refuse(character === undefined ? "the text ends inside a string" : "a control character inside a string");
      value += this.escape();
    }
    this.at++;
    if (!value.isWellFormed()) this.refuse("a lone surrogate in a string", start);
    return value;
  }

  private escape(): string {
    const name = this.text[this.at + 1] ?? "";
    const simple = Object.hasOwn(escapes, name) ? escapes[name] : undefined;
    if (simple !== undefined) {
      this.at += 2;
      return simple;
    }
    const hex = this.text.slice(this.at + 2, this.at + 6);
    if (name !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) this.refuse("an escape that JSON does not have");
    this.at += 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  private number(): number {
    numberPattern.lastIndex = this.at;
    const written = numberPattern.exec(this.text)?.[0] ?? this.refuse("a digit is expected");
    if (/[.eE]/.test(written)) this.refuse("not an integer: write decimals as strings");
    if (/^-?0[0-9]/.test(written)) this.refuse("a leading zero");
    if (written === "-0") this.refuse("negative zero");
    const value = Number(written);
    if (!Number.isSafeInteger(value)) this.refuse("an integer beyond 2^53 - 1: write it as a string");
    this.at += written.length;
    return value;
  }

  private next(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (this.at < this.text.length && " \t\n\r".includes(this.text.charAt(this.at))) this.at++;
  }

  private refuse(reason: string, offset: number = this.at): never {
    const before = this.text.slice(0, offset).split("\n");
    const line = before.length;
    const column = (before.at(-1) ?? "").length + 1;
    throw new MfmError("JSON_INVALID", `line ${line}, column ${column}: ${reason}`, { line, column, offset, reason });
  }
}
