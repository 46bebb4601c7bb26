/** The grammar of names: definitions, steps, runs. */
import type { Digest } from "./canonical.ts";

/** `mfm.portfolio/snapshot@1`: namespace, name, version. */
export type DefinitionId = string;
/** `run:` and 64 hex digits. */
export type RunId = `run:${string}`;

const definitionPattern = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*\/[a-z][a-z0-9]*(?:-[a-z0-9]+)*@[1-9][0-9]{0,5}$/;
const stepKeyPattern = /^[A-Za-z0-9_.:@-]+(?:\/[A-Za-z0-9_.:@-]+)*$/;
const memberPattern = /^[a-z][A-Za-z0-9]{0,63}$/;
const runIdPattern = /^run:[0-9a-f]{64}$/;

export const definitionGrammar = "a namespace, a slash, a name and a version, all lower case, for example acme.treasury/payout@1";
export const stepKeyGrammar = "up to 200 letters, digits and _ . : @ - in segments divided by single slashes";

/** Takes anything: modules of authors are loaded without their types being checked. */
export function isDefinitionId(text: unknown): text is DefinitionId {
  return typeof text === "string" && text.length <= 200 && definitionPattern.test(text);
}

export function isStepKey(text: string): boolean {
  return text.length <= 200 && stepKeyPattern.test(text);
}

/** A camelCase member name, such as a capability's name in `needs` or an output. */
export function isMemberName(text: string): boolean {
  return memberPattern.test(text);
}

export function isRunId(text: string): text is RunId {
  return runIdPattern.test(text);
}

/** The run id that a digest stands for. */
export function runIdOf(digest: Digest): RunId {
  return `run:${digest.slice("sha256:".length)}`;
}
