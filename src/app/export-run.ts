/** Writing a run as a bundle: to a new file that only this user can read, or to whoever takes the lines. */
import { resolve } from "node:path";
import type { Head } from "../kernel/events.ts";
import type { RunId } from "../kernel/names.ts";
import { writeBundle } from "../kernel/verify/bundle.ts";
import { type History, readHistory } from "../kernel/verify/history.ts";
import { withRecords } from "./engine.ts";
import { failure } from "./failure.ts";
import { writeNewFile } from "./new-file.ts";
import type { Place } from "./place.ts";
import { resolveRunId } from "./run-ids.ts";

export interface Exported {
  readonly runId: RunId;
  readonly head: Head;
  readonly counts: { readonly events: number; readonly artifacts: number };
}

export interface ExportedFile extends Exported {
  readonly file: string;
  readonly bytes: number;
}

/** @throws RUN_UNKNOWN, HISTORY_INVALID; FILE_EXISTS; FILE_UNWRITABLE */
export async function exportToFile(place: Place, given: string, out: string): Promise<ExportedFile> {
  return withHistory(place, given, async (history) => {
    const file = resolve(place.folder, out);
    return { ...summaryOf(history), file, bytes: writeNewFile(file, writeBundle(history)) };
  });
}

/** @throws RUN_UNKNOWN, HISTORY_INVALID */
export async function exportTo(place: Place, given: string, write: (line: string) => Promise<void>): Promise<Exported> {
  return withHistory(place, given, async (history) => {
    for (const line of writeBundle(history)) await write(line);
    return summaryOf(history);
  });
}

function withHistory<T>(place: Place, given: string, work: (history: History) => Promise<T>): Promise<T> {
  return withRecords(place, async ({ runtime: { store } }) => work(await readHistory(store, await resolveRunId(store, given))));
}

function summaryOf({ runId, events, artifacts }: History): Exported {
  const last = events.at(-1);
  if (last === undefined) throw failure("INTERNAL", "a history without events");
  return { runId, head: { seq: last.event.seq, digest: last.digest }, counts: { events: events.length, artifacts: artifacts.size } };
}
