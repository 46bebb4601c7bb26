/** Reads the time once; in replay the recorded time is read again. */
import * as z from "zod";
import { clock } from "../../capabilities/clock.ts";
import { instant } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";

export const readClock = defineState({
  id: "mfm.time/read-clock@1",
  effect: "read",
  needs: { clock },
  output: z.strictObject({ at: instant }),
  async run({ clock: time }) {
    return { at: await time.now() };
  },
});
