/** Values of code as a document has them: big integers are decimal strings. */
import type { Json } from "../../kernel/json.ts";

export function plainData(value: unknown): Json {
  return JSON.parse(JSON.stringify(value, (_name, member: unknown) => (typeof member === "bigint" ? member.toString() : member))) as Json;
}
