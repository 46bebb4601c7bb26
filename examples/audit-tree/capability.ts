/** What an audit may ask of a directory tree: which files there are, page by page, and what each of them is. */
import { defineCapability, digest } from "mfm";
import * as z from "zod";

/** A directory of the machine that answers. */
export const rootPath = z.string().min(1).max(4096);

/**
 * A path below the root, segments divided by `/`. A backslash is written `\\`; in a path that is not UTF-8, so is every byte over 127, as `\xNN`.
 * Directories are not entries, except one that cannot be listed: it ends in `/`. Order is the order of the bytes on disk.
 */
export const treePath = z.string().min(1).max(16_384);

/** What a path turned out to be. Everything but a regular file has no content that could be hashed, and says so. */
export const entry = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("file"), size: z.int().min(0), sha256: digest }),
  /** Never followed: the digest is of the target as it is written in the link. */
  z.strictObject({ kind: z.literal("symlink"), target: digest }),
  /** A socket, pipe or device. */
  z.strictObject({ kind: z.literal("special") }),
  /** With the name of the system's error, such as EACCES. */
  z.strictObject({ kind: z.literal("unreadable"), code: z.string().min(1).max(32) }),
  /** It was listed, and is no longer there (or no longer reached by directories of the tree alone). */
  z.strictObject({ kind: z.literal("vanished") }),
]);
export type Entry = z.output<typeof entry>;

/** Entries that follow each other; a page begins after the last path of the page before. */
export const page = z.strictObject({ last: treePath, count: z.int().min(1).max(10_000) });
export const pages = z.array(page).max(10_000);

const paging = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("tree"), pages }),
  /** The root is no directory, or cannot be listed. */
  z.strictObject({ kind: z.literal("unreadable"), code: z.string().min(1).max(32) }),
]);
export type Paging = z.output<typeof paging>;

export const tree = defineCapability({
  id: "audit.files/tree@1",
  kind: "read",
  methods: {
    /** Cuts the whole tree into pages of at most `size` entries, and few enough that their paths fit a value. */
    pages: { request: z.strictObject({ root: rootPath, size: z.int().min(1).max(10_000) }), response: paging },
    /** The first `limit` entries after a path; `after` may be empty. */
    list: {
      request: z.strictObject({ root: rootPath, after: z.string().max(16_384), limit: z.int().min(1).max(10_000) }),
      response: z.strictObject({ paths: z.array(treePath).max(10_000) }),
    },
    hash: { request: z.strictObject({ root: rootPath, path: treePath }), response: entry },
  },
});
