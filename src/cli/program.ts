/** The parser: commander, given the commands as data. It decides nothing but what was asked for. */
import { Argument, Command, CommanderError, Option } from "commander";
import { usage } from "../app/failure.ts";
import { suggest } from "../app/suggest.ts";
import type { OptionValues } from "./call.ts";
import type { ArgumentSpec, CommandSpec, Example, OptionSpec } from "./command.ts";
import { commands, groups } from "./commands.ts";
import { globalOptions, helpOption, versionOption } from "./options.ts";

export type Parsed =
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly arguments: readonly string[]; readonly options: OptionValues }
  | { readonly kind: "version" }
  /** Without a newline at the end. */
  | { readonly kind: "help"; readonly text: string };

/** @throws USAGE with the name that was probably meant */
export function parseCommandLine(argv: readonly string[]): Parsed {
  const shown: string[] = [];
  const parser = new Parser((text) => shown.push(text));
  try {
    parser.program.parse(helpFirst(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const group = pathIn(argv);
    if (error.code === "commander.help" && group.length > 0) throw missingCommand(group);
    if (error.exitCode !== 0 && error.code !== "commander.help") throw refusal(error, argv);
    return error.code === "commander.version" ? { kind: "version" } : { kind: "help", text: shown.join("").trimEnd() };
  }
  const { called } = parser;
  if (called === undefined) throw usage("no command was named");
  return called;
}

/** `mfm help run start` is `mfm run start --help`. @throws USAGE when there is no such command */
function helpFirst(argv: readonly string[]): readonly string[] {
  if (argv[0] !== "help") return argv;
  const words = argv.slice(1).filter((word) => !word.startsWith("-"));
  const path = pathIn(words);
  if (path.length < words.length) throw unknownCommand(words[path.length] ?? "", path);
  return [...argv.slice(1), "--help"];
}

/** Somebody who writes `mfm start` means `mfm run start`. */
function unknownCommand(word: string, group: readonly string[]): Error {
  const within = commands.filter(({ path }) => isWithin(path, group));
  // Where several groups have a command of a name, the one that help shows first is meant.
  const names = new Map(within.toReversed().map(({ path }) => [path.at(-1) ?? "", path.join(" ")]));
  for (const { path } of groups) if (path.length === 1 && group.length === 0) names.set(path.join(" "), path.join(" "));
  const near = suggest(word, names.keys());
  const meant = near === undefined ? null : `mfm ${names.get(near) ?? near}`;
  return usage(`unknown command ${JSON.stringify(word)}${meant === null ? "" : `; did you mean ${meant}?`}`, { suggestion: meant });
}

/** The words of a command line that name a command, or the beginning of one. */
export function pathIn(argv: readonly string[]): readonly string[] {
  const words = argv.filter((word) => !word.startsWith("-"));
  for (let length = deepest; length > 0; length--) {
    const path = words.slice(0, length);
    if ([...groups, ...commands].some((spec) => spec.path.length === length && spec.path.every((word, index) => word === path[index])))
      return path;
  }
  return [];
}

/** Words in the longest path. */
const deepest = Math.max(...commands.map(({ path }) => path.length));

function missingCommand(group: readonly string[]): Error {
  const within = [...commands, ...groups].filter(({ path }) => isWithin(path, group));
  const names = new Set(within.map(({ path }) => path[group.length] ?? ""));
  return usage(`mfm ${group.join(" ")} needs a command: ${[...names].join(", ")}`);
}

function refusal(error: CommanderError, argv: readonly string[]): Error {
  const unknown = /^error: unknown command '([^']*)'/.exec(error.message)?.[1];
  if (unknown !== undefined) return unknownCommand(unknown, pathIn(argv));
  const [, words = error.message, suggestion] = /^(?:error: )?([\s\S]*?)(?:\n\(Did you mean ([\s\S]*?)\?\))?$/.exec(error.message) ?? [];
  const meant = suggestion?.replace(/^one of /, "") ?? null;
  return usage(meant === null ? words : `${words}; did you mean ${meant}?`, { suggestion: meant });
}

function isWithin(path: readonly string[], group: readonly string[]): boolean {
  return path.length > group.length && group.every((word, index) => path[index] === word);
}

class Parser {
  readonly program: Command;
  called: Extract<Parsed, { kind: "command" }> | undefined;

  constructor(show: (text: string) => void) {
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
    this.#addGroups();
    for (const spec of commands) this.#addCommand(spec);
    program.addHelpText("after", examplesOf(groups.find(({ path }) => path.length === 0)?.examples ?? []));
  }

  /** A group stands in the list behind the one that it is in. */
  #addGroups(): void {
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
