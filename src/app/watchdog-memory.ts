/** What the watchdog's two threads share: a heartbeat, the smallest time limit in flight, and the names of the steps in flight. */

/** Int32 words at the start. */
const beatWord = 0;
const limitWord = 1;
const headerBytes = 8;
const slotBytes = 256;
/** Steps in flight that can be named; more run unnamed. */
export const slotCount = 512;
const longest = 2_147_483_647;

export interface WatchdogMemory {
  readonly words: Int32Array;
  readonly names: Uint8Array;
}

export function allocateMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(headerBytes + slotCount * slotBytes);
}

export function openMemory(buffer: SharedArrayBuffer): WatchdogMemory {
  return { words: new Int32Array(buffer, 0, headerBytes / 4), names: new Uint8Array(buffer, headerBytes) };
}

export function beat({ words }: WatchdogMemory): void {
  Atomics.add(words, beatWord, 1);
}

export function readBeat({ words }: WatchdogMemory): number {
  return Atomics.load(words, beatWord);
}

/** In milliseconds; null when nothing is in flight. */
export function writeLimit({ words }: WatchdogMemory, milliseconds: number | null): void {
  Atomics.store(words, limitWord, milliseconds === null ? 0 : Math.min(longest, Math.max(1, milliseconds)));
}

export function readLimit({ words }: WatchdogMemory): number | null {
  const limit = Atomics.load(words, limitWord);
  return limit === 0 ? null : limit;
}

const encoder = new TextEncoder();

/** Names a step in flight; an empty name frees the slot. Cut where it is too long. */
export function writeName({ names }: WatchdogMemory, slot: number, name: string): void {
  const start = slot * slotBytes;
  const { written } = encoder.encodeInto(name, names.subarray(start, start + slotBytes));
  if (written < slotBytes) names[start + written] = 0;
}

/** The names in use. The other thread stands still while this is read: that is why it is read. */
export function readNames({ names }: WatchdogMemory): string[] {
  const found: string[] = [];
  // What is shared cannot be decoded in place.
  const copy = new Uint8Array(names);
  for (let slot = 0; slot < slotCount; slot++) {
    const bytes = copy.subarray(slot * slotBytes, (slot + 1) * slotBytes);
    const end = bytes.indexOf(0);
    if (end !== 0) found.push(Buffer.from(bytes.subarray(0, end < 0 ? slotBytes : end)).toString("utf8"));
  }
  return found;
}
