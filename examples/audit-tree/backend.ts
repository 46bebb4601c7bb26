/** Answers from this machine's file system. Content is streamed, links are never followed, and few files are open at once. */
import { createHash } from "node:crypto";
import { constants, type PathLike } from "node:fs";
import { lstat, open, readlink, realpath } from "node:fs/promises";
import { type CallContext, digestOf, implement } from "mfm";
import { type Entry, type Paging, tree } from "./capability.ts";
import { readPath, writePath } from "./paths.ts";
import { codeOf, locate, walk } from "./walk.ts";

const openAtOnce = 16;
const chunkBytes = 65_536;
/** A page's paths as JSON; a value holds at most 1 MiB. */
const pageBytes = 524_288;

/** Failures of this machine, not of a file: they are not an answer, the step is tried again. */
const passing = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EINTR"]);

const atMost = limiter(openAtOnce);

export const localTree = implement(tree, {
  async pages({ root, size }, { signal }): Promise<Paging> {
    try {
      return { kind: "tree", pages: await cut(walk(await baseOf(root), "", signal), size) };
    } catch (error) {
      const code = codeOf(error);
      if (signal.aborted || code === undefined || passing.has(code)) throw error;
      return { kind: "unreadable", code };
    }
  },

  async list({ root, after, limit }, { signal }) {
    const paths: string[] = [];
    for await (const found of walk(await baseOf(root), readPath(after), signal)) {
      if (paths.push(writePath(found)) === limit) break;
    }
    return { paths };
  },

  hash: ({ root, path }, context) => atMost(() => look(root, readPath(path), context)),
});

async function baseOf(root: string): Promise<Buffer> {
  const real = await realpath(root, "buffer");
  return real.length === 1 ? Buffer.alloc(0) : real;
}

async function cut(paths: AsyncIterable<string>, size: number): Promise<{ last: string; count: number }[]> {
  const pages: { last: string; count: number }[] = [];
  let page: { last: string; count: number } | undefined;
  let bytes = 0;
  for await (const path of paths) {
    const last = writePath(path);
    const cost = Buffer.byteLength(JSON.stringify(last));
    if (page === undefined || page.count === size || bytes + cost > pageBytes) {
      page = { last, count: 0 };
      pages.push(page);
      bytes = 0;
    }
    page.last = last;
    page.count++;
    bytes += cost;
  }
  return pages;
}

async function look(root: string, path: string, { signal }: CallContext): Promise<Entry> {
  signal.throwIfAborted();
  // A root that is gone (a disk that was unplugged) is no answer about a file: this throws, and the step is tried again.
  const base = await baseOf(root);
  const full = locate(base, path);
  try {
    if (!(await isReachedByDirectories(base, path))) return { kind: "vanished" };
    const found = await lstat(full);
    if (found.isSymbolicLink()) return { kind: "symlink", target: digestOf(await readlink(full, "buffer")) };
    if (!found.isFile() && !found.isDirectory()) return { kind: "special" };
    return await hashFile(full, signal);
  } catch (error) {
    const code = codeOf(error);
    if (signal.aborted || code === undefined || passing.has(code)) throw error;
    return code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" ? { kind: "vanished" } : { kind: "unreadable", code };
  }
}

/** False where a link took the place of a directory on the way: what is behind it may lie outside of the tree. */
async function isReachedByDirectories(base: Buffer, path: string): Promise<boolean> {
  const parent = path.replace(/\/?[^/]*\/?$/, "");
  const folder = locate(base, parent);
  return parent === "" || (await realpath(folder, "buffer")).equals(folder);
}

async function hashFile(path: PathLike, signal: AbortSignal): Promise<Entry> {
  // A link or a pipe may have taken the file's place since: do not follow the one, do not wait for the other.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const sum = createHash("sha256");
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let size = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return { kind: "file", size, sha256: `sha256:${sum.digest("hex")}` };
      sum.update(chunk.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Runs work as it comes, at most so much at once. */
function limiter(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
