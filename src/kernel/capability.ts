/** Capabilities: what a state may ask of the outside. A contract names methods with typed requests and responses; a backend answers them live. */
import * as z from "zod";
import { type Digest, digestOf, toCanonical } from "./canonical.ts";
import type { Descriptor } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { lowerSchema } from "./lower.ts";
import { type DefinitionId, definitionGrammar, isDefinitionId, isMemberName } from "./names.ts";
import { ValueCodec } from "./value.ts";

/** The schema of "no members": what a definition has where it names none. */
export const emptyObject = z.strictObject({});
export type EmptySchema = typeof emptyObject;

/** It answers questions and changes nothing. What changes the outside is an effect kind, and goes through the effect ledger. */
export type CapabilityKind = "read";
const kinds: readonly string[] = ["read"] satisfies readonly CapabilityKind[];

export interface MethodSchemas {
  /** Omitted: the method takes no request. */
  readonly request?: z.ZodType;
  readonly response: z.ZodType;
}
export type Methods = { readonly [name: string]: MethodSchemas };

type RequestOf<M extends MethodSchemas> = M["request"] extends z.ZodType ? z.output<M["request"]> : undefined;
type ResponseOf<M extends MethodSchemas> = z.output<M["response"]>;

/** A capability as a state's code sees it: one async function per method. */
export type Client<M extends Methods> = {
  readonly [K in keyof M]: RequestOf<M[K]> extends undefined
    ? () => Promise<ResponseOf<M[K]>>
    : (request: RequestOf<M[K]>) => Promise<ResponseOf<M[K]>>;
};

export interface CompiledMethod {
  readonly request: ValueCodec;
  readonly response: ValueCodec;
}

export interface Capability<M extends Methods = Methods> {
  readonly type: "capability";
  readonly id: DefinitionId;
  readonly kind: CapabilityKind;
  readonly methods: M;
  readonly compiled: ReadonlyMap<string, CompiledMethod>;
  /** Digest of the descriptor: id, kind and every method's schemas. */
  readonly descriptor: Digest;
}

/**
 * Declares a capability.
 * @throws DEFINITION_INVALID when the id, a name or a schema is outside the rules
 */
export function defineCapability<const M extends Methods>(definition: {
  readonly id: DefinitionId;
  readonly kind: CapabilityKind;
  readonly methods: M;
}): Capability<M> {
  const { id, kind, methods } = definition;
  if (!isDefinitionId(id))
    throw new MfmError("DEFINITION_INVALID", `capability id ${JSON.stringify(id)} is not ${definitionGrammar}`, { id });
  // Modules of authors are loaded without their types being checked.
  if (!kinds.includes(kind))
    throw new MfmError("DEFINITION_INVALID", `${id}: the kind of a capability is read; what writes is declared with defineEffect`, { id });
  const compiled = new Map<string, CompiledMethod>();
  const described: { [name: string]: { request: Descriptor; response: Descriptor } } = {};
  for (const [name, method] of Object.entries(methods)) {
    // A client with a method `then` would be taken for a promise.
    if (!isMemberName(name) || name === "then")
      throw new MfmError("DEFINITION_INVALID", `${id}: ${JSON.stringify(name)} cannot name a method: it must be camelCase and not then`, {
        id,
      });
    const request = lowerFor(id, method.request ?? emptyObject, `/${name}/request`);
    const response = lowerFor(id, method.response, `/${name}/response`);
    described[name] = { request, response };
    compiled.set(name, { request: new ValueCodec(request), response: new ValueCodec(response) });
  }
  if (compiled.size === 0) throw new MfmError("DEFINITION_INVALID", `${id}: a capability needs at least one method`, { id });
  const descriptor = digestOf(toCanonical({ id, kind, methods: described as never }));
  return { type: "capability", id, kind, methods, compiled, descriptor };
}

/** The descriptor of one of a definition's schemas. @throws DEFINITION_INVALID naming the definition, the place and the reason */
export function lowerFor(id: DefinitionId, schema: z.ZodType, path: string): Descriptor {
  try {
    return lowerSchema(schema, path);
  } catch (error) {
    if (error instanceof MfmError) throw new MfmError(error.code, `${id}: ${error.message}`, { ...error.details, id });
    throw new MfmError("DEFINITION_INVALID", `${id}: schema at ${path}: not a zod schema`, { id, path, reason: "not a zod schema" }, error);
  }
}

/** What a backend is told with each call. */
export interface CallContext {
  /** Aborted when the step's time limit passes or its run is stopped. */
  readonly signal: AbortSignal;
  /** Names where the answer was true: a reference from the configuration, never a URL. `local` where the backend says nothing. */
  readonly attribute: (sourceRef: string) => void;
}

export type Answers<M extends Methods> = {
  readonly [K in keyof M]: (request: RequestOf<M[K]>, context: CallContext) => ResponseOf<M[K]> | Promise<ResponseOf<M[K]>>;
};

/** A live implementation of a capability. */
export interface Backend {
  readonly type: "backend";
  readonly capability: Capability;
  readonly answer: (method: string, request: unknown, context: CallContext) => unknown;
}

/**
 * Implements a capability. An answer may throw a `StepFailure` with its own code and retry advice; anything else thrown counts as safe to retry.
 * @throws DEFINITION_INVALID when a method is missing
 */
export function implement<M extends Methods, A extends Answers<M>>(capability: Capability<M>, answers: A): Backend {
  const table = new Map<string, (request: never, context: CallContext) => unknown>(Object.entries(answers));
  for (const name of capability.compiled.keys()) {
    if (typeof table.get(name) !== "function")
      throw new MfmError("DEFINITION_INVALID", `the backend of ${capability.id} lacks the method ${name}`, { id: capability.id });
  }
  return { type: "backend", capability, answer: (method, request, context) => table.get(method)?.(request as never, context) };
}
