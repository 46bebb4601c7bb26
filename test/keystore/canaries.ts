/** Secrets that stand nowhere else, and a search for them in every form in which one could get out. */
import assert from "node:assert/strict";

export interface Canary {
  readonly name: string;
  readonly forms: readonly Buffer[];
}

/** Text as it is, in hex, in base64, and in UTF-16. */
export function textCanary(name: string, text: string): Canary {
  const bytes = Buffer.from(text);
  return { name, forms: [bytes, ...encodings(bytes), Buffer.from(text, "utf16le")] };
}

/** Bytes as they are, in hex, in base64, in decimal, and as JSON's array of numbers. */
export function keyCanary(name: string, hex: string): Canary {
  const bytes = Buffer.from(hex.replace(/^0x/, ""), "hex");
  return { name, forms: [bytes, ...encodings(bytes), ascii(BigInt(`0x${bytes.toString("hex")}`).toString()), ascii([...bytes].join(","))] };
}

function encodings(bytes: Buffer): Buffer[] {
  const hex = bytes.toString("hex");
  // Base64 of what stands somewhere in a longer text depends on where; its middle does not for one of three places.
  const shifted = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  return [hex, hex.toUpperCase(), ...shifted, bytes.toString("base64url").slice(0, -2)].map(ascii);
}

function ascii(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

export function assertNoCanary(content: Buffer | string, where: string, canaries: readonly Canary[]): void {
  const bytes = Buffer.from(content);
  for (const { name, forms } of canaries) for (const form of forms) assert.ok(!bytes.includes(form), `${where} holds the ${name}`);
}
