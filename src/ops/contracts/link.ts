/** Linking: which contract of a plan, or which address, each library of an artifact is. */
import { MfmError } from "../../kernel/errors.ts";
import { type Template, type Hole } from "../../states/abi/template.ts";
import { type RuntimeCode, describeCode, findSelf } from "../../states/contracts/runtime-code.ts";
import type { Artifact, Link } from "./artifact.ts";

/** Names of contracts of the plan by library, as `Math` or `contracts/Math.sol:Math`. */
export type Libraries = { readonly [library: string]: string };

export interface Linked {
  readonly creation: Template;
  readonly runtime: RuntimeCode;
}

/**
 * The code of an artifact with its libraries named: a hole in the creation code for each.
 * @throws LIBRARIES_UNLINKED naming each library that is not given, or one that is given and not used, or means two
 */
export function linkArtifact({ name, creation, runtime }: Artifact, libraries: Libraries): Linked {
  const needed = [...new Set([...creation.links, ...runtime.links].map(({ library }) => library))].sort();
  const contracts = new Map<string, string>();
  const missing: string[] = [];
  for (const library of needed) {
    const contract = libraries[library] ?? libraries[shortName(library)];
    if (contract === undefined) missing.push(library);
    else contracts.set(library, contract);
  }
  const isUsed = (given: string) => needed.some((library) => given === library || given === shortName(library));
  const strangers = Object.keys(libraries).filter((given) => !isUsed(given));
  const vague = Object.keys(libraries).filter((given) => needed.filter((library) => given === shortName(library)).length > 1);
  if (missing.length + strangers.length + vague.length > 0) {
    const words = [
      ...missing.map((library) => `${library} is not given`),
      ...strangers.map((library) => `it does not use ${library}`),
      ...vague.map((library) => `${library} means more than one: write it with its file`),
    ];
    throw new MfmError("LIBRARIES_UNLINKED", `the libraries of ${name}: ${words.join("; ")}`, {
      contract: name,
      missing,
      strangers,
      vague,
    });
  }
  const place = ({ at, library }: Link): Hole => ({ at, contract: contracts.get(library) ?? "" });
  return {
    creation: { data: creation.code, holes: creation.links.map(place) },
    runtime: describeCode(runtime.code, {
      immutables: (runtime.immutables ?? []).map(({ at, length }) => ({ at, length })),
      libraries: runtime.links.map(place),
      self: findSelf(runtime.code),
    }),
  };
}

function shortName(library: string): string {
  return library.slice(library.lastIndexOf(":") + 1);
}
