/** Every command line: those of one command, help, and what is refused, with the name that was probably meant. */
import { CommanderError } from "commander";
import { usage } from "../app/failure.ts";
import { suggest } from "../app/suggest.ts";
import { commands, groups } from "./commands.ts";
import { type Called, Parser } from "./parser.ts";

export type Parsed =
  | Called
  | { readonly kind: "version" }
  /** Without a newline at the end. */
  | { readonly kind: "help"; readonly text: string };

/** @throws USAGE with the name that was probably meant */
export function parseCommandLine(argv: readonly string[]): Parsed {
  const shown: string[] = [];
  const parser = new Parser({ groups, commands }, (text) => shown.push(text));
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
  // Of several that are called the same, the first that help shows.
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
