/** The one production registry: what is in the box, and what the named modules export. */
import { MfmError } from "../kernel/errors.ts";
import type { DefinitionId } from "../kernel/names.ts";
import type { Op } from "../kernel/op.ts";
import { type Definitions, Registry } from "../kernel/registry.ts";
import { boxedDefinitions } from "./box.ts";
import { failure } from "./failure.ts";
import type { LoadedModule } from "./modules.ts";
import { evmTransactions } from "./evm/place-submitter.ts";
import { evmQuestions } from "./networks/place-networks.ts";
import type { Place } from "./place.ts";
import { suggest } from "./suggest.ts";

export interface Assembly {
  readonly registry: Registry;
  /** The module that an op comes from; none for those in the box. */
  readonly moduleOf: (op: DefinitionId) => string | undefined;
}

/** @throws MODULE_INVALID, REGISTRY_CONFLICT */
export async function assembleRegistry(modules: readonly string[], place: Place): Promise<Assembly> {
  if (modules.length === 0) return { registry: new Registry(...boxFor(place)), moduleOf: () => undefined };
  const { loadModules } = await import("./modules.ts");
  return combine(await loadModules(modules, place), boxFor(place));
}

/** What every MFM has, with the networks of this place. */
function boxFor(place: Place): readonly Definitions[] {
  const { reads, simulations } = evmQuestions(place);
  return [...boxedDefinitions(), reads, simulations, evmTransactions(place)];
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
