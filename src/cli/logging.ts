/** Where the log of a command goes, by its options and the environment. */
import { usage } from "../app/failure.ts";
import { type LogLevel, Logs, logLevels, openLogFile } from "../app/logs.ts";
import type { OptionValues } from "./call.ts";
import { prettyLog } from "./pretty-log.ts";
import type { Format } from "./surroundings.ts";
import type { Terminal } from "./terminal.ts";

/** With json, stderr is for the one document of a failure. @throws FILE_UNWRITABLE */
export function openLogs(options: OptionValues, format: Format, terminal: Terminal): Logs {
  const level = levelOf(options);
  const { logFile } = options;
  if (typeof logFile === "string") return openLogFile(logFile, level);
  if (format === "json") return new Logs({ level: "silent", write: () => undefined });
  const show = terminal.isWatched ? (line: string) => prettyLog(line, terminal.paintNotes) : (line: string) => line.trimEnd();
  return new Logs({ level, write: (line) => terminal.note(show(line)) });
}

function levelOf(options: OptionValues): LogLevel {
  const written = options["logLevel"] ?? process.env["MFM_LOG_LEVEL"];
  return logLevels.find((level) => level === written) ?? "warn";
}

/** The parser checks what flags say; this, what stands in the environment in their place. @throws USAGE */
export function checkVariables(options: OptionValues): void {
  const variables = [
    { name: "MFM_OUTPUT_FORMAT", option: "outputFormat", known: ["text", "json"] },
    { name: "MFM_LOG_LEVEL", option: "logLevel", known: logLevels },
  ] as const;
  for (const { name, option, known } of variables) {
    const value = process.env[name] ?? "";
    const isKnown = value === "" || (known as readonly string[]).includes(value);
    if (options[option] === undefined && !isKnown) {
      throw usage(`the environment variable ${name} is ${JSON.stringify(value)}; it can be ${known.join(", ")}`, { variable: name });
    }
  }
}
