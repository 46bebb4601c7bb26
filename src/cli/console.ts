/** What modules with ops write with `console` never reaches stdout: that is the result's. */
import { format } from "node:util";
import type { Logs } from "../app/logs.ts";
import type { Format } from "./surroundings.ts";
import type { Terminal } from "./terminal.ts";

const levels = { log: "info", info: "info", debug: "debug", warn: "warn", error: "error" } as const;

/** People see it on stderr; with json, where stderr is for the one document of a failure, it goes to the log. */
export function captureConsole({
  format: shown,
  terminal,
  logs,
}: {
  readonly format: Format;
  readonly terminal: Terminal;
  readonly logs: Logs;
}): void {
  for (const [method, level] of Object.entries(levels)) {
    const write = (...values: readonly unknown[]): void => {
      if (shown === "text") terminal.note(format(...values));
      else logs.write(level, format(...values), { console: true });
    };
    Object.defineProperty(console, method, { value: write, configurable: true, writable: true });
  }
}
