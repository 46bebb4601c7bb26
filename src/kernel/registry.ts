/** The registry: every definition that this process knows, gathered from what modules export. One kind, one id, one definition. */
import type { Backend, Capability } from "./capability.ts";
import type { EffectBackend } from "./effects/backend.ts";
import type { EffectKind } from "./effects/kind.ts";
import { MfmError } from "./errors.ts";
import { type DefinitionId, isDefinitionId } from "./names.ts";
import type { Op } from "./op.ts";
import type { State } from "./state.ts";

/** A state, op, capability, effect kind or backend, or a module namespace (or record) that exports some. */
export type Definitions = Capability | EffectKind | State | Op | Backend | EffectBackend | { readonly [name: string]: unknown };

export class Registry {
  readonly states = new Map<DefinitionId, State>();
  readonly ops = new Map<DefinitionId, Op>();
  /** Live implementations by capability id. Replay never looks at them. */
  readonly backends = new Map<DefinitionId, Backend>();
  /** The same of effect kinds. */
  readonly effectBackends = new Map<DefinitionId, EffectBackend>();

  /** @throws REGISTRY_CONFLICT when two different definitions share an id */
  constructor(...sources: readonly Definitions[]) {
    for (const source of sources) {
      if (!this.#add(source)) for (const member of Object.values(source)) this.#add(member);
    }
  }

  /** How many definitions there are. */
  get size(): number {
    return this.states.size + this.ops.size + this.backends.size + this.effectBackends.size;
  }

  /** @throws OP_UNKNOWN with the nearest names */
  op(id: DefinitionId): Op {
    const op = this.ops.get(id);
    if (op !== undefined) return op;
    throw new MfmError("OP_UNKNOWN", `no op ${JSON.stringify(id)} is registered`, {
      op: id,
      known: [...this.ops.keys()].sort().slice(0, 50),
    });
  }

  #add(value: unknown): boolean {
    if (typeof value !== "object" || value === null || !("type" in value)) return false;
    switch (value.type) {
      case "state":
        return put(this.states, idOf((value as Partial<State>).use), value as State);
      case "op":
        return put(this.ops, idOf(value), value as Op);
      case "backend":
        return put(this.backends, idOf((value as Partial<Backend>).capability), value as Backend);
      case "effect-backend":
        return put(this.effectBackends, idOf((value as Partial<EffectBackend>).effect), value as EffectBackend);
      default:
        // A contract is known through the states that need it.
        return value.type === "capability" || value.type === "effect";
    }
  }
}

/** Undefined for what only looks like a definition: other libraries have objects with a `type` too. */
function idOf(value: unknown): DefinitionId | undefined {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  return isDefinitionId(id) ? id : undefined;
}

function put<T extends object>(map: Map<DefinitionId, T>, id: DefinitionId | undefined, definition: T): boolean {
  if (id === undefined) return false;
  const known = map.get(id);
  if (known !== undefined && known !== definition) throw new MfmError("REGISTRY_CONFLICT", `two definitions are called ${id}`, { id });
  map.set(id, definition);
  return true;
}
