/**
 * Events: the only way a run's state changes. Each names the digest of the one before, so a head commits to the whole history.
 * The shapes here are `mfm-event/1`; `docs/formats/history.md` shows them byte by byte.
 */
import type * as z from "zod";
import { type Digest, digestOf, isDigest, parseCanonical, toCanonical } from "./canonical.ts";
import { MfmError } from "./errors.ts";
import { type Head, eventData } from "./event-data.ts";
import { isJsonObject } from "./json.ts";
import { lowerSchema } from "./lower.ts";
import type { RunId } from "./names.ts";
import { ValueCodec } from "./value.ts";

export type { Abandonment, ArtifactKind, Ending, FactUse, Head, Ref, ResolutionDecision } from "./event-data.ts";

export const eventFormat = "mfm-event/1";

export type EventType = keyof typeof eventData;
export type EventData<T extends EventType> = z.output<(typeof eventData)[T]>;

export type EffectEventType = Extract<EventType, `Effect${string}` | `Lane${string}` | "ApprovalRecorded" | "CandidateRequested">;
export type EffectEvent = Extract<EventDraft, { readonly type: EffectEventType }>;

export function isEffectEvent(draft: EventDraft): draft is EffectEvent {
  const { type } = draft;
  return type.startsWith("Effect") || type.startsWith("Lane") || type === "ApprovalRecorded" || type === "CandidateRequested";
}

/** What is decided before the event has its place in the stream. */
export type EventDraft = { readonly [T in EventType]: { readonly type: T; readonly data: EventData<T> } }[EventType];

export type RunEvent = EventDraft & {
  readonly format: typeof eventFormat;
  readonly runId: RunId;
  readonly seq: number;
  /** Digest of the event before; null at 0. */
  readonly prev: Digest | null;
  /** The driver's clock when it was written; never compared with anything. */
  readonly at: string;
};

/** An event with its canonical text and the digest of it. */
export interface SealedEvent {
  readonly event: RunEvent;
  readonly text: string;
  readonly digest: Digest;
}

/** The types that end a run. */
export const endings = [
  "RunSucceeded",
  "RunFailed",
  "RunCancelled",
  "RunCompensated",
  "RunResolved",
] as const satisfies readonly EventType[];

export function isEnding(type: EventType): boolean {
  return (endings as readonly EventType[]).includes(type);
}

const dataCodecs = new Map<string, ValueCodec>();

function dataCodec(type: string): ValueCodec | undefined {
  const known = dataCodecs.get(type);
  if (known !== undefined || !Object.hasOwn(eventData, type)) return known;
  const codec = new ValueCodec(lowerSchema(eventData[type as EventType]));
  dataCodecs.set(type, codec);
  return codec;
}

/**
 * Gives a draft its place after `prev` and seals it.
 * @throws VALUE_INVALID when its data is not what `readEvent` would accept: a history never gets an event that cannot be read again
 */
export function sealEvent(draft: EventDraft, runId: RunId, prev: Head | null, at: string): SealedEvent {
  const { type, data } = draft;
  dataCodec(type)?.check(data, type);
  const place = { runId, seq: prev === null ? 0 : prev.seq + 1, prev: prev?.digest ?? null };
  // Type and data of one draft belong together, which the compiler forgets. The members stand in canonical order.
  const event = { at, data, format: eventFormat, prev: place.prev, runId, seq: place.seq, type } as RunEvent;
  const text = toCanonical(event);
  return { event, text, digest: digestOf(text) };
}

/** What stands around an event's data. `data` and `prev` are looked at by themselves. */
const envelope = new ValueCodec({
  kind: "object",
  fields: {
    format: { kind: "literal", value: eventFormat },
    runId: { kind: "string", min: 68, max: 68 },
    seq: { kind: "integer", min: 0, max: Number.MAX_SAFE_INTEGER },
    type: { kind: "string", min: 1, max: 64 },
    at: { kind: "codec", name: "instant" },
    data: { kind: "json" },
    prev: { kind: "json" },
  },
  optional: ["data", "prev"],
});

/**
 * Reads one event from its stored text and seals it again; its place in the stream is the fold's business.
 * @throws NOT_CANONICAL when the text is not canonical; details name the byte
 * @throws HISTORY_INVALID when it is no event of a known format; details name the field
 */
export function readEvent(text: string): SealedEvent {
  const value = parseCanonical(text);
  if (!isJsonObject(value)) throw notAnEvent("", "not an object");
  check(envelope, value, "");
  const { prev, type, data } = value;
  if (prev !== null && !isDigest(prev)) throw notAnEvent("prev", "expected a content address or null");
  const codec = typeof type === "string" ? dataCodec(type) : undefined;
  if (codec === undefined) throw notAnEvent("type", "not a known event type");
  check(codec, data, "data");
  return { event: value as unknown as RunEvent, text, digest: digestOf(text) };
}

function check(codec: ValueCodec, value: unknown, at: string): void {
  try {
    codec.check(value, "event");
  } catch (error) {
    if (!(error instanceof MfmError) || error.code !== "VALUE_INVALID") throw error;
    const issue = (error.details["issues"] as readonly { readonly path: string; readonly expected: string }[])[0];
    throw notAnEvent(
      `${at}${(issue?.path ?? "").replaceAll("/", ".")}`.replace(/^\./, ""),
      `expected ${issue?.expected ?? "something else"}`,
    );
  }
}

function notAnEvent(field: string, reason: string): MfmError {
  return new MfmError("HISTORY_INVALID", `${field === "" ? "the event" : field}: ${reason}`, { field, reason });
}
