/** What is counted from the files up: added per slice, page and tree. */
import * as z from "zod";
import { type Entry, entry, treePath } from "./capability.ts";

/** So many problems are named, the rest is counted: a value holds at most 1 MiB. */
const problemsNamed = 32;

const count = z.int().min(0);

export const tally = z.strictObject({
  /** Everything that has a leaf in the Merkle tree. */
  entries: count,
  /** Regular files, and their bytes. */
  files: count,
  bytes: count,
  /** Entries whose content is unknown: the first of them. */
  problemCount: count,
  problems: z.array(z.strictObject({ path: treePath, entry })).max(problemsNamed),
});
export type Tally = z.output<typeof tally>;

export function tallyEntry(path: string, found: Entry): Tally {
  const nothing = { entries: 1, files: 0, bytes: 0, problemCount: 0, problems: [] };
  switch (found.kind) {
    case "file":
      return { ...nothing, files: 1, bytes: found.size };
    case "symlink":
      return nothing;
    case "special":
    case "unreadable":
    case "vanished":
      return { ...nothing, problemCount: 1, problems: [{ path, entry: found }] };
  }
}

export function addTallies(tallies: readonly Tally[]): Tally {
  const total = (name: "entries" | "files" | "bytes" | "problemCount"): number => tallies.reduce((sum, tally) => sum + tally[name], 0);
  const problems = tallies.flatMap((tally) => tally.problems).slice(0, problemsNamed);
  return { entries: total("entries"), files: total("files"), bytes: total("bytes"), problemCount: total("problemCount"), problems };
}
