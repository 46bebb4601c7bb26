/** Folds a page's slices to the subtrees that they cover. */
import { defineState } from "mfm";
import * as z from "zod";
import { joinSubtrees, subtree } from "../merkle.ts";
import { addTallies, tally } from "../tally.ts";
import { slice } from "./hash-files.ts";

/** 10,000 leaves in a row are covered by fewer than 28 perfect subtrees. */
export const foldedPage = z.strictObject({ subtrees: z.array(subtree).max(28), tally });

export const foldPage = defineState({
  id: "audit.files/fold-page@1",
  effect: "pure",
  /** The number of the page's first leaf in the whole tree. */
  config: z.strictObject({ first: z.int().min(0) }),
  input: z.strictObject({ slices: z.array(slice).max(100) }),
  output: foldedPage,
  run({ config: { first }, input: { slices } }) {
    const leaves = slices.flatMap((part) => part.leaves);
    const subtrees = joinSubtrees(leaves.map((hash, index) => ({ first: first + index, size: 1, hash })));
    return { subtrees, tally: addTallies(slices.map((part) => part.tally)) };
  },
});
