/** The folder of files that only this user may touch: its path is walked from the root, and each step must be one that nobody else can turn. */
import { closeSync, constants, fstatSync, fsyncSync, lstatSync, mkdirSync, openSync, readlinkSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, parse, sep } from "node:path";
import { reasonOf } from "../../kernel/errno.ts";
import { MfmError } from "../../kernel/errors.ts";

/** A folder as it was found: without links in its path, and the identity that it must keep. */
export interface SafeFolder {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
}

/** As many as the kernel follows. */
const linksFollowed = 40;

/**
 * Walks to a folder. Links are followed where this user or root made them.
 * @throws FILE_UNSAFE when it is not 0700 and this user's, or somebody else can replace a part of its path
 * @throws FILE_UNREADABLE when it is not there
 */
export function openSafeFolder(path: string): SafeFolder {
  const walked = walk(path, 0);
  const found = statOf(walked);
  const fd = openFolder(walked);
  try {
    const opened = fstatSync(fd);
    if (opened.ino !== found.ino || opened.dev !== found.dev) throw unsafe(walked, "it was replaced while it was opened");
    if (opened.uid !== userId(opened)) throw unsafe(walked, "it belongs to another user");
    if ((opened.mode & 0o077) !== 0) throw unsafe(walked, "others may enter it: its mode must be 0700");
    return { path: walked, device: opened.dev, inode: opened.ino };
  } finally {
    closeSync(fd);
  }
}

/** Makes the folder, and those above it, for this user alone; one that is there is left as it is. @throws FILE_UNSAFE, FILE_UNWRITABLE */
export function makeSafeFolder(path: string): SafeFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new MfmError("FILE_UNWRITABLE", `${path} cannot be made: ${reasonOf(error)}`, { file: path }, error);
  }
  return openSafeFolder(path);
}

/** Right before something in it changes. @throws FILE_UNSAFE when it is another folder by now */
export function assertInPlace({ path, device, inode }: SafeFolder): void {
  const found = statOf(path);
  if (!found.isDirectory() || found.dev !== device || found.ino !== inode) throw unsafe(path, "it was replaced while it was in use");
}

/** A name that was made or renamed in it stays after a power cut. */
export function syncFolder({ path }: SafeFolder): void {
  const fd = openFolder(path);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function openFolder(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    throw new MfmError("FILE_UNREADABLE", `${path} cannot be opened: ${reasonOf(error)}`, { file: path }, error);
  }
}

function walk(path: string, followed: number): string {
  const { root } = parse(path);
  let at = root;
  assertHeld(at, statOf(at));
  for (const name of path
    .slice(root.length)
    .split(sep)
    .filter((part) => part !== "" && part !== ".")) {
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const found = statOf(next);
    if (!found.isSymbolicLink()) {
      assertHeld(next, found);
      at = next;
      continue;
    }
    if (!isTrusted(found)) throw unsafe(next, "it is another user's link");
    if (followed >= linksFollowed) throw unsafe(next, "too many links");
    const target = readlinkSync(next);
    at = walk(isAbsolute(target) ? target : join(at, target), followed + 1);
  }
  return at;
}

/** What lies in a folder that everybody writes is safe only where the sticky bit keeps others from renaming it. */
function assertHeld(path: string, found: Stats): void {
  if (!found.isDirectory()) throw unsafe(path, "it is no folder");
  if (!isTrusted(found)) throw unsafe(path, "it belongs to another user");
  if ((found.mode & 0o002) !== 0 && (found.mode & 0o1000) === 0) throw unsafe(path, "everybody may rename what is in it");
}

/** This user, root, and whom the root folder belongs to, which in a container of this user is not always root. */
function isTrusted(found: Stats): boolean {
  return found.uid === 0 || found.uid === userId(found) || found.uid === statOf(parse(sep).root).uid;
}

function statOf(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw new MfmError("FILE_UNREADABLE", `${path} cannot be looked at: ${reasonOf(error)}`, { file: path }, error);
  }
}

/** Where a system has no user ids, files have no owner to compare. */
export function userId(found: Stats): number {
  return process.getuid?.() ?? found.uid;
}

export function unsafe(path: string, reason: string): MfmError {
  return new MfmError("FILE_UNSAFE", `${path} is not safe: ${reason}`, { file: path, reason });
}
