/** Asking the outside, live: every answer is checked, recorded as a fact, and named in the step's event. */
import type { Backend, CallContext, Capability } from "../capability.ts";
import { digestOf } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { FactUse } from "../events.ts";
import { type Caller, StepFailure } from "../execute.ts";
import { type Question, Questions, encodeFact, factUseOf, sortFacts } from "../facts.ts";
import type { DefinitionId, RunId } from "../names.ts";
import type { Watch } from "../ports.ts";
import type { NewArtifact } from "../store.ts";

export interface RecordingOptions {
  readonly runId: RunId;
  readonly step: string;
  readonly backends: ReadonlyMap<DefinitionId, Backend>;
  readonly watch: Watch;
  readonly signal: AbortSignal;
}

/** A caller that asks backends, and what it recorded. */
export class Recording {
  readonly artifacts: NewArtifact[] = [];
  readonly #facts: FactUse[] = [];
  readonly #questions = new Questions();
  readonly #options: RecordingOptions;
  #calls = 0;

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  facts(): FactUse[] {
    return sortFacts(this.#facts);
  }

  readonly caller: Caller = async (need, capability, method, request) => {
    const { backends, runId, step, watch } = this.#options;
    const backend = backends.get(capability.id);
    if (backend === undefined)
      throw new MfmError("CAPABILITY_UNAVAILABLE", `no backend implements ${capability.id} in this process`, { capability: capability.id });
    const question = this.#questions.ask(need, capability, method, request);
    const call = this.#calls++;
    watch({ kind: "call.before", runId, step, capability: capability.id, method, call });
    try {
      return await this.#ask(backend, question, request);
    } finally {
      watch({ kind: "call.after", runId, step, capability: capability.id, method, call });
    }
  };

  async #ask(backend: Backend, question: Question, request: unknown): Promise<unknown> {
    let source = "local";
    const context: CallContext = { signal: this.#options.signal, attribute: (sourceRef) => void (source = sourceRef) };
    const answer: unknown = await answerOf(backend, question, request, context);
    const responseText = encodeAnswer(question.capability, question.method, answer);
    const text = encodeFact(question, responseText, assertSource(source, question.capability.id, question.method));
    const digest = digestOf(text);
    this.artifacts.push({ digest, body: text });
    this.#facts.push(factUseOf(question, digest));
    return question.capability.compiled.get(question.method)?.response.decode(JSON.parse(responseText));
  }
}

const sourcePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const sourceGrammar = "up to 64 letters, digits and . _ -, such as the name of a provider in the configuration";

/** @throws CAPABILITY_ANSWER_INVALID when a backend attributes its answer to what is no reference */
export function assertSource(source: string, capability: DefinitionId, method: string): string {
  if (sourcePattern.test(source)) return source;
  // Not repeated: it may be what it must not be, a URL with credentials.
  throw new MfmError(
    "CAPABILITY_ANSWER_INVALID",
    `the backend of ${capability} attributes its answer to something that is no reference: ${sourceGrammar}`,
    { capability, method },
  );
}

async function answerOf(backend: Backend, question: Question, request: unknown, context: CallContext): Promise<unknown> {
  try {
    return await backend.answer(question.method, request, context);
  } catch (error) {
    if (error instanceof MfmError || error instanceof StepFailure) throw error;
    throw new MfmError(
      "CAPABILITY_FAILED",
      `${question.capability.id} ${question.method} failed`,
      { capability: question.capability.id, method: question.method },
      error,
    );
  }
}

function encodeAnswer(capability: Capability, method: string, answer: unknown): string {
  const codec = capability.compiled.get(method)?.response;
  try {
    return codec?.encode(answer, `the answer of ${capability.id} ${method}`) ?? "";
  } catch (error) {
    // A provider may answer better next time, but an answer that is too large stays too large.
    if (!(error instanceof MfmError) || error.code === "VALUE_TOO_LARGE") throw error;
    throw new MfmError("CAPABILITY_ANSWER_INVALID", error.message, { capability: capability.id, method });
  }
}
