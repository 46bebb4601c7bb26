/** Audits the pages of a tree, a run each, and folds them. */
import { defineOp } from "mfm";
import * as z from "zod";
import { pages, rootPath } from "../capability.ts";
import { foldTree, manifest } from "../states/fold-tree.ts";
import { auditPage } from "./audit-page.ts";

export const auditPages = defineOp({
  id: "audit.files/audit-pages@1",
  description: "Hashes the files of a directory tree that is cut into pages.",
  config: z.strictObject({ root: rootPath, pages }),
  output: z.strictObject({ manifest }),
  plan(program, { root, pages }) {
    let first = 0;
    let after = "";
    const folded = pages.map((page, index) => {
      const child = program.child(`page/${index}`, auditPage, { root, first, after, page });
      first += page.count;
      after = page.last;
      return child.output.at("page");
    });
    return { manifest: program.step("fold", foldTree, { input: { pages: folded } }).output };
  },
});
