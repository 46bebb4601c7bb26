/** Kernel, states and ops are pure: clock, randomness, network, disk, process and locale come in through ports. */
import { type ImportDeclaration, isIdentifier, type Node, SyntaxKind } from "typescript/unstable/ast";
import { type Finding, finding, type SourceCode, walk } from "./source.ts";

/** What one file may use although its layer may not, and why. */
export interface Allowance {
  readonly path: string;
  readonly name: string;
  readonly reason: string;
}

export const allowances: readonly Allowance[] = [];

const pureFolders = ["src/kernel/", "src/states/", "src/ops/"];

const ambientNames = new Set(
  (
    "process global globalThis require navigator console Intl performance Temporal setTimeout setInterval setImmediate " +
    "crypto fetch WebSocket EventSource XMLHttpRequest BroadcastChannel"
  ).split(" "),
);

/** Methods that read the locale or start a timer, whatever they are called on. */
const ambientMembers = new Set([
  "localeCompare",
  "toLocaleString",
  "toLocaleDateString",
  "toLocaleTimeString",
  "toLocaleLowerCase",
  "toLocaleUpperCase",
]);

/** The names of `node:crypto` whose results depend on nothing but their arguments. */
const pureCrypto = new Set(["createHash", "createHmac", "createPublicKey", "hash", "timingSafeEqual", "verify", "Hash"]);

export function findAmbientUses(files: readonly SourceCode[], allowed: readonly Allowance[] = allowances): Finding[] {
  const used = new Set<Allowance>();
  const findings: Finding[] = [];
  for (const file of files.filter(({ path }) => pureFolders.some((folder) => path.startsWith(folder)) && !path.endsWith(".test.ts"))) {
    walk(file.ast, (node) => {
      const name = ambientUse(node);
      if (name === undefined) return;
      const allowance = allowed.find((entry) => entry.path === file.path && entry.name === name);
      if (allowance === undefined) findings.push(finding(file, node, `${name} is ambient: take it as a port`));
      else used.add(allowance);
    });
  }
  const vain = allowed.filter((allowance) => !used.has(allowance));
  return [
    ...findings,
    ...vain.map(({ path, name }) => ({ path, line: 1, message: `${name} is allowed here but not used: remove the allowance` })),
  ];
}

/** The name of what a node takes from its surroundings. */
function ambientUse(node: Node): string | undefined {
  if (node.kind === SyntaxKind.MetaProperty) return node.getText() === "import.meta" ? "import.meta" : undefined;
  if (node.kind === SyntaxKind.ImportDeclaration) return ambientImport(node as ImportDeclaration);
  if (node.kind === SyntaxKind.CallExpression) return computedImport(node);
  if (!isIdentifier(node)) return undefined;
  const { parent, text } = node;
  if (isMember(node)) {
    if (ambientMembers.has(text)) return text;
    return text === "timeout" && parent.getText() === "AbortSignal.timeout" ? "AbortSignal.timeout" : undefined;
  }
  if (!isReference(node)) return undefined;
  if (text === "Date") return isPureDate(node) ? undefined : "Date";
  if (text === "Math") return /^Math\.(?!random$)\w+$/.test(parent.getText()) ? undefined : "Math.random";
  return ambientNames.has(text) ? text : undefined;
}

function ambientImport(node: ImportDeclaration): string | undefined {
  const bindings = node.importClause?.namedBindings;
  const names =
    bindings?.kind === SyntaxKind.NamedImports
      ? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
      : undefined;
  const random = names?.find((name) => name.startsWith("random"));
  if (random !== undefined) return random;
  if (node.moduleSpecifier.getText().slice(1, -1) !== "node:crypto") return undefined;
  return names === undefined ? "node:crypto as a whole" : names.find((name) => !pureCrypto.has(name));
}

/** `import(x)` of anything but a literal: no rule could see what it loads. */
function computedImport(node: Node): string | undefined {
  const text = node.getText();
  return /^import\((?!\s*["'][^"']*["'])/.test(text) ? "import() of a computed name" : undefined;
}

function isMember(node: Node): boolean {
  return node.parent.kind === SyntaxKind.PropertyAccessExpression && nameOf(node.parent) === node;
}

/** False for the names of declarations, for members and in types. */
function isReference(node: Node): boolean {
  const { parent } = node;
  if (parent.kind === SyntaxKind.ShorthandPropertyAssignment) return true;
  if (parent.kind === SyntaxKind.TypeReference || parent.kind === SyntaxKind.QualifiedName || parent.kind === SyntaxKind.TypeQuery)
    return false;
  return nameOf(parent) !== node && (parent as Node & { propertyName?: Node }).propertyName !== node;
}

function nameOf(node: Node): Node | undefined {
  return (node as Node & { name?: Node }).name;
}

/** `new Date(value)`, `Date.UTC`, `Date.parse` and `instanceof Date` depend on nothing but what they are given. */
function isPureDate(node: Node): boolean {
  const { parent } = node;
  if (parent.kind === SyntaxKind.NewExpression) {
    const args = (parent as Node & { arguments?: readonly Node[] }).arguments ?? [];
    return args.length === 1 && args[0]?.kind !== SyntaxKind.SpreadElement;
  }
  return /^Date\.(UTC|parse)$/.test(parent.getText()) || /\sinstanceof Date$/.test(parent.getText());
}
