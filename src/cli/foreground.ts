/** Driving a run in the foreground: progress on stderr, the result on stdout, the exit code by the run. */
import type { Driven, Driving } from "../app/drive-runs.ts";
import type { Call } from "./call.ts";
import type { Result } from "./command.ts";
import { exitOfRun } from "./exit.ts";

export interface ForegroundDrive<D extends Driven> {
  readonly detach: boolean;
  readonly drive: (driving: Driving) => Promise<D>;
  /** In place of the run and its output as JSON; undefined leaves it at that. */
  readonly show?: (driven: D) => Result | undefined;
}

export async function driveInForeground<D extends Driven>(call: Call, { detach, drive, show }: ForegroundDrive<D>): Promise<Result> {
  const [{ startObservers }, { startProgress }, { renderRun }] = await Promise.all([
    import("../app/observers.ts"),
    import("./progress.ts"),
    import("./render/run.ts"),
  ]);
  const progress = startProgress(call);
  const observers = await startObservers({
    logs: call.logs,
    format: call.format,
    view: progress.watch,
    isStopping: () => call.interrupts.exit !== undefined,
  });
  const signal = call.interrupts.listen((name) => {
    if (call.format === "text") call.terminal.note(`${name}: giving the run back (once more ends at once)`);
  });
  try {
    const driven = await drive({
      place: call.place,
      watch: observers.watch,
      signal,
      onRun: (run, how) => {
        call.runId = run.runId;
        progress.begin(run, how, detach);
      },
    });
    progress.end(driven.run, detach);
    const { run, output, causes, ending } = driven;
    const text = (): string =>
      run.outputs === null ? renderRun({ run, driver: null, causes, ending }, call.terminal.paint) : JSON.stringify(output, null, 2);
    return { ...(show?.(driven) ?? { data: { run, output }, text }), exit: detach ? 0 : exitOfRun(run.status) };
  } finally {
    progress.stop();
    call.interrupts.stop();
    await observers.stop();
  }
}
