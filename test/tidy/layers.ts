/** Layers: who may import whom, which packages each may use (DESIGN, section 2), and no cycles. */
import { type Finding, importsOf, resolveImport, type SourceCode } from "./source.ts";

interface Layer {
  readonly imports: readonly string[];
  /** npm packages, or a package's subpaths. */
  readonly packages: readonly string[];
  /** Modules of Node: a pure layer gets none, or those named. */
  readonly node: readonly string[] | "all";
}

const viemCodecs = "viem/utils";
/** The in-memory store: a storage in the tree, and a helper of every test. */
const model = "src/storages/model";
const below = ["kernel", "capabilities", "keystore", "states", "ops", "transports", "storages"];

/**
 * From the bottom up. The layers in which authors write states and ops use zod, as the kernel does: their schemas are zod's.
 * `@noble/hashes` is in the kernel for the checksum of EIP-55 addresses. What makes an answer of a chain true (the hash of a header, a state
 * proof, who signed a transaction) is part of the contract in capabilities, so that backend and state check the same: hence the hashes, the curve and the trie there.
 * Of SQLite the keystore uses the lock only (decision 8). What may be signed is a contract of capabilities, so the keystore stands above them; it
 * serialises with viem's codecs, and can be an account of viem's (decision 9).
 */
const layers: Readonly<Record<string, Layer>> = {
  kernel: { imports: [], packages: ["zod", "@noble/hashes"], node: ["node:crypto"] },
  capabilities: { imports: ["kernel"], packages: ["zod", "@noble", "@ethereumjs"], node: [] },
  keystore: {
    imports: ["kernel", "capabilities"],
    packages: ["@noble", "@scure", "@node-rs/argon2", "@photostructure/sqlite", "zod", viemCodecs, "viem/accounts"],
    node: "all",
  },
  states: { imports: ["kernel", "capabilities"], packages: ["zod", "@noble", viemCodecs], node: [] },
  ops: { imports: ["kernel", "capabilities", "states"], packages: ["zod", viemCodecs], node: [] },
  transports: { imports: ["kernel", "capabilities", "keystore"], packages: ["viem", "undici"], node: "all" },
  storages: { imports: ["kernel"], packages: ["@photostructure/sqlite", "pg"], node: "all" },
  app: { imports: below, packages: ["@opentelemetry/api", "jiti", "pino", "pino-pretty", "smol-toml", viemCodecs, "zod"], node: "all" },
  cli: { imports: ["app"], packages: ["@bomb.sh/tab", "@clack/prompts", "cli-table3", "commander", "nanospinner"], node: "all" },
  rest: { imports: ["app"], packages: ["@hono", "hono"], node: "all" },
  testing: { imports: ["kernel", "capabilities", "keystore", "app", model], packages: ["fast-check", "zod"], node: "all" },
};

const order = Object.keys(layers);

/** For tests in every layer: ethers is the other implementation that ours is held against. */
const testPackages = ["ethers", "fast-check"];

/** The package's entry points, `src/index.ts` and `src/evm.ts`: exports of every layer but the surfaces. */
const entry: Layer = { imports: [...below, "app"], packages: [], node: [] };

const entryPoints = ["src/index.ts", "src/evm.ts"];

function layerOf(path: string): string | undefined {
  return entryPoints.includes(path) ? "entry" : /^src\/([^/]+)\//.exec(path)?.[1];
}

/** What a file may import: a test also what lies at or below its layer, and what helps to test. */
function rightsOf(layer: string, path: string): Layer | undefined {
  const rights = layer === "entry" ? entry : layers[layer];
  if (rights === undefined || !path.endsWith(".test.ts")) return rights;
  const lower = order.slice(0, order.indexOf(layer));
  const packages = [...lower.flatMap((name) => layers[name]?.packages ?? []), ...rights.packages, ...testPackages];
  return { imports: [...lower, "testing", "test", model], packages, node: "all" };
}

export function findLayerViolations(files: readonly SourceCode[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith("src/"))
    .flatMap((file) => {
      const layer = layerOf(file.path);
      const rights = layer === undefined ? undefined : rightsOf(layer, file.path);
      if (layer === undefined || rights === undefined)
        return [{ path: file.path, line: 1, message: "belongs to no layer of DESIGN section 2" }];
      return importsOf(file).flatMap(({ specifier, line }) => {
        const refusal = specifier.startsWith(".")
          ? refuseFile(layer, rights, resolveImport(file.path, specifier))
          : refuseModule(layer, rights, specifier);
        return refusal === undefined ? [] : [{ path: file.path, line, message: refusal }];
      });
    });
}

function refuseFile(from: string, rights: Layer, path: string): string | undefined {
  const to = path.startsWith("src/") ? layerOf(path) : /^[^/]+/.exec(path)?.[0];
  if (to === from || (to !== undefined && rights.imports.includes(to))) return undefined;
  if (path.startsWith(`${model}/`) && rights.imports.includes(model)) return undefined;
  return `${from} must not import ${path}: it may import ${list([from, ...rights.imports])}`;
}

function refuseModule(from: string, rights: Layer, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    if (rights.node === "all" || rights.node.includes(specifier)) return undefined;
    return `${from} is pure and must not import ${specifier}: it may import ${list(rights.node)} of Node; take a port instead`;
  }
  if (rights.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))) return undefined;
  return `${from} must not use the package ${specifier}: it may use ${list(rights.packages)}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}

/** Type imports count: files that need each other's types are one file, or lack a third. */
export function findCycles(files: readonly SourceCode[]): Finding[] {
  const targets = new Map(files.map((file) => [file.path, importsOf(file).filter(({ specifier }) => specifier.startsWith("."))]));
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return;
    for (const { specifier, line } of targets.get(path) ?? []) {
      const target = resolveImport(path, specifier);
      const start = [...trail, path].indexOf(target);
      if (start >= 0) findings.push({ path, line, message: `import cycle: ${[...trail, path, target].slice(start).join(" -> ")}` });
      else if (targets.has(target)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return findings;
}
