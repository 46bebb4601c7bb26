/** A worker in the foreground: a line for each run that it leaves, until a signal ends it. */
import { countOf } from "../app/count.ts";
import { describeFailure } from "../app/failure.ts";
import { startObservers } from "../app/observers.ts";
import { work } from "../app/workers.ts";
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";
import type { Moment } from "./progress-view.ts";
import { renderRunLine } from "./render/run.ts";

export async function workInForeground(call: Call, concurrency: number | undefined): Promise<Result> {
  const { terminal, logs, format } = call;
  const say = (line: string): void => {
    if (format === "text") terminal.note(line);
  };
  const view = (moment: Moment): void => {
    if (moment.kind === "drive.after") say(renderRunLine(moment.run, terminal.paintNotes));
  };
  const observers = await startObservers({ logs, format, view, isStopping: () => call.interrupts.exit !== undefined });
  try {
    const report = await work(call.place, {
      concurrency,
      watch: observers.watch,
      signal: call.interrupts.listen((name) => say(`${name}: giving the runs back (once more ends at once)`)),
      onReady: ({ owner, store, ops }) => say(`worker ${owner} drives runs of ${countOf(ops, "op")} in ${store}`),
      onError: (error, runId) => {
        const { failure } = describeFailure(error, { runId: runId ?? undefined, command: undefined, withStack: logs.isOn("debug") });
        // Several workers on one store meet: that is how it works.
        const level = failure.code === "RUN_TAKEN_OVER" ? "info" : "error";
        logs.write(level, runId === null ? "the store failed" : "a run could not be driven", { ...failure });
      },
    });
    const counts = Object.entries(report.left).map(([status, count]) => `${count} ${status}`);
    return { data: report, text: () => `left: ${counts.length === 0 ? "no runs" : counts.join(", ")}`, exit: call.interrupts.exit ?? 0 };
  } finally {
    call.interrupts.stop();
    await observers.stop();
  }
}
