/** Answers the clock capability from the machine's clock. */
import { clock } from "../capabilities/clock.ts";
import { type Backend, implement } from "../kernel/capability.ts";
import { formatInstant } from "../kernel/codecs.ts";

export function machineClock(now: () => number): Backend {
  return implement(clock, {
    now(_request, context) {
      context.attribute("machine");
      return formatInstant(now());
    },
  });
}
