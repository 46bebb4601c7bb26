/**
 * A command line that is one command, whole and right: only the file of that command is loaded, which is called as its path is.
 * Help, and everything that is to be refused, is left to `program.ts`, which knows all commands.
 */
import { existsSync } from "node:fs";
import { CommanderError } from "commander";
import type { CommandSpec } from "./command.ts";
import { type Called, Parser } from "./parser.ts";

/** Words in the longest path. */
const deepest = 3;

/** Undefined where it takes more than one command to answer. */
export async function parseOneCommand(argv: readonly string[]): Promise<Called | undefined> {
  const words = argv.filter((word) => !word.startsWith("-")).slice(0, deepest);
  const paths = words.map((_, index) => words.slice(0, index + 1));
  const found = await Promise.all(paths.map(loadCommand));
  const commands = found.filter((spec) => spec !== undefined);
  const last = commands.at(-1);
  if (last === undefined) return undefined;
  // `worker` is a command, and `worker list` is another.
  const groups = paths.slice(0, last.path.length - 1).filter((_, index) => found[index] === undefined);
  const parser = new Parser({ commands, groups: groups.map((path) => ({ path, summary: "", examples: [] })) }, () => undefined);
  try {
    parser.program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return undefined;
  }
  return parser.called;
}

async function loadCommand(path: readonly string[]): Promise<CommandSpec | undefined> {
  if (!path.every((word) => /^[a-z][a-z-]*$/.test(word))) return undefined;
  const file = new URL(`./commands/${path.join("-")}.js`, import.meta.url);
  if (!existsSync(file)) return undefined;
  const exported = Object.values((await import(file.href)) as { readonly [name: string]: Partial<CommandSpec> });
  return exported.find((value): value is CommandSpec => value.path?.join(" ") === path.join(" "));
}
