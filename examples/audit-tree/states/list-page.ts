/** Lists one page, and makes sure that it still is the page that the run was started for. */
import { defineState, StepFailure } from "mfm";
import * as z from "zod";
import { page, rootPath, tree, treePath } from "../capability.ts";

export const listPage = defineState({
  id: "audit.files/list-page@1",
  effect: "read",
  needs: { tree },
  config: z.strictObject({ root: rootPath, after: z.string().max(16_384), page }),
  output: z.strictObject({ paths: z.array(treePath).max(10_000) }),
  async run({ config: { root, after, page }, tree }) {
    const { paths } = await tree.list({ root, after, limit: page.count });
    // A root over names of two moments would stand for a tree that never was.
    if (paths.length !== page.count || paths.at(-1) !== page.last) throw new StepFailure("TREE_CHANGED", "never");
    return { paths };
  },
});
