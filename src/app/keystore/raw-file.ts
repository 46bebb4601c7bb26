/** The file of a raw transaction: whole or not there, for this user only, and never through a link. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf, failure, reasonOf } from "../failure.ts";

/** What happens where there is a file already. */
export type Existing = "keep" | "overwrite";

/** To be asked before anything is signed. @throws FILE_EXISTS; FILE_UNSAFE when the place is a link, no regular file, or others can replace it */
export function assertWritable(path: string, existing: Existing): void {
  const folder = dirname(path);
  const found = lstatSync(path, { throwIfNoEntry: false });
  try {
    if (realpathSync(folder) !== folder) throw unsafe(path, "a link leads to its folder");
    const { mode } = statSync(folder);
    if ((mode & 0o002) !== 0 && (mode & 0o1000) === 0) throw unsafe(path, "everybody may replace what is in its folder");
  } catch (error) {
    throw unwritable(path, error);
  }
  if (found === undefined) return;
  if (!found.isFile()) throw unsafe(path, found.isSymbolicLink() ? "it is a link" : "it is no regular file");
  if (existing === "keep") throw failure("FILE_EXISTS", `${path} exists`, { file: path });
}

/** On disk when it returns. @throws as `assertWritable`; FILE_UNWRITABLE */
export function writeRawFile(path: string, text: string, existing: Existing): void {
  assertWritable(path, existing);
  const temporary = join(dirname(path), `.${basename(path)}.tmp-${randomBytes(8).toString("hex")}`);
  try {
    const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    // A link is made where nothing is, or not at all; a rename replaces.
    if (existing === "keep") linkSync(temporary, path);
    else renameSync(temporary, path);
    syncFolderOf(path);
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function syncFolderOf(path: string): void {
  const fd = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function unsafe(path: string, reason: string): Error {
  return failure("FILE_UNSAFE", `${path} is not safe: ${reason}`, { file: path, reason });
}

function unwritable(path: string, error: unknown): Error {
  if (errnoOf(error) === undefined) return error as Error;
  if (errnoOf(error) === "EEXIST") return failure("FILE_EXISTS", `${path} exists`, { file: path });
  const reason = reasonOf(error);
  return failure("FILE_UNWRITABLE", `${path} cannot be written: ${reason}`, { file: path, reason }, error);
}
