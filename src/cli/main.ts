/** The command line: parse, call the app, render. The one place that knows streams, formats and exit codes. */
import { describeFailure, usage } from "../app/failure.ts";
import { type LogLevel, Logs, logLevels, openLogFile } from "../app/logs.ts";
import type { Place } from "../app/place.ts";
import { Call, type OptionValues } from "./call.ts";
import type { Result } from "./command.ts";
import { Interrupts } from "./interrupts.ts";
import { prettyLog } from "./pretty-log.ts";
import { type Surroundings, readSurroundings } from "./surroundings.ts";
import { OutputClosed, Terminal } from "./terminal.ts";
import { readVersion } from "./version.ts";

/** Runs one command line and returns the exit code; everything is written when it resolves. */
export async function main(argv: readonly string[]): Promise<number> {
  const surroundings = readSurroundings(argv, process.env);
  const terminal = new Terminal(process, surroundings.colour);
  const exit = argv[0] === "complete" ? await answerShell(argv, terminal) : await execute(argv, surroundings, terminal);
  await terminal.flush();
  return exit;
}

/** A shell that asks for candidates is answered, or told nothing: it has no use for an error. */
async function answerShell(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { complete, renderOffer } = await import("./completion.ts");
    await terminal.write(renderOffer(await complete(argv.slice(argv[1] === "--" ? 2 : 1), placeOf({}))));
    return 0;
  } catch {
    return 1;
  }
}

async function execute(argv: readonly string[], { format }: Surroundings, terminal: Terminal): Promise<number> {
  let call: Call | undefined;
  let command: readonly string[] = [];
  try {
    const { parseCommandLine, pathIn } = await import("./program.ts");
    command = pathIn(argv);
    const parsed = parseCommandLine(argv);
    if (parsed.kind !== "command") {
      const version = readVersion();
      await print(
        parsed.kind === "help"
          ? { data: { help: parsed.text }, text: () => parsed.text }
          : { data: { version }, text: () => `mfm ${version}` },
        format,
        terminal,
      );
      return 0;
    }
    const { options } = parsed;
    checkVariables(options);
    call = new Call({
      arguments: parsed.arguments,
      options,
      place: placeOf(options),
      format,
      terminal,
      logs: openLogs(options, format, terminal),
      interrupts: new Interrupts(),
    });
    const result = await parsed.spec.run(call);
    if (result !== undefined) await print(result, format, terminal);
    return result?.exit ?? call.interrupts.exit ?? 0;
  } catch (error) {
    // Whoever reads has seen enough.
    if (error instanceof OutputClosed) return 0;
    return await refuse(error, { call, command, format, terminal });
  } finally {
    await call?.logs.close();
  }
}

async function print(result: Result, format: Surroundings["format"], terminal: Terminal): Promise<void> {
  await terminal.write(`${format === "json" ? JSON.stringify({ status: "success", data: result.data }) : result.text()}\n`);
}

interface Refused {
  readonly call: Call | undefined;
  readonly command: readonly string[];
  readonly format: Surroundings["format"];
  readonly terminal: Terminal;
}

async function refuse(error: unknown, { call, command, format, terminal }: Refused): Promise<number> {
  const { failure, exit } = describeFailure(error, {
    runId: call?.runId,
    command: command.length === 0 ? undefined : command.join(" "),
    withStack: call?.logs.isOn("debug") ?? false,
  });
  if (format === "json") terminal.note(JSON.stringify({ status: "error", error: failure }));
  else {
    const { renderFailure } = await import("./render/failure.ts");
    terminal.note(renderFailure(failure, terminal.paintNotes));
  }
  return exit;
}

function placeOf(options: OptionValues): Place {
  const text = (name: string): string | undefined => (typeof options[name] === "string" ? options[name] : undefined);
  return { folder: process.cwd(), env: process.env, configFile: text("configFile"), storeUrl: text("store") };
}

/** The parser checks what flags say; this, what stands in the environment in their place. @throws USAGE */
function checkVariables(options: OptionValues): void {
  const variables = [
    { name: "MFM_OUTPUT_FORMAT", option: "outputFormat", known: ["text", "json"] },
    { name: "MFM_LOG_LEVEL", option: "logLevel", known: logLevels },
  ] as const;
  for (const { name, option, known } of variables) {
    const value = process.env[name] ?? "";
    const isKnown = (known as readonly string[]).includes(value);
    if (options[option] === undefined && value !== "" && !isKnown)
      throw usage(`the environment variable ${name} is ${JSON.stringify(value)}: ${known.join(", ")}`);
  }
}

/** With json, stderr is for the one document of a failure. @throws FILE_UNWRITABLE */
function openLogs(options: OptionValues, format: Surroundings["format"], terminal: Terminal): Logs {
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
