/** The demonstration in the foreground: each part is told when it has happened. */
import { playDemo } from "../app/demo/demo.ts";
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";
import { renderDemoEnd, renderDemoMoment, renderDemoOpening } from "./render/demo.ts";

export async function showDemo(call: Call, keep: boolean): Promise<Result> {
  const { terminal, format, place } = call;
  const say = async (text: string): Promise<void> => (format === "text" ? terminal.write(`${text}\n`) : undefined);
  const signal = call.interrupts.listen(() => undefined);
  try {
    await say(renderDemoOpening(terminal.paint));
    const report = await playDemo({ env: place.env, signal, keep, tell: (moment) => say(renderDemoMoment(moment, terminal.paint)) });
    return { data: report, text: () => renderDemoEnd(report, terminal.paint) };
  } finally {
    call.interrupts.stop();
  }
}
