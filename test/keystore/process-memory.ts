/** The memory of another process, as root sees it: whether a secret is there, in any form that a program gives it. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Names of forms, and their bytes. */
export function formsOf(secret: Uint8Array): Map<string, Buffer> {
  const raw = Buffer.from(secret);
  const hex = raw.toString("hex");
  const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
  return new Map([
    ["raw", raw],
    // The digits of a BigInt lie from the lowest to the highest.
    ["BigInt", Buffer.from(raw.toReversed())],
    ["hex", Buffer.from(hex)],
    ["HEX", Buffer.from(hex.toUpperCase())],
    ["hex in UTF-16", utf16(hex)],
    ["base64", Buffer.from(raw.toString("base64").replace(/=+$/, ""))],
    ["base64url", Buffer.from(raw.toString("base64url"))],
    ["decimal", Buffer.from(BigInt(`0x${hex}`).toString())],
    ["decimal in UTF-16", utf16(BigInt(`0x${hex}`).toString())],
  ]);
}

const chunk = 1 << 24;

/** How often each form is found; forms that are not found are left out. */
export function findInMemory(pid: number, forms: ReadonlyMap<string, Buffer>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const longest = Math.max(...[...forms.values()].map((bytes) => bytes.length));
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const room = Buffer.allocUnsafe(chunk + longest);
  try {
    for (const { from, to } of writableRegions(pid)) {
      for (let at = from; at < to; at += chunk) {
        const read = readSome(memory, room, { at, length: Math.min(chunk + longest, to - at) });
        const seen = room.subarray(0, read);
        for (const [name, bytes] of forms) {
          for (let found = seen.indexOf(bytes); found >= 0 && found < chunk; found = seen.indexOf(bytes, found + 1))
            counts.set(name, (counts.get(name) ?? 0) + 1);
        }
      }
    }
    return counts;
  } finally {
    closeSync(memory);
  }
}

/** What cannot be read (a guard page, a device) holds nothing of ours. */
function readSome(memory: number, room: Buffer, { at, length }: { readonly at: number; readonly length: number }): number {
  try {
    return readSync(memory, room, 0, length, at);
  } catch {
    return 0;
  }
}

function writableRegions(pid: number): readonly { readonly from: number; readonly to: number }[] {
  return readFileSync(`/proc/${pid}/maps`, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      return from === undefined || to === undefined ? [] : [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16) }];
    });
}
