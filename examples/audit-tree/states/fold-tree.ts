/** Folds all pages to the manifest of the tree. */
import { defineState, digest } from "mfm";
import * as z from "zod";
import { joinSubtrees, rootOf } from "../merkle.ts";
import { addTallies, tally } from "../tally.ts";
import { foldedPage } from "./fold-page.ts";

export const manifest = z.strictObject({ merkleRoot: digest, ...tally.shape });

export const foldTree = defineState({
  id: "audit.files/fold-tree@1",
  effect: "pure",
  input: z.strictObject({ pages: z.array(foldedPage).max(10_000) }),
  output: manifest,
  run({ input: { pages } }) {
    const subtrees = joinSubtrees(pages.flatMap((page) => page.subtrees));
    return { merkleRoot: rootOf(subtrees), ...addTallies(pages.map((page) => page.tally)) };
  },
});
