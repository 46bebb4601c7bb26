/** Shape of the tree: explicit named exports, no barrels inside, tests beside their file, no leftovers, nothing of one person's machine. */
import { type ExportDeclaration, type Node, SyntaxKind } from "typescript/unstable/ast";
import { commentsOf, type Finding, finding, type SourceCode, type TextFile, walk } from "./source.ts";

/** Entry points, of the package and of an example's module of ops: all they do is re-export. */
const entryPoints = /^(?:src\/evm\.ts|(?:src|src\/keystore|src\/testing|examples\/[^/]+)\/index\.ts)$/;

/** Node takes a test reporter from a module's default export. */
const defaultExports = ["test/runner/reporter.ts"];

export function findBarrels(files: readonly SourceCode[]): Finding[] {
  return files.flatMap((file) => {
    const stars = file.ast.statements.filter((node) => isReExport(node) && node.exportClause?.kind !== SyntaxKind.NamedExports);
    const starred = stars.map((node) => finding(file, node, "export * hides what is exported: name each export"));
    const { statements } = file.ast;
    const imported = new Set(statements.filter(({ kind }) => kind === SyntaxKind.ImportDeclaration));
    const forwards = statements.filter((node) => node.kind === SyntaxKind.ExportDeclaration);
    const isBarrel = forwards.length > 0 && forwards.length + imported.size === statements.length;
    if (!isBarrel || entryPoints.test(file.path)) return starred;
    return [...starred, { path: file.path, line: 1, message: "a file of re-exports: import from where the thing is" }];
  });
}

function isReExport(node: Node): node is ExportDeclaration {
  return node.kind === SyntaxKind.ExportDeclaration && (node as ExportDeclaration).moduleSpecifier !== undefined;
}

export function findDefaultExports(files: readonly SourceCode[]): Finding[] {
  return files
    .filter(({ path }) => !defaultExports.includes(path))
    .flatMap((file) => {
      const findings: Finding[] = [];
      walk(file.ast, (node) => {
        const isDefault =
          node.kind === SyntaxKind.ExportAssignment ||
          (node.kind === SyntaxKind.DefaultKeyword && node.parent.kind !== SyntaxKind.DefaultClause) ||
          (node.kind === SyntaxKind.ExportSpecifier && (node as Node & { name: Node }).name.getText(file.ast) === "default");
        if (isDefault) findings.push(finding(file, node, "default export: export it by name"));
      });
      return findings;
    });
}

export function findCodeFromText(files: readonly SourceCode[]): Finding[] {
  return files.flatMap((file) => {
    const findings: Finding[] = [];
    walk(file.ast, (node) => {
      if (node.kind !== SyntaxKind.CallExpression && node.kind !== SyntaxKind.NewExpression) return;
      const callee = (node as Node & { expression: Node }).expression.getText(file.ast);
      if (/^(globalThis\.)?(eval|Function)$|^\(0, ?eval\)$/.test(callee))
        findings.push(finding(file, node, `${callee}: code never comes from text`));
    });
    return findings;
  });
}

export function findStrayTests(files: readonly SourceCode[]): Finding[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.flatMap(({ path }) => {
    const subject = /^(src\/.*?\/?[^/.]+)(\.[^/]+)?\.test\.ts$/.exec(path)?.[1];
    return subject === undefined || paths.has(`${subject}.ts`)
      ? []
      : [{ path, line: 1, message: `a test of nothing: there is no ${subject}.ts beside it` }];
  });
}

/** In TypeScript only comments count; elsewhere the whole text does. */
export function findMarkers(files: readonly TextFile[], sources: readonly SourceCode[]): Finding[] {
  const texts = [
    ...files.filter(({ path }) => /\.(md|sh|toml|ya?ml)$/.test(path)),
    ...sources.map((file) => ({ path: file.path, text: commentsOf(file) })),
  ];
  return texts.flatMap((file) => findText(file, /\b(TODO|FIXME|XXX)\b/, (marker) => `${marker}: do it, or open an issue`));
}

export function findMachinePaths(files: readonly TextFile[]): Finding[] {
  const homes = /(?<![\w.~/$}])\/(home|Users|root|work|workspace)\/[\w.-]+|[A-Z]:\\Users\\/;
  return files.flatMap((file) => findText(file, homes, (path) => `${path}: a path of somebody's machine`));
}

export function findRegistryHosts(files: readonly TextFile[]): Finding[] {
  return files
    .filter(({ path }) => /(^|\/)(package-lock\.json|\.npmrc)$/.test(path))
    .flatMap((file) => findText(file, /"resolved": *"http|^registry *=/, () => "names a registry: npm's configuration decides that"));
}

function findText({ path, text }: TextFile, pattern: RegExp, describe: (match: string) => string): Finding[] {
  return text.split("\n").flatMap((line, index) => {
    const match = pattern.exec(line)?.[0];
    return match === undefined ? [] : [{ path, line: index + 1, message: describe(match) }];
  });
}
