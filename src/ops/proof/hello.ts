/** The smallest op that shows the engine at work: a read that is recorded, pure steps that fan out, and one that fans in. */
import * as z from "zod";
import { defineOp } from "../../kernel/op.ts";
import { greet } from "../../states/proof/greet.ts";
import { joinGreetings } from "../../states/proof/join-greetings.ts";
import { readClock } from "../../states/time/read-clock.ts";

export const hello = defineOp({
  id: "mfm.proof/hello@1",
  description: "Greets names: the smallest run with a read, a fan-out and a fan-in.",
  config: z.strictObject({ names: z.array(z.string().min(1).max(100)).min(1).max(1000).optional() }),
  plan(program, config) {
    const now = program.step("clock", readClock);
    const names = config.names ?? ["world", "chain", "you"];
    const greetings = names.map((name, index) => program.step(`greet/${index}`, greet, { config: { name } }));
    const joined = program.step("join", joinGreetings, {
      input: { clock: now.output, greetings: greetings.map((greeting) => greeting.output) },
    });
    return { greeting: joined.output };
  },
});
