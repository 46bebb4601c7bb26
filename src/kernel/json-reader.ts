/**
 * Reading JSON texts strictly: a reader over the value set of DESIGN 4 that says where and why it refuses (for authored files, and to explain
 * refusals), and the test of what the canonical form asks of a text beyond that.
 * @see https://www.rfc-editor.org/rfc/rfc8259
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
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

export interface Irregularity {
  /** In UTF-16 units. */
  readonly offset: number;
  readonly reason: string;
}

/**
 * The first place where a JSON text has another form than the canonical one, or where nesting or a number is outside the value set. Undefined
 * says nothing about the grammar: that is left to JSON.parse. One pass, nothing allocated per token: every event and artifact goes through here.
 */
export function findIrregularity(text: string): Irregularity | undefined {
  if (!text.isWellFormed()) return { offset: 0, reason: "a lone surrogate" };
  const escaped = text.includes("\\");
  const names = new NameOrder(text, escaped);
  let depth = 0;
  let at = 0;
  // Hops from string to string. `indexOf` stands where every turn needs it: inside a branch the compiler may run it for every character.
  for (;;) {
    const open = text.indexOf('"', at);
    for (const stop = open < 0 ? text.length : open; at < stop; at++) {
      const code = text.charCodeAt(at);
      if (code === comma || code === colon) continue;
      if (code === openObject || code === openArray) {
        if (++depth > limits.depth) return { offset: at, reason: tooDeep };
        names.open(depth);
      } else if (code === closeObject || code === closeArray) depth--;
      else if (code === minus || (code >= zero && code <= nine)) {
        const end = endOfInteger(text, at);
        if (end < 0) return { offset: at, reason: "a number outside the value set" };
        at = end - 1;
      } else if (code === letterT || code === letterN) at += "true".length - 1;
      else if (code === letterF) at += "false".length - 1;
      else return { offset: at, reason: "white space" };
    }
    if (open < 0) return undefined;
    const end = escaped ? endOfEscaped(text, open + 1) : text.indexOf('"', open + 1);
    if (end < 0) return { offset: ~end, reason: "an escape that the canonical form writes otherwise" };
    if (text.charCodeAt(end + 1) === colon && !names.accepts(depth, open + 1, end))
      return { offset: open, reason: "a member out of order" };
    at = end + 1;
  }
}

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openArray = 0x5b;
const backslash = 0x5c;
const closeArray = 0x5d;
const letterF = 0x66;
const letterN = 0x6e;
const letterT = 0x74;
const openObject = 0x7b;
const closeObject = 0x7d;

const tooDeep = `nested deeper than ${limits.depth}`;
const canonicalEscape = /\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))/y;

/** Where the string ends whose content starts at `at`; ~position of an escape that RFC 8785 writes otherwise, or of the end of the text. */
function endOfEscaped(text: string, at: number): number {
  for (let end = at; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === quote) return end;
    if (code !== backslash) continue;
    canonicalEscape.lastIndex = end;
    if (!canonicalEscape.test(text)) return ~end;
    end = canonicalEscape.lastIndex - 1;
  }
  return ~text.length;
}

/** Where the integer ends that starts at `start`; -1 when it is -0 or not safe. Fractions, exponents and leading zeros are seen by what follows. */
function endOfInteger(text: string, start: number): number {
  let end = start + 1;
  for (let code = text.charCodeAt(end); code >= zero && code <= nine; code = text.charCodeAt(end)) end++;
  if (text.charCodeAt(start) === minus && text.charCodeAt(start + 1) === zero) return -1;
  const digitsThatAreSafe = 15;
  if (end - start <= digitsThatAreSafe) return end;
  return end - start <= digitsThatAreSafe + 2 && Number.isSafeInteger(Number(text.slice(start, end))) ? end : -1;
}

/** The member names of a text, in the order it has them: each must come after the last one of its object. */
class NameOrder {
  private readonly text: string;
  private readonly escaped: boolean;
  /** Start and end of the last name, by depth; start -1 where the object has none yet. */
  private readonly last: number[] = [];

  constructor(text: string, escaped: boolean) {
    this.text = text;
    this.escaped = escaped;
  }

  /** An object or array opens at this depth. */
  open(depth: number): void {
    this.last[2 * depth] = -1;
  }

  /** Whether the name between `start` and `end` is the next one, by UTF-16 code units as RFC 8785 asks. */
  accepts(depth: number, start: number, end: number): boolean {
    const lastStart = this.last[2 * depth] ?? -1;
    const lastEnd = this.last[2 * depth + 1] ?? -1;
    this.last[2 * depth] = start;
    this.last[2 * depth + 1] = end;
    if (lastStart < 0) return true;
    if (this.escaped) return this.name(lastStart, lastEnd) < this.name(start, end);
    for (let index = 0; index < end - start; index++) {
      if (lastStart + index === lastEnd) return true;
      const difference = this.text.charCodeAt(start + index) - this.text.charCodeAt(lastStart + index);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  /** Every escape here is a canonical one: others have been refused. */
  private name(start: number, end: number): string {
    return this.text.slice(start, end).replaceAll(/\\(?:u....|.)/g, (escape) => JSON.parse(`"${escape}"`) as string);
  }
}

const escapes: { readonly [name: string]: string } = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const numberPattern = /-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?/y;
const plainPattern = /[^"\\\u0000-\u001f]+/y;
const spacePattern = /[ \t\n\r]*/y;

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
      if (depth >= limits.depth) this.refuse(tooDeep);
      return character === "{" ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (character === '"') return this.string();
    if (character === "-" || (character !== undefined && character >= "0" && character <= "9")) return this.number();
    return this.word();
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) this.refuse("more text after the value");
  }

  private word(): Json {
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const code = this.text.codePointAt(this.at);
    if (code === undefined) return this.refuse("the text ends where a value is expected");
    if (code === 0xfeff) return this.refuse("a byte order mark");
    // What stands there may be a secret: the wrong file, say.
    return this.refuse("a value is expected, and what stands there begins none");
  }

  private object(depth: number): Json {
    this.at++;
    const members = new Map<string, Json>();
    if (this.next("}")) return {};
    do {
      this.space();
      const start = this.at;
      if (this.text[this.at] !== '"') this.refuse("a member name in double quotes is expected");
      const name = this.string();
      if (members.has(name)) this.refuse(`duplicate member ${JSON.stringify(name.slice(0, 80).toWellFormed())}`, start);
      if (!this.next(":")) this.refuse("a colon is expected");
      members.set(name, this.value(depth));
    } while (this.next(","));
    if (!this.next("}")) this.refuse("a comma or } is expected");
    // Unlike assignment, this makes `__proto__` a member like any other.
    return Object.fromEntries(members);
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
      if (character !== "\\")
        this.refuse(character === undefined ? "the text ends inside a string" : "a control character inside a string");
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
    const code = this.text.charCodeAt(this.at);
    if (code > 0x20 || this.at >= this.text.length) return;
    spacePattern.lastIndex = this.at;
    this.at += spacePattern.exec(this.text)?.[0].length ?? 0;
  }

  private refuse(reason: string, offset: number = this.at): never {
    let line = 1;
    let lineStart = 0;
    for (let end = this.text.indexOf("\n"); end >= 0 && end < offset; end = this.text.indexOf("\n", lineStart)) {
      line++;
      lineStart = end + 1;
    }
    const column = offset - lineStart + 1;
    throw new MfmError("JSON_INVALID", `line ${line}, column ${column}: ${reason}`, { line, column, offset, reason });
  }
}
