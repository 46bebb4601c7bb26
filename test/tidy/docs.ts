/** Docs stay true: a command shown in a page exists with its flags, and a generated page is what its source generates. */
import type { Finding, TextFile } from "./source.ts";

export interface Command {
  /** Words after `mfm`; none for `mfm` itself, whose options hold for every command. */
  readonly path: readonly string[];
  /** As commander writes them: `-k, --key <key>`, `--follow`. A `<value>` or `[value]` says that a word follows. */
  readonly options: readonly string[];
}

export type CommandTable = readonly Command[];

/** Blocks fenced as `console` hold commands after `$ ` and their output; blocks fenced as `sh` hold commands only. */
export function findWrongCommands(pages: readonly TextFile[], table: CommandTable): Finding[] {
  return pages.flatMap(({ path, text }) =>
    shellLines(text).flatMap(({ line, command }) =>
      invocations(command).flatMap((words) => {
        const refusal = refuse(words, table);
        return refusal === undefined ? [] : [{ path, line, message: refusal }];
      }),
    ),
  );
}

/** @param expected what the generator gives now */
export function findStalePage(page: TextFile, expected: string): Finding[] {
  if (page.text === expected) return [];
  const lines = expected.split("\n");
  const line = page.text.split("\n").findIndex((text, index) => text !== lines[index]);
  return [{ path: page.path, line: line < 0 ? lines.length : line + 1, message: "differs from what is generated: generate it again" }];
}

interface ShellLine {
  readonly line: number;
  readonly command: string;
}

function shellLines(text: string): ShellLine[] {
  const found: ShellLine[] = [];
  let fence: { readonly mark: string; readonly kind: string } | undefined;
  let open: ShellLine | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const [, mark = "", kind = ""] = /^\s*(`{3,}|~{3,})(\w*)/.exec(raw) ?? [];
    if (mark !== "") {
      if (fence === undefined) fence = { mark, kind };
      else if (mark.startsWith(fence.mark)) fence = undefined;
      open = undefined;
      continue;
    }
    const shown = fence?.kind === "sh" ? raw : fence?.kind === "console" ? /^\s*\$ (.*)$/.exec(raw)?.[1] : undefined;
    const part = open === undefined ? shown : raw.replace(/^\s*> /, "");
    if (part === undefined) continue;
    const whole: ShellLine = { line: open?.line ?? index + 1, command: (open?.command ?? "") + part.replace(/\\$/, " ") };
    open = part.endsWith("\\") ? whole : undefined;
    if (open === undefined) found.push(whole);
  }
  return found;
}

/** The words after `mfm` in each simple command of a line. */
function invocations(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const token of line.match(/"(?:\\.|[^"\\])*"|'[^']*'|[|&;()<>]+|\s#.*|[^\s|&;()<>"']+/g) ?? []) {
    if (/^\s*#/.test(token)) break;
    if (/^[|&;()]+$/.test(token)) commands.push([]);
    else if (token !== "$") commands.at(-1)?.push(token);
  }
  return commands.flatMap((words) => {
    const start = words.findIndex((word) => !/^\w+=/.test(word) && word !== "npx");
    return start >= 0 && /^(mfm|mfm_cli)$/.test(words[start] ?? "") ? [beforeRedirection(words.slice(start + 1))] : [];
  });
}

function beforeRedirection(words: readonly string[]): string[] {
  const end = words.findIndex((word) => /^[<>]+$/.test(word));
  return end < 0 ? [...words] : words.slice(0, end);
}

function refuse(words: readonly string[], table: CommandTable): string | undefined {
  const common = [...(table.find(({ path }) => path.length === 0)?.options ?? []), "-h, --help"];
  const shown = `mfm ${words.join(" ")}`;
  const named = table
    .filter(({ path, options }) => startsWith(plainWords(words, [...common, ...options]), path))
    .toSorted((left, right) => right.path.length - left.path.length)[0];
  if (named === undefined) return `${shown}: there is no such command`;
  const known = [...common, ...named.options];
  const isGroup = table.some(({ path }) => path.length > named.path.length && startsWith(path, named.path));
  if (isGroup && plainWords(words, known).length > named.path.length) return `${shown}: there is no such command`;
  const end = words.indexOf("--");
  const flags = words.slice(0, end < 0 ? undefined : end).flatMap((word) => /^--?[A-Za-z][\w-]*/.exec(word) ?? []);
  const wrong = flags.find((flag) => !parseOptions(known).has(flag));
  return wrong === undefined ? undefined : `${shown}: ${["mfm", ...named.path].join(" ")} has no option ${wrong}`;
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, index) => words[index] === word);
}

/** The words that are neither an option nor an option's value. */
function plainWords(words: readonly string[], options: readonly string[]): string[] {
  const known = parseOptions(options);
  return words.filter((word, index) => !word.startsWith("-") && known.get(words[index - 1] ?? "") !== "value");
}

function parseOptions(options: readonly string[]): ReadonlyMap<string, "flag" | "value"> {
  return new Map(
    options.flatMap((option) => {
      const takes = /[<[]/.test(option) ? ("value" as const) : ("flag" as const);
      return (option.match(/(?<![\w<[-])--?[A-Za-z][\w-]*/g) ?? []).map((name) => [name, takes] as const);
    }),
  );
}
