/** The one production registry: what is in the box, and what the named modules export. */
import { MfmError } from "../kernel/errors.ts";
import type { DefinitionId } from "../kernel/names.ts";
import type { Op } from "../kernel/op.ts";
import { type Definitions, Registry } from "../kernel/registry.ts";
import { failure } from "./failure.ts";
import type { LoadedModule } from "./modules.ts";
import type { Place } from "./place.ts";
import { suggest } from "./suggest.ts";

export interface Assembly {
  readonly registry: Registry;
  /** The module that an op comes from; none for those in the box. */
  readonly moduleOf: (op: DefinitionId) => string | undefined;
}

/**
 * With `op`, what that op of the box needs is enough, where no module adds to it: less code is loaded.
 * @throws MODULE_INVALID, REGISTRY_CONFLICT
 */
export async function assembleRegistry(modules: readonly string[], place: Place, op?: string): Promise<Assembly> {
  const { boxFor } = await import("./place-box.ts");
  if (modules.length === 0) return { registry: new Registry(...(await boxFor(place, op))), moduleOf: () => undefined };
  const { loadModules } = await import("./modules.ts");
  return combine(await loadModules(modules, place), await boxFor(place));
}

function combine(loaded: readonly LoadedModule[], boxed: readonly Definitions[]): Assembly {
  const box = new Registry(...boxed);
  const origins = new Map<DefinitionId, string>();
  for (const { path, definitions } of loaded) {
    for (const id of new Registry(definitions).ops.keys()) if (!box.ops.has(id) && !origins.has(id)) origins.set(id, path);
  }
  try {
    const registry = new Registry(...boxed, ...loaded.map((module) => module.definitions));
    return { registry, moduleOf: (op) => origins.get(op) };
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    throw failure(
      error.code,
      `${error.message}: one in ${loaded.map((module) => module.path).join(" or ")}`,
      { ...error.details, modules: loaded.map((module) => module.path) },
      error,
    );
  }
}

/** @throws OP_UNKNOWN with the name that was probably meant */
export function getOp(registry: Registry, id: DefinitionId): Op {
  const op = registry.ops.get(id);
  if (op !== undefined) return op;
  const known = [...registry.ops.keys()].sort();
  const suggestion = suggest(id, known) ?? known.find((name) => name.startsWith(`${id}@`)) ?? null;
  const words = suggestion === null ? "" : `; did you mean ${suggestion}?`;
  throw failure("OP_UNKNOWN", `no op ${JSON.stringify(id)} is registered${words}`, { op: id, suggestion, known: known.slice(0, 50) });
}
