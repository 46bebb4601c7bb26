/** JSON-RPC 2.0 over HTTP: what an HTTP answer says to each call of a request. @see https://www.jsonrpc.org/specification */
import { classifyRpcError, reasonOfFault } from "./rpc-errors.ts";
import type { HttpAnswer } from "./http-endpoint.ts";
import { RpcFailure } from "./provider.ts";
import type { Scrub } from "./secrets.ts";

/** What became of one call. `missing`: the answer to a batch has nothing, or two things, under its id. */
export type CallOutcome =
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "failure"; readonly failure: RpcFailure }
  | { readonly kind: "missing" };

export type HttpOutcome =
  /** By the calls' ids. */
  | { readonly kind: "calls"; readonly outcomes: ReadonlyMap<number, CallOutcome> }
  /** The same for all of them: nothing was answered. */
  | { readonly kind: "refused"; readonly failure: RpcFailure };

export interface SentRequest {
  /** Of the calls in it. */
  readonly ids: readonly number[];
  /** Takes the secrets out of what the server says. */
  readonly scrub: Scrub;
  /** What the answer asks for. */
  readonly retryAfterMs: number | undefined;
}

/** What an HTTP answer says to the calls of its request. */
export function readHttpAnswer(answer: HttpAnswer, { ids, scrub, retryAfterMs }: SentRequest): HttpOutcome {
  if (answer.status === 429 || answer.status === 503) {
    const reason = answer.status === 429 ? "rate_limited" : "unavailable";
    return refused(new RpcFailure(reason, `HTTP ${answer.status}`, { retryAfterMs }));
  }
  const document = parseJson(answer.body);
  // Some providers answer errors of JSON-RPC with a status of HTTP; what the answer says is more exact than its status.
  if (Array.isArray(document)) return { kind: "calls", outcomes: sortOut(document, ids, scrub) };
  const error = errorOf(fieldsOf(document));
  if (error !== undefined) {
    const failure = failureOf(error, scrub);
    const [id, ...others] = ids;
    if (others.length > 0 || id === undefined) return refused(failure);
    return { kind: "calls", outcomes: new Map([[id, { kind: "failure", failure }]]) };
  }
  if (answer.status !== 200) return refused(failureOfStatus(answer.status));
  if (ids.length > 1 || document === undefined) return refused(new RpcFailure("malformed", "an answer that is no JSON-RPC"));
  return { kind: "calls", outcomes: sortOut([document], ids, scrub) };
}

function refused(failure: RpcFailure): HttpOutcome {
  return { kind: "refused", failure };
}

function sortOut(answers: readonly unknown[], ids: readonly number[], scrub: Scrub): Map<number, CallOutcome> {
  const outcomes = new Map<number, CallOutcome>(ids.map((id) => [id, { kind: "missing" }]));
  const seen = new Set<number>();
  for (const answer of answers) {
    const fields = fieldsOf(answer);
    const id = fields["id"];
    if (typeof id !== "number" || !outcomes.has(id)) continue;
    // Two answers under one id: which of them belongs to the call, nobody can tell.
    outcomes.set(id, seen.has(id) ? { kind: "missing" } : outcomeOf(fields, scrub));
    seen.add(id);
  }
  return outcomes;
}

function outcomeOf(fields: Fields, scrub: Scrub): CallOutcome {
  const error = errorOf(fields);
  if (error !== undefined) return { kind: "failure", failure: failureOf(error, scrub) };
  if ("result" in fields) return { kind: "result", result: fields["result"] };
  return { kind: "failure", failure: new RpcFailure("malformed", "an answer with neither result nor error") };
}

type Fields = { readonly [name: string]: unknown };

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

/** Some gateways answer `error` with a text alone. */
function errorOf({ error }: Fields): Fields | undefined {
  if (typeof error === "string") return { message: error };
  return typeof error === "object" && error !== null ? (error as Fields) : undefined;
}

function failureOf(error: Fields, scrub: Scrub): RpcFailure {
  const code = typeof error["code"] === "number" ? error["code"] : undefined;
  const message = typeof error["message"] === "string" ? error["message"] : "";
  return rpcFailure({ code, message, data: error["data"] }, scrub);
}

/** The failure that an error answer of a node is. */
export function rpcFailure(
  error: { readonly code: number | undefined; readonly message: string; readonly data?: unknown },
  scrub: Scrub,
): RpcFailure {
  const fault = classifyRpcError(error);
  return new RpcFailure(reasonOfFault(fault), scrub(error.message), { code: error.code, fault });
}

/** The failure that an answer without JSON-RPC is, by its status of HTTP. */
export function failureOfStatus(status: number): RpcFailure {
  const words = `HTTP ${status}`;
  if (status === 401 || status === 403) return new RpcFailure("unauthorized", words);
  if (status === 408) return new RpcFailure("timeout", words);
  if (status === 413) return new RpcFailure("too_large", words, { fault: { kind: "request_too_large" } });
  if (status === 429) return new RpcFailure("rate_limited", words);
  if (status >= 500) return new RpcFailure("unavailable", words);
  return status === 200 ? new RpcFailure("malformed", words) : new RpcFailure("refused", words);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
