/** Appends as the arguments of one call of the schema's `append` (functions.ts): a column of values for each argument. */
import { Buffer } from "node:buffer";
import { invariant } from "../../kernel/errors.ts";
import { hasEnded } from "../../kernel/run.ts";
import type { EffectRow, LaneMove } from "../../kernel/lanes.ts";
import type { Append, AppendResult } from "../../kernel/store.ts";
import { bytesOf, digestFrom } from "../rows.ts";
import type { CallContext } from "./claims.ts";
import type { Ask, Write } from "./database.ts";

/** The answer, and whether a run became one that a worker could claim. */
export interface Appended {
  readonly result: AppendResult;
  readonly wakes: boolean;
}

/** One statement holds at most so many appends, and so many bytes unless a single append has more. */
const appendsAtMost = 128;
const bytesAtMost = 4 * 1024 * 1024;

export function appendWrite({ version, now }: CallContext): Write<Append, Appended> {
  return {
    weigh: (request) => Math.max(1 / appendsAtMost, sizeOf(request) / bytesAtMost),
    execute: async (ask, requests) => {
      const rows = await call(ask, [version, now(), ...columnsOf(requests)]);
      invariant(rows.length === requests.length, "every append is answered");
      return requests.map((request, index) => answerOf(request, rows[index] as AppendedRow));
    },
  };
}

function sizeOf({ events, artifacts }: Append): number {
  const ofEvents = events.reduce((sum, { text }) => sum + text.length, 0);
  return artifacts.reduce((sum, { body }) => sum + body.length, ofEvents);
}

interface AppendedRow {
  readonly kind: AppendResult["kind"];
  readonly head_seq: number | null;
  readonly head_digest: Uint8Array | null;
  readonly event_no: number | null;
  readonly expires_at: number | null;
  readonly wakes: boolean;
  readonly lane: string | null;
}

const parameterCount = 27;
const statement = `select * from append(${Array.from({ length: parameterCount }, (_, index) => `$${index + 1}`).join(", ")})`;

function call(ask: Ask, values: readonly unknown[]): Promise<AppendedRow[]> {
  return ask<AppendedRow>("append", statement, values);
}

/** In the order in which the function declares them. */
function columnsOf(requests: readonly Append[]): readonly (readonly unknown[])[] {
  const events = requests.flatMap((request, index) => request.events.map((sealed) => ({ ofRequest: index + 1, ...sealed })));
  const artifacts = requests.flatMap((request, index) => request.artifacts.map((artifact) => ({ ofRequest: index + 1, ...artifact })));
  return [
    requests.map(({ runId }) => runId),
    requests.map(({ expected }) => expected?.seq ?? null),
    requests.map(({ expected }) => (expected === null ? null : bytesOf(expected.digest))),
    requests.map(({ fence }) => fence),
    requests.map(({ run }) => run.status),
    requests.map(({ run }) => hasEnded(run.status)),
    requests.map(({ run }) => run.head.seq),
    requests.map(({ run }) => bytesOf(run.head.digest)),
    requests.map(({ run }) => JSON.stringify(run)),
    requests.map(({ wakeAt }) => wakeAt),
    requests.map(({ admission }) => admission?.entryPoint ?? null),
    requests.map(({ admission }) => (admission === null ? null : bytesOf(admission.specRef))),
    requests.map(({ admission }) => (admission === null ? null : bytesOf(admission.configDigest))),
    requests.map(({ admission }) => admission?.parent ?? null),
    requests.map(({ admission }) => admission?.lease?.owner ?? null),
    requests.map(({ admission }) => admission?.lease?.milliseconds ?? null),
    events.map(({ ofRequest }) => ofRequest),
    events.map(({ event }) => event.seq),
    events.map(({ digest }) => bytesOf(digest)),
    events.map(({ text }) => text),
    artifacts.map(({ ofRequest }) => ofRequest),
    artifacts.map(({ digest }) => bytesOf(digest)),
    artifacts.map(({ body }) => (typeof body === "string" ? Buffer.from(body) : body)),
    requests.map(({ effects = [] }) => (effects.length === 0 ? null : JSON.stringify(effects.map(effectOf)))),
    requests.map(({ lanes = [] }) => (lanes.length === 0 ? null : JSON.stringify(lanes.map(moveOf)))),
  ];
}

/** As `write_effects` reads it. */
export function effectOf({ effect, is, ...row }: EffectRow): object {
  return { ...row, effect: bytesOf(effect).toString("hex"), state: is };
}

function moveOf({ lane, take, next }: LaneMove): object {
  return { lane, seq: take?.seq ?? null, slots: take?.slots ?? 0, next };
}

function answerOf({ runId, admission }: Append, row: AppendedRow): Appended {
  const { kind, head_seq, head_digest, event_no, expires_at, wakes } = row;
  switch (kind) {
    case "fenced":
      return { result: { kind }, wakes };
    case "laneMoved":
      invariant(row.lane !== null, "what moved has a name");
      return { result: { kind, lane: row.lane }, wakes };
    case "conflict":
      return {
        result: { kind, head: head_seq === null || head_digest === null ? null : { seq: head_seq, digest: digestFrom(head_digest) } },
        wakes,
      };
    case "appended": {
      invariant(event_no !== null, "an append that was written has a place in the order");
      const owner = admission?.lease?.owner;
      const lease = owner === undefined || expires_at === null ? null : { runId, owner, fence: 1, expiresAt: expires_at };
      return { result: { kind, order: event_no, lease }, wakes };
    }
  }
}
