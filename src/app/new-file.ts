/** Files that a command makes: new, readable by this user only, whole and on disk or not there. */
import { closeSync, fsyncSync, lstatSync, openSync, rmSync, writeSync } from "node:fs";
import { errnoOf, failure, reasonOf } from "./failure.ts";

/** Writes a file that must not exist, and returns how many bytes it has. @throws FILE_EXISTS; FILE_UNWRITABLE */
export function writeNewFile(path: string, parts: Iterable<string>): number {
  const file = create(path);
  let bytes = 0;
  try {
    for (const part of parts) bytes += writeWhole(file, Buffer.from(part));
    fsyncSync(file);
    closeSync(file);
    return bytes;
  } catch (error) {
    rmSync(path, { force: true });
    throw unwritable(path, error);
  }
}

/** For a command that works long before it writes. @throws FILE_EXISTS */
export function assertAbsent(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw exists(path);
}

function writeWhole(file: number, content: Buffer): number {
  for (let at = 0; at < content.length;) at += writeSync(file, content, at);
  return content.length;
}

function create(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw exists(path);
    throw unwritable(path, error);
  }
}

function exists(path: string): Error {
  return failure("FILE_EXISTS", `${path} exists`, { file: path });
}

function unwritable(path: string, error: unknown): Error {
  const reason = reasonOf(error);
  return failure("FILE_UNWRITABLE", `${path} cannot be written: ${reason}`, { file: path, reason }, error);
}
