/**
 * Modules with ops that a person named: TypeScript or JavaScript, loaded without a build. Their `import ... from "mfm"` is this very
 * installation, so that an op's errors, codecs and handles are the ones that the runtime knows.
 */
import { mkdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { type Jiti, createJiti } from "jiti";
import { type Definitions, Registry } from "../kernel/registry.ts";
import { causeOf, failure } from "./failure.ts";
import { type Place, readVariable } from "./place.ts";
import { redact } from "./redact.ts";

export interface LoadedModule {
  readonly path: string;
  readonly definitions: Definitions;
}

/** @throws MODULE_INVALID naming the module, and where it is wrong */
export async function loadModules(paths: readonly string[], place: Place): Promise<LoadedModule[]> {
  const files = paths.map((path) => ({ path, file: locate(path) }));
  const own = { mfm: await importEntry("../index.js") };
  const virtual = files.every(({ file }) => hasZod(file)) ? own : { ...own, zod: await import("zod") };
  // One loader for all: a definition that two modules share is one definition.
  const loader = new ModuleLoader(virtual, place);
  const loaded: LoadedModule[] = [];
  for (const { path, file } of files) loaded.push({ path, definitions: await loadModule(loader, path, file) });
  return loaded;
}

async function loadModule(loader: ModuleLoader, path: string, file: string): Promise<Definitions> {
  try {
    const namespace = await loader.import(file);
    if (new Registry(namespace).size === 0) throw failure("MODULE_INVALID", "it exports no op, state or backend");
    return namespace;
  } catch (error) {
    const reason = redact(causeOf(error))
      .replace(/^MODULE_INVALID: /, "")
      .replaceAll(/\s+/g, " ");
    throw failure("MODULE_INVALID", `${path}: ${reason}`, { module: path, reason }, error);
  }
}

function locate(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw failure("MODULE_INVALID", `${path}: there is no such file`, { module: path, reason: "there is no such file" });
  }
}

class ModuleLoader {
  #jiti: Jiti;
  readonly #virtual: { readonly [name: string]: unknown };
  readonly #cache: string | false;

  constructor(virtual: { readonly [name: string]: unknown }, place: Place) {
    this.#virtual = virtual;
    this.#cache = cacheFolder(place);
    this.#jiti = this.#make({});
  }

  async import(file: string): Promise<Definitions> {
    try {
      return await this.#jiti.import<Definitions>(file);
    } catch (error) {
      // These are large, and an op seldom needs them.
      if (!lacksEntry(error)) throw error;
      const [evm, testing] = await Promise.all([importEntry("../evm.js"), importEntry("../testing/index.js")]);
      this.#jiti = this.#make({ "mfm/evm": evm, "mfm/testing": testing });
      return this.#jiti.import<Definitions>(file);
    }
  }

  #make(more: { readonly [name: string]: unknown }): Jiti {
    return createJiti(import.meta.url, { virtualModules: { ...this.#virtual, ...more }, interopDefault: false, fsCache: this.#cache });
  }
}

function lacksEntry(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND" && /'mfm\/(?:evm|testing)'/.test(error.message);
}

/** This installation's entry points, which lie outside the layers. */
async function importEntry(path: string): Promise<unknown> {
  return import(new URL(path, import.meta.url).href);
}

/** A folder without packages of its own still gets zod: the one that MFM itself uses. */
function hasZod(file: string): boolean {
  try {
    createRequire(file).resolve("zod");
    return true;
  } catch {
    return false;
  }
}

/** Translated TypeScript is kept where only this user can write: whoever can change it decides what is executed. */
function cacheFolder(place: Place): string | false {
  const named = readVariable(place, "XDG_CACHE_HOME");
  const base = named !== undefined && isAbsolute(named) ? named : join(readVariable(place, "HOME") ?? homedir(), ".cache");
  const folder = join(base, "mfm", "modules");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return false;
  }
}
