/** Failed operations of the system: their codes, and words for them. */

const reasons: { readonly [errno: string]: string } = {
  EACCES: "no permission",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is no folder",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
};

/** Why a file operation failed, in words. */
export function reasonOf(error: unknown): string {
  const errno = errnoOf(error);
  return errno === undefined ? "unknown reason" : (reasons[errno] ?? errno);
}

/** The system's code of a failed file operation, such as ENOENT. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
