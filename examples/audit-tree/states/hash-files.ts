/** Hashes a slice of a page: one recorded answer per path, one leaf per answer. */
import { defineState, digest, toCanonical } from "mfm";
import * as z from "zod";
import { rootPath, tree, treePath } from "../capability.ts";
import { hashLeaf } from "../merkle.ts";
import { addTallies, tally, tallyEntry } from "../tally.ts";

/** The leaf of a path is the canonical JSON of `{entry, path}`. */
export const slice = z.strictObject({ leaves: z.array(digest).max(1000), tally });

export const hashFiles = defineState({
  id: "audit.files/hash-files@1",
  effect: "read",
  needs: { tree },
  config: z.strictObject({ root: rootPath, from: z.int().min(0), to: z.int().min(1) }),
  input: z.strictObject({ paths: z.array(treePath).max(10_000) }),
  output: slice,
  async run({ config: { root, from, to }, input, tree }) {
    const paths = input.paths.slice(from, to);
    const found = await Promise.all(paths.map(async (path) => ({ path, entry: await tree.hash({ root, path }) })));
    return {
      leaves: found.map((leaf) => hashLeaf(toCanonical(leaf))),
      tally: addTallies(found.map(({ path, entry }) => tallyEntry(path, entry))),
    };
  },
});
