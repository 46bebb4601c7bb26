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

/** An object that is nothing but its members: no Date, no Map, no instance of a class. */
export function isPlainObject(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Assignment, except that `__proto__` is a name like any other. */
export function put<T>(object: { [name: string]: T }, name: string, value: T): void {
  if (name === "__proto__") Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

const nameInPointer = 80;

/** The JSON pointer of a member. A long name is shortened: a refusal must not repeat a megabyte. @see RFC 6901 */
export function pointerTo(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}/${name}`;
  const short = name.length > nameInPointer ? `${name.slice(0, nameInPointer)}...` : name;
  return `${path}/${short.toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
