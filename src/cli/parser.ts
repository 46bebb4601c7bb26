/** The parser: commander, given the commands as data. It decides nothing but what was asked for. */
import { Argument, Command, Option } from "commander";
import type { OptionValues } from "./call.ts";
import type { ArgumentSpec, CommandSpec, Example, Group, OptionSpec } from "./command.ts";
import { globalOptions, helpOption, versionOption } from "./options.ts";

export interface Called {
  readonly kind: "command";
  readonly spec: CommandSpec;
  readonly arguments: readonly string[];
  readonly options: OptionValues;
}

export interface Known {
  readonly groups: readonly Group[];
  /** A command stands behind the one that its path goes through. */
  readonly commands: readonly CommandSpec[];
}

export class Parser {
  readonly program: Command;
  called: Called | undefined;

  /** `show` is given help and versions. */
  constructor({ groups, commands }: Known, show: (text: string) => void) {
    const program = new Command("mfm")
      .description(
        "MFM runs on-chain operations as certified, event-sourced state machines: a run survives any crash and leaves a history that anyone can verify.",
      )
      .exitOverride()
      .configureOutput({ writeOut: show, writeErr: show, outputError: () => undefined })
      .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
      .helpOption(helpOption.flags, helpOption.about)
      .helpCommand("help [command...]", "show help for a command")
      .version("", versionOption.flags, versionOption.about);
    for (const option of globalOptions) program.addOption(optionOf(option));
    this.program = program;
    this.#addGroups(groups);
    for (const spec of commands) this.#addCommand(spec);
    program.addHelpText("after", examplesOf(groups.find(({ path }) => path.length === 0)?.examples ?? []));
  }

  /** A group stands in the list behind the one that it is in. */
  #addGroups(groups: readonly Group[]): void {
    for (const { path, summary } of groups) {
      const name = path.at(-1);
      if (name !== undefined) this.#parentOf(path).command(name).description(summary).helpCommand(false);
    }
  }

  #addCommand(spec: CommandSpec): void {
    const name = spec.path.at(-1) ?? "";
    const command = this.#parentOf(spec.path)
      .command(name)
      .summary(spec.summary)
      .description(spec.about === undefined ? spec.summary : `${spec.summary}\n\n${spec.about}`);
    for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument));
    for (const option of spec.options ?? []) command.addOption(optionOf(option));
    command.addHelpText("after", examplesOf(spec.examples));
    command.action(() => {
      this.called = { kind: "command", spec, arguments: command.args, options: command.optsWithGlobals() };
    });
  }

  #parentOf(path: readonly string[]): Command {
    let parent = this.program;
    for (const word of path.slice(0, -1)) parent = parent.commands.find((command) => command.name() === word) ?? parent;
    return parent;
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
