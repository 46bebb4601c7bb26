/** Sizes: files of at most 300 lines and functions of at most 70, except those recorded in `sizes.json`, which may only shrink. */
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import { type Finding, lineOf, type SourceCode } from "./source.ts";

const limits = { file: 300, function: 70 };

/** Recorded sizes over the limit: a file by its path, a function by `path#name`. */
export type Ratchet = Readonly<Record<string, number>>;

interface Measured {
  readonly path: string;
  readonly line: number;
  readonly lines: number;
  readonly limit: number;
}

export function findOversized(files: readonly SourceCode[], ratchet: Ratchet): Finding[] {
  const sizes = new Map(files.flatMap(measure).filter(([, { lines, limit }]) => lines > limit));
  const findings = [...sizes].flatMap(([key, { path, line, lines, limit }]) => {
    const recorded = ratchet[key];
    if (lines === recorded) return [];
    if (recorded === undefined) return [{ path, line, message: `${key} has ${lines} lines, the limit is ${limit}: split it` }];
    const advice = lines > recorded ? "it may only shrink" : `lower the ratchet to ${lines}`;
    return [{ path, line, message: `${key} has ${lines} lines, sizes.json records ${recorded}: ${advice}` }];
  });
  const vain = Object.keys(ratchet).filter((key) => !sizes.has(key));
  return [
    ...findings,
    ...vain.map((key) => ({ path: "test/tidy/sizes.json", line: 1, message: `${key} is within its limit or gone: remove it` })),
  ];
}

function measure(file: SourceCode): [string, Measured][] {
  const { path, text } = file;
  const whole: [string, Measured] = [
    path,
    { path, line: 1, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0), limit: limits.file },
  ];
  const measured = [whole];
  const visit = (node: Node, outer: string): void => {
    let name = outer;
    if (functionKinds.has(node.kind)) {
      name = `${outer === "" ? "" : `${outer}.`}${nameOf(node)}`;
      const line = lineOf(file, node);
      const lines = file.ast.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line;
      if (!isSuite(node)) measured.push([`${path}#${name}`, { path, line, lines, limit: limits.function }]);
    }
    node.forEachChild((child) => visit(child, name));
  };
  visit(file.ast, "");
  return measured;
}

const functionKinds = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);

/** Own name, or that of what a function is assigned to, or the call it is an argument of. */
function nameOf(node: Node): string {
  const named = node as Node & { name?: Node };
  if (named.name !== undefined) return named.name.getText();
  if (node.kind === SyntaxKind.Constructor) return "constructor";
  if (node.parent.kind === SyntaxKind.CallExpression) return `${calleeOf(node.parent)}()`;
  return (node.parent as Node & { name?: Node }).name?.getText() ?? "anonymous";
}

function calleeOf(call: Node): string {
  return (call as Node & { expression: Node }).expression.getText();
}

/** The body of a `describe` is a list of tests, each measured on its own. */
function isSuite(node: Node): boolean {
  return node.parent.kind === SyntaxKind.CallExpression && /^(describe|suite)(\.\w+)?$/.test(calleeOf(node.parent));
}
