/** Everything that watches a driving command: logs, telemetry, the watchdog, and the view that the surface shows. */
import type { Watch } from "../kernel/ports.ts";
import { causeOf } from "./failure.ts";
import type { Logs } from "./logs.ts";
import { startTelemetry } from "./telemetry.ts";
import { fanOut } from "./watch.ts";
import { Watchdog } from "./watchdog.ts";

export interface Observation {
  readonly logs: Logs;
  readonly format: "text" | "json";
  /** The surface's own view. */
  readonly view: Watch;
  /** Whether the command was asked to stop: steps that are given up then are no news. */
  readonly isStopping: () => boolean;
}

export interface Observers {
  readonly watch: Watch;
  stop(): Promise<void>;
}

export async function startObservers({ logs, format, view, isStopping }: Observation): Promise<Observers> {
  const telemetry = await startTelemetry();
  const watchdog = new Watchdog(format);
  const log: Watch = (moment) => {
    if (moment.kind !== "step.after" || !isStopping()) logs.watch(moment);
  };
  const watchers = [watchdog.watch, view, log, ...(telemetry === undefined ? [] : [telemetry.watch])];
  return {
    watch: fanOut(watchers, (error) => logs.write("error", "a watcher failed", { cause: causeOf(error) })),
    async stop() {
      telemetry?.close();
      await watchdog.stop();
    },
  };
}
