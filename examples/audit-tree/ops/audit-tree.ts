/** Audits a directory tree: how many pages it has is known only when it was listed, and a run's steps are fixed before, so the pages are a child's. */
import { MfmError, defineOp } from "mfm";
import * as z from "zod";
import { rootPath } from "../capability.ts";
import { manifest } from "../states/fold-tree.ts";
import { listPages } from "../states/list-pages.ts";
import { auditPages } from "./audit-pages.ts";

export const auditTree = defineOp({
  id: "audit.files/audit-tree@1",
  description: "Hashes every file of a directory tree to one Merkle root and a manifest.",
  config: z.strictObject({ root: rootPath, filesPerRun: z.int().min(1).max(10_000).optional() }),
  output: z.strictObject({ manifest }),
  plan(program, { root, filesPerRun = 1000 }) {
    // Whoever resumes the run may work in another directory.
    if (!root.startsWith("/")) throw new MfmError("VALUE_INVALID", "root must be an absolute path", { path: "/root" });
    const list = program.step("list", listPages, { config: { root, filesPerRun }, timeLimit: "1h" });
    const audit = program.child("pages", auditPages, { root, pages: list.output.at("pages") });
    return { manifest: audit.output.at("manifest") };
  },
});
