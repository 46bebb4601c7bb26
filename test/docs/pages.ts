/** The pages as the tests see them: fenced blocks, each a file to write, a session to run, or bytes to compare. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface Block {
  /** The word after the fence: `ts`, `toml`, `console`, `json`. */
  readonly kind: string;
  /** Line of the fence in its page, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
}

export function readPage(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { kind: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of page.split("\n").entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { kind: fence[1] ?? "", line: index + 1, lines: [] };
    else {
      blocks.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line}: the block does not end`);
  return blocks;
}

/** The name of the file that a block is: its first line, as a comment. */
export function fileNameOf({ kind, lines }: Block): string | undefined {
  if (kind !== "ts" && kind !== "toml") return undefined;
  return /^(?:\/\/|#) ([\w.-]+\.(?:ts|toml))$/.exec(lines[0] ?? "")?.[1];
}

/** A command as a page shows it, with the lines that it prints. */
export interface Shown {
  readonly line: number;
  readonly command: string;
  readonly output: readonly string[];
}

/** Commands stand after `$ `; one that ends in a backslash goes on after `> `. */
export function commandsOf({ line: fence, lines }: Block): Shown[] {
  const shown: { line: number; command: string; output: string[] }[] = [];
  let isOpen = false;
  for (const [index, text] of lines.entries()) {
    const last = shown.at(-1);
    if (text.startsWith("$ ")) shown.push({ line: fence + 1 + index, command: text.slice(2), output: [] });
    else if (isOpen && last !== undefined) last.command += `\n${text.replace(/^> /, "")}`;
    else last?.output.push(text);
    isOpen = (text.startsWith("$ ") || isOpen) && text.endsWith("\\");
  }
  return shown;
}
