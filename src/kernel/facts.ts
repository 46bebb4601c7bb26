/**
 * Facts: the recorded answers of reads. A fact artifact holds question, answer and where it was true; a step's event says which
 * question each fact answers, so that the order in which answers came never matters.
 */
import { type Digest, digestOf, parseCanonical } from "./canonical.ts";
import type { Capability } from "./capability.ts";
import { MfmError } from "./errors.ts";
import type { FactUse } from "./events.ts";
import type { Caller } from "./execute.ts";
import { isJsonObject } from "./json.ts";

export const factFormat = "mfm-fact/1";

/** A question that a step asked: the how-manieth of its kind, and its canonical text. */
export interface Question {
  readonly need: string;
  readonly capability: Capability;
  readonly method: string;
  readonly requestText: string;
  readonly request: Digest;
  readonly occurrence: number;
}

/** Numbers a step's questions, so that equal ones are told apart by their order. */
export class Questions {
  readonly #counts = new Map<string, number>();

  /** @throws VALUE_INVALID when the request does not match the capability's schema */
  ask(need: string, capability: Capability, method: string, request: unknown): Question {
    const codec = capability.compiled.get(method);
    if (codec === undefined) throw new MfmError("INTERNAL", `${capability.id} has no method ${method}`);
    const requestText = codec.request.encode(request, `the request of ${capability.id} ${method}`);
    const digest = digestOf(requestText);
    const key = `${need} ${method} ${digest}`;
    const occurrence = this.#counts.get(key) ?? 0;
    this.#counts.set(key, occurrence + 1);
    return { need, capability, method, requestText, request: digest, occurrence };
  }
}

/** The canonical text of a fact. Members in canonical order; request and response are canonical texts already. */
export function encodeFact(question: Question, responseText: string, source: string): string {
  const { capability, method, requestText } = question;
  return `{"capability":${JSON.stringify(capability.id)},"format":"${factFormat}","method":${JSON.stringify(method)},"request":${requestText},"response":${responseText},"source":${JSON.stringify(source)}}`;
}

export function factUseOf(question: Question, fact: Digest): FactUse {
  return { need: question.need, method: question.method, request: question.request, occurrence: question.occurrence, fact };
}

/** Facts stand in an event sorted by question: the order of answers leaves no trace. */
export function sortFacts(facts: readonly FactUse[]): FactUse[] {
  return facts.length < 2 ? [...facts] : [...facts].sort((left, right) => compareUses(left, right));
}

/** Whether facts stand as `sortFacts` puts them, each question once. */
export function areSorted(facts: readonly FactUse[]): boolean {
  return facts.every((use, index) => {
    const before = facts[index - 1];
    return before === undefined || compareUses(before, use) < 0;
  });
}

function compareUses(left: FactUse, right: FactUse): number {
  for (const name of ["need", "method", "request"] as const) if (left[name] !== right[name]) return left[name] < right[name] ? -1 : 1;
  return left.occurrence - right.occurrence;
}

/** Answers from recorded facts, and what is to be said of them once the step's code is done. */
export interface Replay {
  /** Throws FACT_MISSING for a question without a record, HISTORY_INVALID for a fact that does not answer its question. */
  readonly caller: Caller;
  /** @throws HISTORY_INVALID when a fact did not answer its question, whatever the step's code made of that, or was not asked for */
  readonly settle: () => void;
}

export function answerFromFacts(uses: readonly FactUse[], factText: (digest: Digest) => string): Replay {
  const questions = new Questions();
  const used = new Set<number>();
  let find: ((question: Question) => number) | undefined;
  let broken: MfmError | undefined;
  const caller: Caller = async (need, capability, method, request) => {
    const question = questions.ask(need, capability, method, request);
    find ??= finderOf(uses);
    const index = find(question);
    const use = uses[index];
    if (use === undefined)
      throw new MfmError("FACT_MISSING", `no recorded answer of ${capability.id} ${method} for this question`, {
        capability: capability.id,
        method,
        request: question.request,
        occurrence: question.occurrence,
      });
    used.add(index);
    try {
      return readAnswer(question, factText(use.fact), { fact: use.fact, field: `data.facts.${index}.fact` });
    } catch (error) {
      if (error instanceof MfmError) broken ??= error;
      throw error;
    }
  };
  const settle = (): void => {
    if (broken !== undefined) throw broken;
    if (used.size === uses.length) return;
    const unused = uses.findIndex((_, index) => !used.has(index));
    throw new MfmError("HISTORY_INVALID", `data.facts.${unused}: the step's code does not ask this question`, {
      field: `data.facts.${unused}`,
      reason: "the step's code does not ask this question",
    });
  };
  return { caller, settle };
}

const few = 16;

/** Where the answer to a question stands among facts; -1: nowhere. */
function finderOf(uses: readonly FactUse[]): (question: Question) => number {
  if (uses.length <= few)
    return ({ need, method, request, occurrence }) =>
      uses.findIndex((use) => use.request === request && use.occurrence === occurrence && use.need === need && use.method === method);
  const keyOf = ({ need, method, request, occurrence }: FactUse | Question): string => `${need} ${method} ${request} ${occurrence}`;
  const places = new Map(uses.map((use, index) => [keyOf(use), index]));
  return (question) => places.get(keyOf(question)) ?? -1;
}

function readAnswer(question: Question, text: string, { fact: digest, field }: { readonly fact: Digest; readonly field: string }): unknown {
  const invalid = (reason: string): MfmError =>
    new MfmError("HISTORY_INVALID", `${field}: the fact ${digest}: ${reason}`, { field, artifact: digest, reason });
  const codec = question.capability.compiled.get(question.method)?.response;
  let value: unknown;
  let written: string | undefined;
  try {
    const fact = parseCanonical(text);
    const source = isJsonObject(fact) ? fact["source"] : undefined;
    const response = isJsonObject(fact) ? fact["response"] : undefined;
    if (response !== undefined && codec !== undefined && typeof source === "string") {
      value = codec.decode(response);
      written = encodeFact(question, codec.rewrite(response) ?? codec.encode(value), source);
    }
  } catch (error) {
    if (error instanceof MfmError)
      throw invalid(error.code === "NOT_CANONICAL" ? "not canonical" : "its answer does not match the capability's schema");
    throw error;
  }
  if (written === undefined) throw invalid("not a fact");
  if (written !== text) throw invalid("it does not answer the question it is recorded for");
  return value;
}
