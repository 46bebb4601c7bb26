/** Audits one page. Its paths are a runtime value, but their number is config: so is the number of steps. */
import { defineOp } from "mfm";
import * as z from "zod";
import { page, rootPath } from "../capability.ts";
import { foldPage, foldedPage } from "../states/fold-page.ts";
import { hashFiles } from "../states/hash-files.ts";
import { listPage } from "../states/list-page.ts";

const filesPerStep = 100;

export const auditPage = defineOp({
  id: "audit.files/audit-page@1",
  description: "Hashes the files of one page of a directory tree.",
  config: z.strictObject({ root: rootPath, first: z.int().min(0), after: z.string().max(16_384), page }),
  output: z.strictObject({ page: foldedPage }),
  plan(program, { root, first, after, page }) {
    const list = program.step("list", listPage, { config: { root, after, page } });
    const slices = Array.from({ length: Math.ceil(page.count / filesPerStep) }, (_, index) => {
      const from = index * filesPerStep;
      const config = { root, from, to: Math.min(from + filesPerStep, page.count) };
      return program.step(`hash/${index}`, hashFiles, { config, input: { paths: list.output.at("paths") }, timeLimit: "1h" });
    });
    const fold = program.step("fold", foldPage, { config: { first }, input: { slices: slices.map((slice) => slice.output) } });
    return { page: fold.output };
  },
});
