/** The value set of canonical data (DESIGN 4): what may stand in a spec, an event, a value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/** Limits of canonical data, in effect everywhere. Sizes in bytes of UTF-8. */
export const limits = {
  stepsPerSpec: 10_000,
  depth: 64,
  valueBytes: 1_048_576,
  artifactBytes: 16_777_216,
  keyBytes: 200,
  invocationKeyBytes: 1024,
} as const;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
