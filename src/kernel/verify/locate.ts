/** Where a member stands in a canonical JSON text, to name the byte in an error. */

/** Byte offset of the value at a dotted path (`data.facts.0.fact`), or of the deepest member on the way that exists. */
export function locateByte(text: string, path: string): number {
  let at = 0;
  for (const name of path === "" ? [] : path.split(".")) {
    const inner = text[at] === "{" ? findMember(text, at, name) : text[at] === "[" ? findItem(text, at, Number(name)) : undefined;
    if (inner === undefined) break;
    at = inner;
  }
  return Buffer.byteLength(text.slice(0, at));
}

function findMember(text: string, object: number, name: string): number | undefined {
  let at = object + 1;
  while (text[at] === '"') {
    const colon = skipValue(text, at);
    const key = text.slice(at, colon);
    if (key === JSON.stringify(name)) return colon + 1;
    at = skipValue(text, colon + 1) + 1;
  }
  return undefined;
}

function findItem(text: string, array: number, index: number): number | undefined {
  let at = array + 1;
  for (let count = 0; text[at] !== "]" && at < text.length; count++) {
    if (count === index) return at;
    at = skipValue(text, at);
    if (text[at] === ",") at++;
  }
  return undefined;
}

/** The offset behind the value at `at`. The text is well-formed JSON without white space. */
function skipValue(text: string, at: number): number {
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '"') index = skipString(text, index);
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      if (depth === 0) return index;
      depth--;
    } else if (depth === 0 && (character === "," || character === ":")) return index;
    if (depth === 0 && (character === '"' || character === "}" || character === "]")) return index + 1;
  }
  return text.length;
}

function skipString(text: string, quote: number): number {
  let index = quote + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index;
}
