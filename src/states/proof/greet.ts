/** Greets one name. */
import * as z from "zod";
import { defineState } from "../../kernel/state.ts";

export const greet = defineState({
  id: "mfm.proof/greet@1",
  effect: "pure",
  config: z.strictObject({ name: z.string().min(1).max(100) }),
  output: z.strictObject({ text: z.string().max(200) }),
  run: ({ config }) => ({ text: `Hello, ${config.name}!` }),
});
