/**
 * A forger who re-hashes: recorded answers are altered, every step that can be computed again is, and everything is sealed anew. What he cannot
 * compute he leaves as it was.
 */
import { type Digest, digestOf, toCanonical } from "../../src/kernel/canonical.ts";
import { executeState } from "../../src/kernel/execute.ts";
import { answerFromFacts } from "../../src/kernel/facts.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { Registry } from "../../src/kernel/registry.ts";
import { type Spec, resolveBinding } from "../../src/kernel/spec.ts";
import type { History } from "../../src/kernel/verify/history.ts";
import { type Tree, eventAt, resealed, withValue } from "../kernel/tamper.ts";

export interface Forgery {
  /** The new text of a fact, or undefined where it stays. */
  readonly alter: (fact: string) => string | undefined;
  /** Steps whose output stays as it was, although it could be computed. */
  readonly keeps?: (step: string) => boolean;
}

export async function forged(history: History, registry: Registry, { alter, keeps = () => false }: Forgery): Promise<History> {
  const first = history.events[0]?.event;
  if (first?.type !== "RunAdmitted") throw new Error("a history begins with RunAdmitted");
  const texts = new Map<Digest, string>(history.artifacts);
  const put = (text: string): Digest => {
    texts.set(digestOf(text), text);
    return digestOf(text);
  };
  const spec = JSON.parse(texts.get(first.data.spec.digest) ?? "") as Spec;
  const outputs = new Map<string, Json>();
  const outputOf = (step: string): Json => outputs.get(step) ?? null;
  const replaced = new Map<number, Tree>();
  for (const [index, { event }] of history.events.entries()) {
    let tree = eventAt(history, index);
    if (event.type === "RunSucceeded")
      tree = withValue(tree, "data.output.digest", put(toCanonical(resolveBinding(spec.output.binding, outputOf))));
    if (event.type === "StepCompleted") {
      const facts = event.data.facts.map((use) => {
        const text = texts.get(use.fact) ?? "";
        return { ...use, fact: put(alter(text) ?? text) };
      });
      const old = texts.get(event.data.output.digest) ?? "";
      const step = spec.steps.find(({ key }) => key === event.data.step);
      const state = step?.kind === "state" ? registry.states.get(step.state) : undefined;
      if (step?.kind !== "state" || state === undefined) throw new Error(`no code for ${event.data.step}`);
      const given = { config: step.config, input: resolveBinding(step.input, outputOf) };
      const replay = answerFromFacts(facts, (digest) => texts.get(digest) ?? "");
      const compute = async (): Promise<string> => (await executeState(state, given, replay.caller, new AbortController().signal)).text;
      const text = keeps(step.key) ? old : await compute().catch(() => old);
      outputs.set(event.data.step, JSON.parse(text) as Json);
      tree = withValue(withValue(tree, "data.facts", facts), "data.output.digest", put(text));
    }
    replaced.set(index, tree);
  }
  return resealed(history, replaced, texts);
}
