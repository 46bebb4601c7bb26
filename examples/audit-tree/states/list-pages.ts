/** Cuts a tree into pages, each the work of one run. */
import { defineState, StepFailure } from "mfm";
import * as z from "zod";
import { pages, rootPath, tree } from "../capability.ts";

export const listPages = defineState({
  id: "audit.files/list-pages@1",
  effect: "read",
  needs: { tree },
  config: z.strictObject({ root: rootPath, filesPerRun: z.int().min(1).max(10_000) }),
  output: z.strictObject({ pages }),
  async run({ config, tree }) {
    const answer = await tree.pages({ root: config.root, size: config.filesPerRun });
    if (answer.kind === "unreadable") throw new StepFailure("ROOT_UNREADABLE", "never", `${config.root}: ${answer.code}`);
    return { pages: answer.pages };
  },
});
