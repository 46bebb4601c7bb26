/** Walks a directory tree in the byte order of whole paths, from any path on, reading only the directories on the way. */
import { readdir } from "node:fs/promises";

/** The name of the system's error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Where a byte string leads below a directory. */
export function locate(base: Buffer, path: string): Buffer {
  return Buffer.concat([base, Buffer.from(`/${path}`, "latin1")]);
}

/**
 * Everything after `after` that is no directory, as byte strings; a directory that cannot be listed stands for what it hides, with a `/` at its end.
 * The root must be one that can be listed.
 */
export async function* walk(base: Buffer, after: string, signal: AbortSignal, folder = ""): AsyncGenerator<string> {
  signal.throwIfAborted();
  const names = await listFolder(base, folder);
  if (names === "gone") return;
  if (names === "closed") {
    if (folder > after) yield folder;
    return;
  }
  for (const name of names) {
    const path = folder + name;
    if (!name.endsWith("/")) {
      if (path > after) yield path;
    } else if (path > after || after.startsWith(path)) yield* walk(base, after, signal, path);
  }
}

/** Names in byte order, directories with the `/` that their entries' paths go on with: `a.txt` comes before what is in `a`. */
async function listFolder(base: Buffer, folder: string): Promise<readonly string[] | "gone" | "closed"> {
  try {
    const found = await readdir(locate(base, folder), { withFileTypes: true, encoding: "buffer" });
    return found.map((item) => item.name.toString("latin1") + (item.isDirectory() ? "/" : "")).toSorted();
  } catch (error) {
    const code = codeOf(error);
    if (folder === "" || code === undefined) throw error;
    return code === "ENOENT" || code === "ENOTDIR" ? "gone" : "closed";
  }
}
