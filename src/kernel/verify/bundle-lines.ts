/** The lines of a bundle: how each is framed, and how a refusal names line, field and byte. */
import { type Digest, findInvalidUtf8, isDigest } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import { locateByte } from "./locate.ts";
import { wordOf } from "./refusal.ts";

/** What is wrong with a history: bytes changed, lines gone, lines added, lines out of order, the end cut off, or no bundle at all. */
export type Damage = "altered" | "missing" | "added" | "reordered" | "shortened" | "malformed";

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Byte offset of the line in the file. */
  readonly start: number;
}

export const headerPrefix = '{"counts":';
export const eventPrefix = '{"digest":"';
export const eventJoin = '","event":';
export const artifactPrefix = '{"artifact":"';
export const artifactJoin = '","json":';
export const digestLength = 71;
/** Where the event, or the artifact, begins in its line: bytes, as all before it is ASCII. */
export const eventTextAt = eventPrefix.length + digestLength + eventJoin.length;
export const artifactTextAt = artifactPrefix.length + digestLength + artifactJoin.length;

export const isHeaderLine = (line: Line): boolean => line.text.startsWith(headerPrefix);
export const isEventLine = (line: Line): boolean => line.text.startsWith(eventPrefix);
export const isArtifactLine = (line: Line): boolean => line.text.startsWith(artifactPrefix);

/** A place in a line: a field's name, and its byte counted from the start of the line. */
export interface Place {
  readonly field: string;
  readonly byte: number;
}

export function refuse(kind: Damage, line: Line, place: Place, reason: string): MfmError {
  const code = kind === "malformed" ? "BUNDLE_INVALID" : "HISTORY_INVALID";
  const byte = line.start + place.byte;
  return new MfmError(code, `line ${line.number}, ${place.field}, byte ${byte}: ${reason}`, {
    kind,
    line: line.number,
    field: place.field,
    byte,
    reason,
  });
}

/** Where a field of the header stands. */
export function inHeader(line: Line, field: string): Place {
  return { field, byte: locateByte(line.text, field) };
}

/** Where a field of an event stands in its line. */
export function inEvent(line: Line, field: string): Place {
  return { field: `event.${field}`, byte: eventTextAt + locateByte(line.text.slice(eventTextAt, -1), field) };
}

/** @throws BUNDLE_INVALID when a line is not UTF-8; HISTORY_INVALID shortened when the last one does not end */
export function splitLines(content: Uint8Array): Line[] {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const lines: Line[] = [];
  let start = 0;
  while (start < content.length) {
    const end = content.indexOf(10, start);
    const number = lines.length + 1;
    if (end === -1) throw refuseCut(content.subarray(start), number, start);
    const lenient = buffer.toString("utf8", start, end);
    // As many characters as bytes, and none in place of what is not UTF-8: ASCII, which nearly every line is, and which needs no strict decoder.
    const isAscii = lenient.length === end - start && !lenient.includes("\ufffd");
    lines.push({ number, text: isAscii ? lenient : decode(content.subarray(start, end), number, start), start });
    start = end + 1;
  }
  return lines;
}

function refuseCut(bytes: Uint8Array, number: number, start: number): MfmError {
  const line: Line = { number, text: Buffer.from(bytes).toString("utf8"), start };
  const isBundle = line.number > 1 || isHeaderLine(line) || headerPrefix.startsWith(line.text);
  return refuse(
    isBundle ? "shortened" : "malformed",
    line,
    { field: "line", byte: bytes.length },
    "the line does not end: the file is cut off",
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, number: number, start: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw refuse("malformed", { number, text: "", start }, { field: "line", byte: findInvalidUtf8(bytes) }, "not UTF-8");
  }
}

/** For a line that begins like none: where it first differs from what it seems meant to be. */
export function refuseFraming(line: Line): MfmError {
  const expected = line.text.startsWith('{"a') ? artifactPrefix : eventPrefix;
  let byte = 0;
  while (byte < expected.length && line.text[byte] === expected[byte]) byte++;
  return refuse("malformed", line, { field: "line", byte }, "neither an event nor an artifact line");
}

/** The digest and the text that an event line or an artifact line frames. */
export function unframe(line: Line): { readonly digest: Digest; readonly text: string } {
  const [join, textAt, field] = isEventLine(line) ? [eventJoin, eventTextAt, "event"] : [artifactJoin, artifactTextAt, "json"];
  const digestAt = textAt - join.length - digestLength;
  const claimed = line.text.slice(digestAt, digestAt + digestLength);
  if (!isDigest(claimed)) throw refuse("malformed", line, { field: "digest", byte: digestAt }, "not a content address");
  if (line.text.slice(digestAt + digestLength, textAt) !== join)
    throw refuse("malformed", line, { field, byte: digestAt + digestLength }, "the line is not framed as it must be");
  if (!line.text.endsWith("}"))
    throw refuse("malformed", line, { field, byte: Buffer.byteLength(line.text) - 1 }, "the line is not framed as it must be");
  return { digest: claimed, text: line.text.slice(textAt, -1) };
}

/** Reads canonical text that stands in a line, and names the byte where it does not read. */
export function readText<T>(line: Line, textAt: number, field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    const reason = wordOf(error, "reason") ?? error.message;
    if (error.code === "NOT_CANONICAL")
      throw refuse("malformed", line, { field, byte: textAt + Number(error.details["byte"] ?? 0) }, reason);
    const inner = wordOf(error, "field") ?? "";
    const text = line.text.slice(textAt);
    throw refuse("altered", line, { field: inner === "" ? field : `${field}.${inner}`, byte: textAt + locateByte(text, inner) }, reason);
  }
}
