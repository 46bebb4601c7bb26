/**
 * Bundles: a run's history as one file (DESIGN 11), NDJSON of canonical lines: a header, the events by seq, the artifacts by digest.
 * Reading one names line, field and byte of whatever is wrong; `docs/formats/bundle.md` has the layout and what it cannot show.
 */
import * as z from "zod";
import { type Digest, digestOf, isDigest, parseCanonical, toCanonical } from "../canonical.ts";
import { digest } from "../codecs.ts";
import { MfmError } from "../errors.ts";
import { type SealedEvent, readEvent } from "../events.ts";
import type { Json } from "../json.ts";
import { lowerSchema } from "../lower.ts";
import { type RunId, isRunId } from "../names.ts";
import { ValueCodec } from "../value.ts";
import { type History, referencesOf } from "./history.ts";
import { locateByte } from "./locate.ts";

export const bundleFormat = "mfm-bundle/1";

const count = z.int().min(0);
const headerSchema = z.strictObject({
  format: z.literal(bundleFormat),
  runId: z.string().length(68),
  head: z.strictObject({ seq: count, digest }),
  counts: z.strictObject({ events: z.int().min(1), artifacts: count }),
});
type Header = z.output<typeof headerSchema>;

const eventPrefix = '{"digest":"';
const eventJoin = '","event":';
const artifactPrefix = '{"artifact":"';
const artifactJoin = '","json":';
const digestLength = 71;
const eventTextAt = eventPrefix.length + digestLength + eventJoin.length;
const artifactTextAt = artifactPrefix.length + digestLength + artifactJoin.length;

/** The bundle of a history, line by line, each ending in a newline. */
export function* writeBundle(history: History): Generator<string> {
  const { runId, events, artifacts } = history;
  const last = events.at(-1);
  if (last === undefined) throw new MfmError("INTERNAL", "a history without events");
  const head = { digest: last.digest, seq: last.event.seq };
  yield `${toCanonical({ counts: { artifacts: artifacts.size, events: events.length }, format: bundleFormat, head, runId })}\n`;
  for (const event of events) yield `${eventPrefix}${event.digest}${eventJoin}${event.text}}\n`;
  for (const name of [...artifacts.keys()].sort()) yield `${artifactPrefix}${name}${artifactJoin}${artifacts.get(name) ?? ""}}\n`;
}

/** What is wrong with a history: bytes changed, lines gone, lines added, lines out of order, the end cut off, or no bundle at all. */
type Kind = "altered" | "missing" | "added" | "reordered" | "shortened" | "malformed";

interface Line {
  readonly number: number;
  readonly text: string;
  /** Byte offset of the line in the file. */
  readonly start: number;
}

function refuse(kind: Kind, line: Line, field: string, byteInLine: number, reason: string): MfmError {
  const code = kind === "malformed" ? "BUNDLE_INVALID" : "HISTORY_INVALID";
  const byte = line.start + byteInLine;
  return new MfmError(code, `line ${line.number}, ${field}, byte ${byte}: ${reason}`, { kind, line: line.number, field, byte, reason });
}

/**
 * Reads a bundle. Afterwards the framing, every digest, the order and the completeness hold; what it means is for `verifyHistory`.
 * @throws BUNDLE_INVALID, HISTORY_INVALID with kind, line, field and byte
 */
export function readBundle(content: Uint8Array): History {
  const lines = splitLines(content);
  const [first, ...rest] = lines;
  if (first === undefined) throw new MfmError("BUNDLE_INVALID", "the file is empty", { kind: "malformed", line: 1, field: "header", byte: 0, reason: "the file is empty" });
  const header = readHeader(first);
  const eventLines = rest.filter((line) => line.text.startsWith(eventPrefix));
  const artifactLines = rest.filter((line) => line.text.startsWith(artifactPrefix));
  for (const line of rest) if (!line.text.startsWith(eventPrefix) && !line.text.startsWith(artifactPrefix)) throw refuseFraming(line);
  const events = readEvents(header, eventLines, first);
  const artifacts = readArtifacts(header, artifactLines, first);
  checkSections(rest);
  checkReferences(events, artifacts, eventLines, artifactLines);
  return { runId: header.runId as RunId, events, artifacts };
}

function splitLines(content: Uint8Array): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < content.length) {
    const end = content.indexOf(10, start);
    const number = lines.length + 1;
    const bytes = content.subarray(start, end === -1 ? content.length : end);
    const line: Line = { number, text: decode(bytes, number, start), start };
    if (end === -1) throw refuse(lines.length === 0 ? "malformed" : "shortened", line, "line", bytes.length, "the line does not end: the file is cut off");
    lines.push(line);
    start = end + 1;
  }
  return lines;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, number: number, start: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const lenient = Buffer.from(bytes).toString("utf8");
    const at = Buffer.byteLength(lenient.slice(0, Math.max(0, lenient.indexOf("\ufffd"))));
    throw refuse("malformed", { number, text: "", start }, "line", at, "not UTF-8");
  }
}

/** Reads canonical text that stands in a line, and names the byte where it does not. */
function readText<T>(line: Line, at: number, field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    if (error.code === "NOT_CANONICAL") throw refuse("malformed", line, field, at + Number(error.details["byte"] ?? 0), String(error.details["reason"] ?? error.message));
    const inner = String(error.details["field"] ?? "");
    const text = Buffer.from(line.text).subarray(at).toString("utf8");
    throw refuse("altered", line, inner === "" ? field : inner, at + locateByte(text, inner), String(error.details["reason"] ?? error.message));
  }
}

let headerCodec: ValueCodec | undefined;

function readHeader(line: Line): Header {
  const data = readText(line, 0, "header", () => parseCanonical(line.text));
  headerCodec ??= new ValueCodec(lowerSchema(headerSchema));
  try {
    const header = headerCodec.decode(data, "header") as Header;
    if (isRunId(header.runId)) return header;
    throw refuse("malformed", line, "runId", locateByte(line.text, "runId"), "not a run id");
  } catch (error) {
    if (!(error instanceof MfmError) || error.code !== "VALUE_INVALID") throw error;
    const issue = (error.details["issues"] as readonly { readonly path: string; readonly expected: string }[])[0];
    const field = (issue?.path ?? "").slice(1).replaceAll("/", ".");
    throw refuse("malformed", line, field === "" ? "header" : field, locateByte(line.text, field), `expected ${issue?.expected ?? "a header"}`);
  }
}

function refuseFraming(line: Line): MfmError {
  const expected = line.text.startsWith('{"a') ? artifactPrefix : eventPrefix;
  let at = 0;
  while (at < expected.length && line.text[at] === expected[at]) at++;
  return refuse("malformed", line, "line", at, "neither an event nor an artifact line");
}

/** The digest and the text that a line frames. */
function unframe(line: Line, join: string, textAt: number, field: string): { readonly digest: Digest; readonly text: string } {
  const digestAt = textAt - join.length - digestLength;
  const claimed = line.text.slice(digestAt, digestAt + digestLength);
  if (!isDigest(claimed)) throw refuse("malformed", line, "digest", digestAt, "not a content address");
  if (line.text.slice(digestAt + digestLength, textAt) !== join) throw refuse("malformed", line, field, digestAt + digestLength, "the line is not framed as it must be");
  if (!line.text.endsWith("}")) throw refuse("malformed", line, field, Buffer.byteLength(line.text), "the line is not framed as it must be");
  return { digest: claimed, text: line.text.slice(textAt, -1) };
}

function readEvents(header: Header, lines: readonly Line[], first: Line): SealedEvent[] {
  const events = lines.map((line, index) => readEventLine(header, lines, line, index));
  checkSequence(header, events, lines, first);
  for (const [index, { event }] of events.entries()) {
    const [line, before] = [lines[index], events[index - 1]];
    if (line === undefined) continue;
    if (event.prev !== (before?.digest ?? null)) throw refuse("altered", line, "event.prev", eventTextAt + locateByte(line.text.slice(eventTextAt, -1), "prev"), "it is not the digest of the event on the line before");
  }
  const last = events.at(-1);
  if (last?.digest !== header.head.digest) throw refuse("altered", first, "head.digest", locateByte(first.text, "head.digest"), "the last event has another digest");
  return events;
}

function readEventLine(header: Header, lines: readonly Line[], line: Line, index: number): SealedEvent {
  const { digest: claimed, text } = unframe(line, eventJoin, eventTextAt, "event");
  const sealed = readText(line, eventTextAt, "event", () => readEvent(text));
  if (sealed.digest !== claimed) {
    // The next line's prev, or the header, says whether the event or its digest was changed.
    const next = lines[index + 1]?.text;
    const named = next === undefined ? header.head.digest === sealed.digest : next.includes(`"prev":"${sealed.digest}"`);
    throw named
      ? refuse("altered", line, "digest", eventPrefix.length, "it is not the digest of the event on this line")
      : refuse("altered", line, "event", eventTextAt, "the event's bytes have another digest than the line says");
  }
  if (sealed.event.runId !== header.runId) throw refuse("altered", line, "event.runId", eventTextAt + locateByte(text, "runId"), "the header names another run");
  return sealed;
}

/** Told apart: a line gone, a line too many, lines in another order, and the end cut off. */
function checkSequence(header: Header, events: readonly SealedEvent[], lines: readonly Line[], first: Line): void {
  const seqs = events.map(({ event }) => event.seq);
  const wrong = seqs.findIndex((seq, index) => seq !== index);
  const line = lines[wrong];
  if (line !== undefined) {
    const seq = seqs[wrong] ?? 0;
    const byte = eventTextAt + locateByte(line.text.slice(eventTextAt, -1), "seq");
    if (seqs.indexOf(seq) !== wrong) throw refuse("added", line, "event.seq", byte, `seq ${seq} stands here a second time`);
    if (seqs.includes(wrong)) throw refuse("reordered", line, "event.seq", byte, `seq ${seq} stands where seq ${wrong} belongs`);
    throw refuse("missing", line, "event.seq", byte, `seq ${wrong} is missing before this line`);
  }
  const { events: expected } = header.counts;
  const byte = locateByte(first.text, "counts.events");
  if (events.length < expected) throw refuse("shortened", first, "counts.events", byte, `the header counts ${expected} events, ${events.length} are here`);
  if (events.length > expected) throw refuse("added", lines[expected] ?? first, "event", 0, `the header counts ${expected} events, here is one more`);
  if (header.head.seq !== events.length - 1) throw refuse("altered", first, "head.seq", locateByte(first.text, "head.seq"), `the last event's seq is ${events.length - 1}`);
}

function readArtifacts(header: Header, lines: readonly Line[], first: Line): Map<Digest, string> {
  const artifacts = new Map<Digest, string>();
  let before = "";
  for (const line of lines) {
    const { digest: claimed, text } = unframe(line, artifactJoin, artifactTextAt, "json");
    if (digestOf(text) !== claimed) {
      readText(line, artifactTextAt, "json", () => parseCanonical(text));
      throw refuse("altered", line, "json", artifactTextAt, "the artifact's bytes have another digest than the line says");
    }
    if (artifacts.has(claimed)) throw refuse("added", line, "artifact", artifactPrefix.length, "the artifact stands here a second time");
    if (claimed < before) throw refuse("reordered", line, "artifact", artifactPrefix.length, "artifacts stand in the order of their digests");
    before = claimed;
    artifacts.set(claimed, text);
  }
  const byte = locateByte(first.text, "counts.artifacts");
  const { artifacts: expected } = header.counts;
  if (artifacts.size < expected) throw refuse("missing", first, "counts.artifacts", byte, `the header counts ${expected} artifacts, ${artifacts.size} are here`);
  if (artifacts.size > expected) throw refuse("added", first, "counts.artifacts", byte, `the header counts ${expected} artifacts, ${artifacts.size} are here`);
  return artifacts;
}

/** Events first, then artifacts. */
function checkSections(lines: readonly Line[]): void {
  let seenArtifact = false;
  for (const line of lines) {
    const isArtifact = line.text.startsWith(artifactPrefix);
    if (seenArtifact && !isArtifact) throw refuse("reordered", line, "line", 0, "an event stands behind the artifacts");
    seenArtifact ||= isArtifact;
  }
}

function checkReferences(events: readonly SealedEvent[], artifacts: ReadonlyMap<Digest, string>, eventLines: readonly Line[], artifactLines: readonly Line[]): void {
  const reached = new Set<Json>();
  for (const [index, { event }] of events.entries()) {
    for (const { field, digest: wanted } of referencesOf(event)) {
      reached.add(wanted);
      const line = eventLines[index];
      if (!artifacts.has(wanted) && line !== undefined) {
        throw refuse("missing", line, `event.${field}`, eventTextAt + locateByte(line.text.slice(eventTextAt, -1), field), `the artifact ${wanted} is missing`);
      }
    }
  }
  for (const line of artifactLines) {
    const name = line.text.slice(artifactPrefix.length, artifactPrefix.length + digestLength);
    if (!reached.has(name)) throw refuse("added", line, "artifact", artifactPrefix.length, "no event names this artifact");
  }
}
