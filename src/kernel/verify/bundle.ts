/**
 * Bundles: a run's history as one file (DESIGN 11), NDJSON of canonical lines: a header, the events by seq, the artifacts by digest.
 * Reading one names line, field and byte of whatever is wrong; `docs/formats/bundle.md` has the layout and what it cannot show.
 */
import * as z from "zod";
import { type Digest, digestOf, parseCanonical, toCanonical } from "../canonical.ts";
import { digest } from "../codecs.ts";
import { MfmError, invariant } from "../errors.ts";
import { type SealedEvent, readEvent } from "../events.ts";
import { lowerSchema } from "../lower.ts";
import { type RunId, isRunId } from "../names.ts";
import type { Registry } from "../registry.ts";
import { ValueCodec } from "../value.ts";
import {
  type Line,
  artifactJoin,
  artifactPrefix,
  artifactTextAt,
  eventJoin,
  eventPrefix,
  eventTextAt,
  inEvent,
  inHeader,
  isArtifactLine,
  isEventLine,
  isHeaderLine,
  readText,
  refuse,
  refuseFraming,
  splitLines,
  unframe,
} from "./bundle-lines.ts";
import { type History, digestsOf, referencesOf } from "./history.ts";
import { wordOf } from "./refusal.ts";
import { type VerifyOptions, type VerifyReport, verifyHistory } from "./verify.ts";

export const bundleFormat = "mfm-bundle/1";

const count = z.int().min(0);
const headerSchema = z.strictObject({
  format: z.literal(bundleFormat),
  runId: z.string().length(68),
  head: z.strictObject({ seq: count, digest }),
  counts: z.strictObject({ events: z.int().min(1), artifacts: count }),
});
type Header = z.output<typeof headerSchema>;

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

/**
 * Reads a bundle. Afterwards the framing, every digest, the order and the completeness hold; what it means is for `verifyHistory`.
 * @throws BUNDLE_INVALID, HISTORY_INVALID with kind, line, field and byte
 */
export function readBundle(content: Uint8Array): History {
  const lines = splitLines(content);
  const [first, ...rest] = lines;
  if (first === undefined) throw refuse("malformed", { number: 1, text: "", start: 0 }, { field: "header", byte: 0 }, "the file is empty");
  const header = readHeader(first, rest);
  const { eventLines, artifactLines, stray } = sectionsOf(rest);
  const events = readEvents(header, eventLines, first);
  const artifacts = readArtifacts(artifactLines);
  if (stray !== undefined) throw refuse("reordered", stray, { field: "line", byte: 0 }, "an event stands behind the artifacts");
  const reached = new Set<Digest>();
  for (const { event } of events) for (const name of digestsOf(event)) reached.add(name);
  for (const name of reached) if (!artifacts.has(name)) throw refuseMissing(header, artifacts, events, lines);
  checkForeign(artifactLines, [...artifacts.keys()], reached);
  if (artifacts.size !== header.counts.artifacts)
    throw refuse("altered", first, inHeader(first, "counts.artifacts"), `artifacts here: ${artifacts.size}, and none is missing`);
  return { runId: header.runId as RunId, events, artifacts };
}

/**
 * Reads and verifies a bundle.
 * @throws BUNDLE_INVALID, HISTORY_INVALID with kind, line, field and byte; HEAD_MISMATCH
 */
export async function verifyBundle(content: Uint8Array, registry: Registry, options: VerifyOptions = {}): Promise<VerifyReport> {
  const history = readBundle(content);
  try {
    return await verifyHistory(history, registry, options);
  } catch (error) {
    const seq = error instanceof MfmError ? error.details["seq"] : undefined;
    const line = typeof seq === "number" ? splitLines(content)[seq + 1] : undefined;
    if (!(error instanceof MfmError) || line === undefined) throw error;
    const place = inEvent(line, wordOf(error, "field") ?? "");
    const byte = line.start + place.byte;
    const message = `line ${line.number}, ${place.field}, byte ${byte}: ${wordOf(error, "reason") ?? error.message}`;
    throw new MfmError(error.code, message, { ...error.details, field: place.field, line: line.number, byte });
  }
}

let headerCodec: ValueCodec | undefined;

function readHeader(line: Line, rest: readonly Line[]): Header {
  if (isEventLine(line) || isArtifactLine(line)) {
    const header = rest.find(isHeaderLine);
    if (header !== undefined) throw refuse("reordered", header, { field: "header", byte: 0 }, "the header belongs on line 1");
    throw refuse("missing", line, { field: "header", byte: 0 }, "the header is missing");
  }
  const data = readText(line, 0, "header", () => parseCanonical(line.text));
  headerCodec ??= new ValueCodec(lowerSchema(headerSchema));
  try {
    const header = headerCodec.decode(data, "header") as Header;
    if (isRunId(header.runId)) return header;
    throw refuse("malformed", line, inHeader(line, "runId"), "not a run id");
  } catch (error) {
    if (!(error instanceof MfmError) || error.code !== "VALUE_INVALID") throw error;
    const issue = (error.details["issues"] as readonly { readonly path: string; readonly expected: string }[])[0];
    const field = (issue?.path ?? "").slice(1).replaceAll("/", ".");
    throw refuse(
      "malformed",
      line,
      { ...inHeader(line, field), field: field === "" ? "header" : field },
      `expected ${issue?.expected ?? "a header"}`,
    );
  }
}

function readEvents(header: Header, lines: readonly Line[], first: Line): SealedEvent[] {
  const events = lines.map((line, index) => readEventLine(header, line, lines[index + 1]));
  checkSequence(header, events, lines, first);
  for (const [index, line] of lines.entries()) {
    const event = events[index]?.event;
    if (event?.prev !== (events[index - 1]?.digest ?? null))
      throw refuse("altered", line, inEvent(line, "prev"), "it is not the digest of the event on the line before");
    if (event.runId !== header.runId)
      throw index === 0
        ? refuse("altered", first, inHeader(first, "runId"), "the events are of another run")
        : refuse("altered", line, inEvent(line, "runId"), "the event is of another run");
  }
  if (events.at(-1)?.digest !== header.head.digest)
    throw refuse("altered", first, inHeader(first, "head.digest"), "the last event has another digest");
  return events;
}

function readEventLine(header: Header, line: Line, next: Line | undefined): SealedEvent {
  const { digest: claimed, text } = unframe(line);
  const sealed = readText(line, eventTextAt, "event", () => readEvent(text));
  if (sealed.digest === claimed) return sealed;
  // The next line's prev, or the header, says whether the event or its digest was changed.
  const named = next === undefined ? header.head.digest === sealed.digest : next.text.includes(`"prev":"${sealed.digest}"`);
  throw named
    ? refuse("altered", line, { field: "digest", byte: eventPrefix.length }, "it is not the digest of the event on this line")
    : refuse("altered", line, { field: "event", byte: eventTextAt }, "the event's bytes have another digest than the line says");
}

/** Told apart: a line gone, a line too many, lines in another order, the end cut off, and a header that miscounts. */
function checkSequence(header: Header, events: readonly SealedEvent[], lines: readonly Line[], first: Line): void {
  const seqs = events.map(({ event }) => event.seq);
  const wrong = seqs.findIndex((seq, index) => seq !== index);
  const line = lines[wrong];
  if (line !== undefined) {
    const seq = seqs[wrong] ?? 0;
    if (seqs.indexOf(seq) !== wrong) throw refuse("added", line, inEvent(line, "seq"), `seq ${seq} stands here a second time`);
    if (seqs.includes(wrong)) throw refuse("reordered", line, inEvent(line, "seq"), `seq ${seq} stands where seq ${wrong} belongs`);
    throw refuse("missing", line, inEvent(line, "seq"), `seq ${wrong} is missing before this line`);
  }
  const { events: expected } = header.counts;
  const isComplete = events.at(-1)?.digest === header.head.digest;
  const place = inHeader(first, "counts.events");
  if (events.length !== expected && isComplete) throw refuse("altered", first, place, `events up to the head: ${events.length}`);
  if (events.length < expected) throw refuse("shortened", first, place, `events by the header: ${expected}, here: ${events.length}`);
  if (events.length > expected)
    throw refuse("added", lines[expected] ?? first, { field: "event", byte: 0 }, `events by the header: ${expected}, and here is one more`);
  if (header.head.seq !== events.length - 1)
    throw refuse("altered", first, inHeader(first, "head.seq"), `the last event's seq is ${events.length - 1}`);
}

function readArtifacts(lines: readonly Line[]): Map<Digest, string> {
  const artifacts = new Map<Digest, string>();
  let before = "";
  for (const line of lines) {
    const { digest: claimed, text } = unframe(line);
    const place = { field: "artifact", byte: artifactPrefix.length };
    if (digestOf(text) !== claimed) {
      readText(line, artifactTextAt, "json", () => parseCanonical(text));
      throw refuse("altered", line, { field: "json", byte: artifactTextAt }, "the artifact's bytes have another digest than the line says");
    }
    if (artifacts.has(claimed)) throw refuse("added", line, place, "the artifact stands here a second time");
    if (claimed < before) throw refuse("reordered", line, place, "artifacts stand in the order of their digests");
    before = claimed;
    artifacts.set(claimed, text);
  }
  return artifacts;
}

interface Sections {
  readonly eventLines: readonly Line[];
  readonly artifactLines: readonly Line[];
  /** The first event that stands behind an artifact. */
  readonly stray: Line | undefined;
}

function sectionsOf(lines: readonly Line[]): Sections {
  const eventLines: Line[] = [];
  const artifactLines: Line[] = [];
  let stray: Line | undefined;
  for (const line of lines) {
    if (isEventLine(line)) {
      eventLines.push(line);
      if (artifactLines.length > 0) stray ??= line;
    } else if (isArtifactLine(line)) artifactLines.push(line);
    else if (isHeaderLine(line)) throw refuse("added", line, { field: "header", byte: 0 }, "a second header");
    else throw refuseFraming(line);
  }
  return { eventLines, artifactLines, stray };
}

/** Artifacts that an event names and that are not here: one taken out, or the end of the file. */
function refuseMissing(
  header: Header,
  artifacts: ReadonlyMap<Digest, string>,
  events: readonly SealedEvent[],
  lines: readonly Line[],
): MfmError {
  const missing = events.flatMap(({ event }) => referencesOf(event).filter((reference) => !artifacts.has(reference.digest)));
  const [one] = missing;
  const line =
    lines[1 + events.findIndex(({ event }) => one !== undefined && referencesOf(event).some(({ digest: name }) => name === one.digest))];
  invariant(one !== undefined && line !== undefined, "an event names what is missing");
  const lastHere = [...artifacts.keys()].at(-1) ?? "";
  const distinct = new Set(missing.map((reference) => reference.digest));
  const isCut = [...distinct].every((name) => name > lastHere) && artifacts.size + distinct.size === header.counts.artifacts;
  const last = lines.at(-1);
  if (isCut && last !== undefined)
    return refuse(
      "shortened",
      last,
      { field: "line", byte: Buffer.byteLength(last.text) },
      `the file is cut off behind this line, artifacts missing: ${distinct.size}`,
    );
  return refuse("missing", line, inEvent(line, one.field), `the artifact ${one.digest} is missing`);
}

/** `names`: of the artifacts, line by line. */
function checkForeign(lines: readonly Line[], names: readonly Digest[], reached: ReadonlySet<Digest>): void {
  const foreign = lines[names.findIndex((name) => !reached.has(name))];
  if (foreign !== undefined)
    throw refuse("added", foreign, { field: "artifact", byte: artifactPrefix.length }, "no event names this artifact");
}
