/** What the tidy rules look at: the repository's files as text, and the TypeScript among them as syntax trees read by the compiler itself. */
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";

/** A file by its path from the root of the repository, with forward slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface SourceCode extends TextFile {
  readonly ast: SourceFile;
}

/** One violation, in words that say what to do. */
export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

const skippedFolders = new Set([".git", "build", "dist", "node_modules"]);

/** Every text file under the root, except what is generated or installed. */
export function readTree(root: string, folder = ""): TextFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : readTree(root, path);
    const text = entry.isFile() ? readFileSync(join(root, path), "utf8") : "\0";
    return text.includes("\0") ? [] : [{ path, text }];
  });
}

/** @throws Error when a file is not TypeScript */
export function parse(files: readonly TextFile[]): SourceCode[] {
  const names = files.filter(({ path }) => path.endsWith(".ts")).map(({ path }) => `/tree/${path}`);
  const config = JSON.stringify({ compilerOptions: { noLib: true, noResolve: true, types: [] }, files: names });
  const tree = Object.fromEntries(files.map(({ path, text }) => [`/tree/${path}`, text]));
  const api = new API({ cwd: "/tree", fs: createVirtualFileSystem({ ...tree, "/tree/tsconfig.json": config }) });
  try {
    const program = api.updateSnapshot({ openProjects: ["/tree/tsconfig.json"] }).getProjects()[0]?.program;
    const broken = program?.getSyntacticDiagnostics()[0];
    if (broken !== undefined) throw new Error(`${broken.fileName}: ${broken.text}`);
    return names.map((name) => {
      const ast = program?.getSourceFile(name);
      if (ast === undefined) throw new Error(`${name} was not parsed`);
      return { path: name.slice("/tree/".length), text: ast.text, ast };
    });
  } finally {
    closeQuietly(api);
  }
}

/** `close` sends SIGTERM, on which the compiler complains on our stderr; its protocol has no other way to end it. */
function closeQuietly(api: API): void {
  const { child } = (api as unknown as { client: { channel: { child: ChildProcess } } }).client.channel;
  const kill = child.kill.bind(child);
  child.kill = () => kill("SIGKILL");
  api.close();
}

export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

/** Static, dynamic and type imports, re-exports included. */
export function importsOf(file: SourceCode): Import[] {
  return file.ast.imports.map((node) => ({ specifier: (node as Node & { text: string }).text, line: lineOf(file, node) }));
}

/** The path a relative import of a file names. */
export function resolveImport(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** Line of the node's first character, from 1. */
export function lineOf(file: SourceCode, node: Node): number {
  return file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast)).line + 1;
}

export function finding(file: SourceCode, node: Node, message: string): Finding {
  return { path: file.path, line: lineOf(file, node), message };
}

const literals = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
]);

/** The text with everything but its comments blanked, line for line. */
export function commentsOf(file: SourceCode): string {
  const characters = file.text.split("");
  walk(file.ast, (node) => {
    if (literals.has(node.kind)) characters.fill(" ", node.getStart(file.ast), node.getEnd());
  });
  const text = characters.join("");
  let comments = "";
  let from = 0;
  for (const comment of text.matchAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g)) {
    comments += text.slice(from, comment.index).replaceAll(/[^\n]/g, " ") + comment[0];
    from = comment.index + comment[0].length;
  }
  return comments;
}
