/** Joins greetings, once the time of day is known to be recorded. The time itself is evidence, not part of the result. */
import * as z from "zod";
import { instant } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";

export const joinGreetings = defineState({
  id: "mfm.proof/join-greetings@1",
  effect: "pure",
  input: z.strictObject({
    clock: z.strictObject({ at: instant }),
    greetings: z.array(z.strictObject({ text: z.string().max(200) })).max(1000),
  }),
  output: z.strictObject({ lines: z.array(z.string().max(200)).max(1000), count: z.int().min(0) }),
  run: ({ input }) => ({ lines: input.greetings.map((greeting) => greeting.text), count: input.greetings.length }),
});
