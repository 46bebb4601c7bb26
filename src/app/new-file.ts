/** Files that MFM makes: new, whole and on disk, readable by their owner only. It overwrites nothing. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { errnoOf, reasonOf } from "../kernel/errno.ts";
import { failure } from "./failure.ts";

/**
 * Writes the file whole, or not at all. Returns how many bytes it has.
 * @throws FILE_EXISTS
 * @throws FILE_UNWRITABLE
 */
export function writeNewFile(path: string, lines: Iterable<string>): number {
  const file = create(path);
  let bytes = 0;
  try {
    for (const line of lines) bytes += writeWhole(file, Buffer.from(line));
    fsyncSync(file);
    closeSync(file);
    return bytes;
  } catch (error) {
    rmSync(path, { force: true });
    throw unwritable(path, error);
  }
}

function writeWhole(file: number, content: Buffer): number {
  for (let at = 0; at < content.length;) at += writeSync(file, content, at);
  return content.length;
}

function create(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw failure("FILE_EXISTS", `${path} exists`, { file: path });
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): Error {
  const reason = reasonOf(error);
  return failure("FILE_UNWRITABLE", `${path} cannot be written: ${reason}`, { file: path, reason }, error);
}
