/** Random specs with steps of every kind and random dependencies, all of them certified by the registry of the samples. */
import * as fc from "fast-check";
import type { Json } from "../../src/kernel/json.ts";
import { opUse } from "../../src/kernel/op.ts";
import { type Binding, type Spec, type Step, specFormat } from "../../src/kernel/spec.ts";
import { addUp, double, readBalance } from "./samples.ts";

export type StepKind = "pure" | "read" | "wait" | "signal" | "child";

interface Sketch {
  readonly kind: StepKind;
  readonly needs: readonly number[];
  readonly place: number;
  readonly durationMs: number;
  readonly maxAttempts: number;
}

export interface RandomSpecOptions {
  readonly kinds: readonly StepKind[];
  readonly maxSteps: number;
}

export function randomSpec({ kinds, maxSteps }: RandomSpecOptions): fc.Arbitrary<Spec> {
  const sketch = fc.record<Sketch>({
    kind: fc.constantFrom(...kinds),
    needs: fc.array(fc.nat(1000), { maxLength: 3 }),
    place: fc.nat(1_000_000),
    durationMs: fc.constantFrom(0, 1, 1000, 60_000),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
  });
  return fc.array(sketch, { minLength: 1, maxLength: maxSteps }).map(specOf);
}

const path: { readonly [kind in StepKind]: readonly string[] | undefined } = {
  pure: ["total"],
  read: ["balance"],
  wait: undefined,
  signal: [],
  child: ["doubled", "total"],
};

/** A step needs earlier ones only, by index; then all are put into another author order, which need not follow the dependencies. */
function specOf(sketches: readonly Sketch[]): Spec {
  const steps = sketches.map((sketch, index) => ({ place: sketch.place, step: stepOf(sketch, index, sketches) }));
  const report = { from: `step/${sketches.length - 1}`, path: [] };
  const ordered = steps.toSorted((left, right) => left.place - right.place).map(({ step }) => step);
  const used = new Set(sketches.map(({ kind }) => kind));
  const output = outputOf(sketches.at(-1)?.kind ?? "pure");
  return {
    format: specFormat,
    op: "test.kernel/random@1",
    lineage: [],
    states: [...(used.has("pure") ? [addUp.use] : []), ...(used.has("read") ? [readBalance.use] : [])],
    children: used.has("child") ? [opUse(double)] : [],
    steps: ordered,
    saga: { policy: "no-writes" },
    output: { binding: { object: { report } }, type: { kind: "object", fields: { report: output }, optional: [] } },
  };
}

function outputOf(kind: StepKind): Spec["output"]["type"]["fields"][string] {
  if (kind === "pure") return addUp.descriptors.output;
  if (kind === "read") return readBalance.descriptors.output;
  if (kind === "child") return opUse(double).output;
  return kind === "wait" ? { kind: "literal", value: null } : { kind: "codec", name: "uint256" };
}

function stepOf({ kind, needs, durationMs, maxAttempts }: Sketch, index: number, sketches: readonly Sketch[]): Step {
  const sources = index === 0 ? [] : [...new Set(needs.map((need) => need % index))];
  const key = `step/${index}`;
  const after = sources.map((source) => `step/${source}`).sort();
  const terms = sources.flatMap((source): Binding[] => {
    const at = path[sketches[source]?.kind ?? "wait"];
    return at === undefined ? [] : [{ from: `step/${source}`, path: at }];
  });
  const retry = { maxAttempts, firstDelayMs: 1000, maxDelayMs: 5000, factor: 2, jitterPercent: 0 };
  const common = { key, after, retry, timeLimitMs: 1000 };
  const nothing: { readonly value: Json } = { value: {} };
  switch (kind) {
    case "pure":
      return { ...common, kind: "state", state: addUp.use.id, config: {}, input: { object: { terms: { array: terms } } } };
    case "read":
      return { ...common, kind: "state", state: readBalance.use.id, config: { account: key }, input: nothing };
    case "wait":
      return { key, kind: "wait", durationMs, after };
    case "signal":
      return { key, kind: "signal", payload: { kind: "codec", name: "uint256" }, after };
    case "child":
      return { key, kind: "child", op: double.id, config: { object: { amount: terms[0] ?? { value: "7" } } }, after };
  }
}
