/** What the schema of a lifecycle cannot say: names are given once, what creates stands on something, and something is to be done. */
import type { LifecycleConfig } from "./lifecycle-config.ts";
import type { Lowering } from "./lower-lifecycle.ts";

export function checkLifecycle(lowering: Lowering, config: LifecycleConfig): void {
  const { contracts, configure = [], validate, sender } = config;
  noteRepeated(lowering, "/contracts", contracts);
  noteRepeated(lowering, "/configure", configure);
  noteRepeated(lowering, "/validate/assertions", validate?.assertions ?? []);
  const sends = configure.length > 0 || contracts.some(({ kind }) => kind === "create" || kind === "create2");
  if (sends && sender === undefined) lowering.note("/sender", "is needed: something is deployed or configured");
  if (!sends && sender !== undefined) lowering.note("/sender", "is not needed: nothing is deployed or configured");
  if (!sends && validate === undefined) lowering.note("/validate", "nothing is deployed, configured or validated");
  noteCircles(lowering, contracts);
}

/** A step is known by its name. */
function noteRepeated(lowering: Lowering, path: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of named.entries()) {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) lowering.note(`${path}/${index}/name`, "expected letters, digits and _ . -");
    if (seen.has(name)) lowering.note(`${path}/${index}/name`, `${name} is there already`);
    seen.add(name);
  }
}

function noteCircles(lowering: Lowering, contracts: LifecycleConfig["contracts"]): void {
  const creators = new Map(contracts.flatMap((entry) => (entry.kind === "created_by" ? [[entry.name, entry.creator]] : [])));
  for (const [index, entry] of contracts.entries()) {
    if (entry.kind !== "created_by" || !lowering.isKnown(`/contracts/${index}/creator`, entry.creator)) continue;
    let at: string | undefined = entry.creator;
    for (let steps = 0; at !== undefined && steps <= contracts.length; steps++) at = creators.get(at);
    if (at !== undefined) lowering.note(`/contracts/${index}/creator`, "these create each other");
  }
}
