/** A consistent copy of the file while others go on writing. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { MfmError } from "../../kernel/errors.ts";
import { storeFailure } from "./failure.ts";
import type { Session } from "./session.ts";

/**
 * Copies the store to a file that does not exist, readable by this user only. The copy gets its name when it is whole and on disk.
 * @throws BACKUP_REFUSED when the destination exists; STORE_FULL, STORE_READ_ONLY, STORE_UNAVAILABLE naming the destination
 */
export function copyInto(session: Session, destination: string): void {
  const partial = `${destination}.${randomBytes(4).toString("hex")}.partial`;
  // An empty file keeps the name until the copy is renamed to it: nobody else's file is overwritten.
  reserve(destination);
  let copied = false;
  try {
    reserve(partial);
    session.run("vacuum into ?", partial);
    sync(partial);
    renameSync(partial, destination);
    copied = true;
    sync(dirname(destination));
  } catch (error) {
    throw storeFailure(error, destination, "no");
  } finally {
    if (!copied) for (const file of [partial, `${partial}-journal`, destination]) rmSync(file, { force: true });
  }
}

function reserve(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw storeFailure(error, path, "no");
    throw new MfmError("BACKUP_REFUSED", `${path} exists`, { destination: path });
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
