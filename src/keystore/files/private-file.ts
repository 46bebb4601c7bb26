/** A file that only this user may read, in a folder that only this user may enter: opened without races, read whole, replaced as a whole. */
import { randomBytes } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf, reasonOf } from "../../kernel/errno.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type Reached, unwatched } from "./fault-point.ts";
import { type SafeFolder, assertInPlace, openSafeFolder, syncFolder, unsafe, userId } from "./folder.ts";

/** What makes one version of a file the one that was read: each replacement is another inode. */
export type Identity = string;

export interface ReadFile {
  readonly bytes: Uint8Array;
  readonly identity: Identity;
}

/**
 * The whole file; undefined where there is none.
 * @throws FILE_UNSAFE when it is a link, no regular file, has another owner, name or reader, or its folder is unsafe; too long a file too
 */
export function readPrivateFile(path: string, longest: number): ReadFile | undefined {
  for (let tries = 1; ; tries++) {
    const inode = inodeAt(path);
    try {
      return readOnce(path, longest);
    } catch (error) {
      // Replaced meanwhile, as MFM itself does it: what stands there now is to be read. Changed in place: nobody of ours does that.
      if (tries === triesAtMost || inodeAt(path) === inode) throw error;
    }
  }
}

/** Another process of ours may write again and again, but not as fast as that. */
const triesAtMost = 16;

function inodeAt(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

function readOnce(path: string, longest: number): ReadFile | undefined {
  const fd = openToRead(path);
  if (fd === undefined) return undefined;
  try {
    const { size } = fstatSync(fd);
    if (size > longest) throw unsafe(path, `it has over ${longest} bytes`);
    const before = identityOf(fstatSync(fd, { bigint: true }));
    const bytes = readWhole(fd, size);
    // A version is never written into, only replaced: whoever does is not MFM.
    if (bytes.length !== size || identityOf(fstatSync(fd, { bigint: true })) !== before) throw unsafe(path, "it changed while it was read");
    return { bytes, identity: before };
  } finally {
    closeSync(fd);
  }
}

/** Cheap. Undefined where there is no file. */
export function identify(path: string): Identity | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : identityOf(found);
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Identity {
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}

/** Opens for reading; undefined where there is no file. The caller closes. @throws FILE_UNSAFE, FILE_UNREADABLE */
export function openToRead(path: string): number | undefined {
  if (!existsSync(dirname(path))) return undefined;
  const folder = openSafeFolder(dirname(path));
  const fd = openExisting(join(folder.path, basename(path)), constants.O_RDONLY);
  return fd === undefined ? undefined : assertOpened(fd, path, folder);
}

/** Opens for appending or writing in place; made where it is not there. The caller closes. @throws FILE_UNSAFE, FILE_UNWRITABLE */
export function openPrivateFile(path: string, access: "append" | "write"): number {
  const folder = openSafeFolder(dirname(path));
  const place = join(folder.path, basename(path));
  const flags = access === "append" ? constants.O_RDWR | constants.O_APPEND : constants.O_RDWR;
  return assertOpened(openExisting(place, flags) ?? createExclusively(place, flags), path, folder);
}

function assertOpened(fd: number, path: string, folder: SafeFolder): number {
  try {
    assertPrivate(fd, path);
    assertInPlace(folder);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

export interface Replacement {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What is to be replaced; undefined: the file must not be there. */
  readonly expected: Uint8Array | undefined;
  readonly reached?: Reached;
}

/**
 * The new bytes, or the old ones, whatever happens. The caller holds the file's lock: what temporary files lie there were left by a crash.
 * @throws FILE_CHANGED when the file does not hold what is expected; it is left as it is
 * @throws FILE_UNSAFE, FILE_UNWRITABLE
 */
export function replacePrivateFile({ path, bytes, expected, reached = unwatched }: Replacement): void {
  const folder = openSafeFolder(dirname(path));
  const name = basename(path);
  const place = join(folder.path, name);
  removeLeftovers(folder, name);
  const temporary = join(folder.path, `${temporaryPrefix(name)}${randomBytes(8).toString("hex")}`);
  try {
    writeTemporary(temporary, bytes, reached);
    assertInPlace(folder);
    // Again, right before: the lock keeps MFM away, not a sync service.
    if (!isExpected(readPrivateFile(path, longestRechecked), expected)) throw changed(path);
    renameSync(temporary, place);
    reached("file.published");
    syncFolder(folder);
    reached("folder.synced");
  } catch (error) {
    removePrivateFile(temporary);
    throw unwritable(path, error);
  }
}

/** Written, synced, and read back. */
function writeTemporary(path: string, bytes: Uint8Array, reached: Reached): void {
  const fd = createExclusively(path, constants.O_RDWR);
  try {
    reached("temp.created");
    writeWhole(fd, bytes);
    reached("temp.written");
    fsyncSync(fd);
    reached("temp.synced");
    if (Buffer.compare(readWhole(fd, bytes.length + 1), bytes) !== 0)
      throw new MfmError("FILE_UNWRITABLE", `${path} does not hold what was written to it`, { file: path });
    reached("temp.verified");
  } finally {
    closeSync(fd);
  }
}

const longestRechecked = 2 ** 30;

function isExpected(found: ReadFile | undefined, expected: Uint8Array | undefined): boolean {
  if (found === undefined || expected === undefined) return found === undefined && expected === undefined;
  return Buffer.compare(found.bytes, expected) === 0;
}

function temporaryPrefix(name: string): string {
  return `.${name}.tmp-`;
}

function removeLeftovers({ path }: SafeFolder, name: string): void {
  for (const left of readdirSync(path)) if (left.startsWith(temporaryPrefix(name))) removePrivateFile(join(path, left));
}

function openExisting(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return undefined;
    if (errno === "ELOOP" || errno === "EMLINK") throw unsafe(path, "it is a link");
    if (errno === "EISDIR" || errno === "ENXIO") throw unsafe(path, "it is no regular file");
    throw new MfmError("FILE_UNREADABLE", `${path} cannot be opened: ${reasonOf(error)}`, { file: path }, error);
  }
}

function createExclusively(path: string, flags: number): number {
  try {
    return openSync(path, flags | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function assertPrivate(fd: number, path: string): void {
  const found = fstatSync(fd);
  if (!found.isFile()) throw unsafe(path, "it is no regular file");
  if (found.uid !== userId(found)) throw unsafe(path, "it belongs to another user");
  if ((found.mode & 0o077) !== 0) throw unsafe(path, "others may read or write it: its mode must be 0600");
  if (found.nlink !== 1) throw unsafe(path, "it has another name too (a hard link)");
}

function readWhole(fd: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const read = readSync(fd, bytes, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

export function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** One that is not there is gone already. */
export function removePrivateFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It never was, or it was published.
  }
}

function changed(path: string): MfmError {
  return new MfmError("FILE_CHANGED", `${path} was changed by something else while MFM was about to write it`, { file: path });
}

function unwritable(path: string, error: unknown): MfmError {
  if (error instanceof MfmError) return error;
  return new MfmError("FILE_UNWRITABLE", `${path} cannot be written: ${reasonOf(error)}`, { file: path }, error);
}
