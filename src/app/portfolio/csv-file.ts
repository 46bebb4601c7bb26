/** The file that a snapshot is written to as CSV. */
import { lstatSync } from "node:fs";
import { resolve } from "node:path";
import { failure } from "../failure.ts";
import { writeNewFile } from "../new-file.ts";
import type { Place } from "../place.ts";
import { snapshotCsv } from "./snapshot-csv.ts";
import type { Snapshot } from "../../states/portfolio/snapshot.ts";

/** The file's absolute path; refused before anything is read where it could not be made afterwards. @throws FILE_EXISTS */
export function locateCsv(place: Place, file: string): string {
  const path = resolve(place.folder, file);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw failure("FILE_EXISTS", `${path} exists`, { file: path });
  return path;
}

/** Returns how many bytes were written. @throws FILE_EXISTS, FILE_UNWRITABLE */
export function writeCsv(path: string, snapshot: Snapshot, withZeros: boolean): number {
  return writeNewFile(path, snapshotCsv(snapshot, withZeros));
}
