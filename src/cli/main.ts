/** The command line: parse, call the app, render. The one place that knows streams, formats and exit codes. */
import { causeOf, describeFailure, failure } from "../app/failure.ts";
import type { Place } from "../app/place.ts";
import { Call, type OptionValues } from "./call.ts";
import type { Result } from "./command.ts";
import { captureConsole } from "./console.ts";
import { Interrupts } from "./interrupts.ts";
import { checkVariables, openLogs } from "./logging.ts";
import { Warnings } from "./warnings.ts";
import { parseOneCommand } from "./one-command.ts";
import type { Parsed } from "./program.ts";
import { type Format, readSurroundings } from "./surroundings.ts";
import { OutputClosed, Terminal } from "./terminal.ts";
import { readVersion } from "./version.ts";

/** Runs one command line and returns the exit code; everything is written when it resolves. */
export async function main(argv: readonly string[]): Promise<number> {
  const { format, colour } = readSurroundings(argv, process.env);
  const terminal = new Terminal(process, colour);
  const exit = argv[0] === "complete" ? await answerShell(argv, terminal) : await new Execution(argv, format, terminal).run();
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

function placeOf(options: OptionValues): Place {
  const text = (name: string): string | undefined => (typeof options[name] === "string" ? options[name] : undefined);
  return { folder: process.cwd(), env: process.env, configFile: text("configFile"), storeUrl: text("store") };
}

class Execution {
  readonly #argv: readonly string[];
  readonly #format: Format;
  readonly #terminal: Terminal;
  #call: Call | undefined;
  #command: string | undefined;
  readonly #warnings = new Warnings();

  constructor(argv: readonly string[], format: Format, terminal: Terminal) {
    this.#argv = argv;
    this.#format = format;
    this.#terminal = terminal;
  }

  async run(): Promise<number> {
    this.#guardProcess();
    try {
      return await this.#execute();
    } catch (error) {
      // Whoever reads has seen enough.
      if (error instanceof OutputClosed) return this.#call?.exit ?? 0;
      return await this.#refuse(error);
    } finally {
      await this.#call?.logs.close();
    }
  }

  async #execute(): Promise<number> {
    const parsed = await this.#parse();
    switch (parsed.kind) {
      case "help":
        return this.#print({ data: { help: parsed.text }, text: () => parsed.text });
      case "version": {
        const version = readVersion();
        return this.#print({ data: { version }, text: () => `mfm ${version}` });
      }
      case "command": {
        const call = this.#makeCall(parsed.arguments, parsed.options);
        this.#call = call;
        captureConsole(call);
        const result = await parsed.spec.run(call);
        call.exit = result?.exit ?? call.interrupts.exit ?? 0;
        return result === undefined ? call.exit : this.#print(result);
      }
    }
  }

  async #parse(): Promise<Parsed> {
    const called = await parseOneCommand(this.#argv);
    if (called !== undefined) {
      this.#command = called.spec.path.join(" ");
      return called;
    }
    const { parseCommandLine, pathIn } = await import("./program.ts");
    const path = pathIn(this.#argv);
    if (path.length > 0) this.#command = path.join(" ");
    return parseCommandLine(this.#argv);
  }

  #makeCall(words: readonly string[], options: OptionValues): Call {
    checkVariables(options);
    const [format, terminal] = [this.#format, this.#terminal];
    const logs = openLogs(options, format, terminal);
    return new Call({
      arguments: words,
      options,
      place: {
        ...placeOf(options),
        report: (level, message, fields) => {
          logs.write(level, message, fields);
          if (level === "error") this.#warnings.add(message, fields);
        },
      },
      format,
      terminal,
      logs,
      interrupts: new Interrupts(),
    });
  }

  async #print({ data, text, exit = 0 }: Result): Promise<number> {
    await this.#terminal.write(
      `${this.#format === "json" ? JSON.stringify({ status: "success", data, ...this.#warnings.members() }) : text()}\n`,
    );
    return exit;
  }

  async #refuse(error: unknown): Promise<number> {
    const call = this.#call;
    const { failure: shown, exit } = describeFailure(error, {
      runId: call?.runId,
      command: this.#command,
      withStack: call?.logs.isOn("debug") ?? false,
    });
    if (this.#format === "json") this.#terminal.note(JSON.stringify({ status: "error", error: shown, ...this.#warnings.members() }));
    else {
      const { renderFailure } = await import("./render/failure.ts");
      this.#terminal.note(renderFailure(shown, this.#terminal.paintNotes));
    }
    return exit;
  }

  /** What nobody caught ends the process in the words and the format of every other failure. */
  #guardProcess(): void {
    const end = (thrown: unknown): void => {
      const uncaught = failure("INTERNAL", `uncaught, in MFM or in a module with ops: ${causeOf(thrown)}`, {}, thrown);
      void this.#refuse(uncaught).then(async (exit) => {
        await this.#terminal.flush();
        process.exit(exit);
      });
    };
    process.on("uncaughtException", end);
    process.on("unhandledRejection", end);
    // Node's own warnings would stand beside the document.
    if (this.#format === "json") process.removeAllListeners("warning");
  }
}
