/** The parser: commander, given the commands as data. It decides nothing but what was asked for. */
import { Argument, Command, CommanderError, Option } from "commander";
import { usage } from "../app/failure.ts";
import type { OptionValues } from "./call.ts";
import type { ArgumentSpec, CommandSpec, Example, OptionSpec } from "./command.ts";
import { commands, groups } from "./commands.ts";
import { globalOptions, helpOption, versionOption } from "./options.ts";

export type Parsed =
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly arguments: readonly string[]; readonly options: OptionValues }
  /** Help or version: `text` is what people are shown, without a newline at the end. */
  | { readonly kind: "shown"; readonly what: "help" | "version"; readonly text: string };

/** @throws USAGE with the name that was probably meant */
export function parseCommandLine(argv: readonly string[], version: string): Parsed {
  const shown: string[] = [];
  const parser = new Parser(version, (text) => shown.push(text));
  try {
    parser.program.parse(helpFirst(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw refusal(error);
    return { kind: "shown", what: error.code === "commander.version" ? "version" : "help", text: shown.join("").trimEnd() };
  }
  const { called } = parser;
  if (called === undefined) throw usage("no command was named");
  return called;
}

/** `mfm help run start` is `mfm run start --help`. */
function helpFirst(argv: readonly string[]): readonly string[] {
  return argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
}

function refusal(error: CommanderError): Error {
  const [, words = error.message, suggestion] = /^(?:error: )?([\s\S]*?)(?:\n\(Did you mean ([\s\S]*?)\?\))?$/.exec(error.message) ?? [];
  const meant = suggestion?.replace(/^one of /, "") ?? null;
  return usage(meant === null ? words : `${words}; did you mean ${meant}?`, { suggestion: meant });
}

class Parser {
  readonly program: Command;
  called: Extract<Parsed, { kind: "command" }> | undefined;

  constructor(version: string, show: (text: string) => void) {
    const program = new Command("mfm")
      .description("MFM runs on-chain operations as certified, event-sourced state machines: a run survives any crash and leaves a history that anyone can verify.")
      .exitOverride()
      .configureOutput({ writeOut: show, writeErr: show, outputError: () => undefined })
      .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
      .helpOption(helpOption.flags, helpOption.about)
      .helpCommand("help [command...]", "show help for a command")
      .version(`mfm ${version}`, versionOption.flags, versionOption.about);
    for (const option of globalOptions) program.addOption(optionOf(option));
    this.program = program;
    this.#addGroups(program);
    for (const spec of commands) this.#addCommand(spec);
    program.addHelpText("after", examplesOf(groups.find(({ path }) => path.length === 0)?.examples ?? []));
    program.action(() => program.help());
  }

  #addGroups(program: Command): void {
    for (const { path, summary } of groups) {
      const [name] = path;
      if (name === undefined) continue;
      const group = program.command(name).description(summary).helpCommand(false);
      group.action(() => {
        throw usage(`mfm ${name} needs a command: ${group.commands.map((command) => command.name()).join(", ")}`, { command: name });
      });
    }
  }

  #addCommand(spec: CommandSpec): void {
    const name = spec.path.at(-1) ?? "";
    const command = this.#parentOf(spec).command(name).summary(spec.summary).description(spec.about === undefined ? spec.summary : `${spec.summary}\n\n${spec.about}`);
    for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument));
    for (const option of spec.options ?? []) command.addOption(optionOf(option));
    command.addHelpText("after", examplesOf(spec.examples));
    command.action(() => {
      this.called = { kind: "command", spec, arguments: command.args, options: command.optsWithGlobals() };
    });
  }

  #parentOf({ path }: CommandSpec): Command {
    return path.length === 1 ? this.program : (this.program.commands.find((command) => command.name() === path[0]) ?? this.program);
  }
}

function argumentOf({ name, about, choices }: ArgumentSpec): Argument {
  const argument = new Argument(name, about);
  return choices === undefined ? argument : argument.choices(choices);
}

function optionOf({ flags, about, required, repeats, choices }: OptionSpec): Option {
  const option = new Option(flags, about);
  if (choices !== undefined) option.choices(choices);
  if (repeats === true) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  if (required === true) option.makeOptionMandatory();
  return option;
}

function examplesOf(examples: readonly Example[]): string {
  return `\nExamples:\n${examples.map(({ line, about }) => `  $ ${line}\n      ${about}`).join("\n")}`;
}
