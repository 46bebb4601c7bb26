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
  noteSaga(lowering, config);
  if (!sends && validate === undefined) lowering.note("/validate", "nothing is deployed, configured or validated");
  noteCircles(lowering, contracts);
}

/** What certification would refuse in words of a spec. */
function noteSaga(lowering: Lowering, { configure = [], onFailure, sender }: LifecycleConfig): void {
  const undoes = configure.some(({ undo }) => undo !== undefined);
  if (undoes && onFailure?.policy !== "compensate")
    lowering.note("/onFailure", "a call has an undo: say compensate, and who decides where it cannot go on");
  if (!undoes && onFailure?.policy === "compensate")
    lowering.note("/onFailure/policy", "no call has an undo: give one an undo, or say manual");
  for (const [path, quorum] of [
    ["/onFailure", onFailure],
    ["/sender/approval", sender?.approval],
  ] as const)
    if (quorum !== undefined && quorum.quorum > quorum.operators.length)
      lowering.note(`${path}/quorum`, "is more than there are operators");
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
