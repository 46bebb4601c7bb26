/** What a plan does, collected in author order, and the spec that it makes. */
import { type Digest, toCanonical } from "./canonical.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { limits } from "./json.ts";
import { type DefinitionId, isMemberName } from "./names.ts";
import { type OpUse, type Saga, type Spec, type Step, specFormat, writeStatesOf } from "./spec.ts";
import type { State } from "./state.ts";
import { Handle, lowerWiring } from "./wiring.ts";

/** What a plan returns: under each name a handle, or a list of handles on values of one type. */
export type Outputs = { readonly [name: string]: Handle<unknown> | readonly Handle<unknown>[] };

/** What of an op stands in its spec. */
export interface PlannedOp {
  readonly id: DefinitionId;
  /** What the op declares that it puts out, if it does. */
  readonly outputDescriptor: ObjectDescriptor | undefined;
}

export class SpecBuilder {
  readonly #steps = new Map<string, Step>();
  readonly #states = new Map<DefinitionId, State>();
  readonly #children = new Map<DefinitionId, OpUse>();
  readonly #lineage: { key: string; op: DefinitionId; config: Digest }[] = [];
  #saga: Saga | undefined;

  add(step: Step): void {
    if (this.#steps.has(step.key)) throw new MfmError("PLAN_FAILED", `the step key ${step.key} is used twice`, { step: step.key });
    if (this.#steps.size === limits.stepsPerSpec)
      throw new MfmError("PLAN_FAILED", `more than ${limits.stepsPerSpec} steps: use child runs`, {});
    this.#steps.set(step.key, step);
  }

  useState(state: State): void {
    const known = this.#states.get(state.use.id);
    if (known !== undefined && known.use.descriptor !== state.use.descriptor)
      throw new MfmError("REGISTRY_CONFLICT", `two different states are called ${state.use.id}`, { id: state.use.id });
    this.#states.set(state.use.id, state);
  }

  useOp(use: OpUse): void {
    const known = this.#children.get(use.id);
    const same =
      known === undefined || (known.config === use.config && known.output === use.output) || toCanonical(known) === toCanonical(use);
    if (!same) throw new MfmError("REGISTRY_CONFLICT", `two different ops are called ${use.id}`, { id: use.id });
    this.#children.set(use.id, use);
  }

  include(key: string, op: DefinitionId, config: Digest): void {
    if (this.#lineage.some((entry) => entry.key === key))
      throw new MfmError("PLAN_FAILED", `the key ${key} is used for two included ops`, { step: key });
    this.#lineage.push({ key, op, config });
  }

  onFailure(saga: Saga): void {
    if (this.#saga !== undefined && toCanonical(this.#saga) !== toCanonical(saga))
      throw new MfmError("PLAN_FAILED", "two policies are named for the same run: onFailure is said once, by the op that is started", {});
    this.#saga = saga;
  }

  finish(op: PlannedOp, outputs: Outputs): Spec {
    const type = this.#outputType(op, outputs);
    const states = [...this.#states.values()].map((state) => state.use).sort(byId);
    return {
      format: specFormat,
      op: op.id,
      lineage: this.#lineage,
      states,
      children: [...this.#children.values()].sort(byId),
      steps: [...this.#steps.values()],
      saga: this.#saga ?? { policy: writeStatesOf({ states }).size === 0 ? "no-writes" : "fail" },
      output: { binding: lowerWiring(outputs, type, this, "output"), type },
    };
  }

  #outputType(op: PlannedOp, outputs: Outputs): ObjectDescriptor {
    const fields: { [name: string]: Descriptor } = {};
    for (const [name, output] of Object.entries(outputs)) {
      const descriptor = isMemberName(name) ? descriptorOf(output) : undefined;
      if (descriptor === undefined)
        throw new MfmError(
          "PLAN_FAILED",
          `${op.id}: output ${JSON.stringify(name)} must be a handle under a camelCase name, or a list of handles of one type`,
          { op: op.id },
        );
      fields[name] = descriptor;
    }
    return op.outputDescriptor ?? { kind: "object", fields, optional: [] };
  }
}

/** Undefined for what is no output. An empty list has no type to go by. */
function descriptorOf(output: unknown): Descriptor | undefined {
  if (output instanceof Handle) return output.descriptor;
  const items: readonly unknown[] = Array.isArray(output) ? output : [];
  const [first] = items;
  if (!(first instanceof Handle)) return undefined;
  const type = toCanonical(first.descriptor);
  const isAlike = (item: unknown): boolean =>
    item instanceof Handle && (item.descriptor === first.descriptor || toCanonical(item.descriptor) === type);
  return items.every(isAlike) ? { kind: "array", items: first.descriptor, min: 0, max: limits.stepsPerSpec } : undefined;
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : 1;
}
