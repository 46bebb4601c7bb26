/** What came of an assertion about a contract: whether it holds, and in words what was expected and what was found. */
import * as z from "zod";
import type { Json } from "../../kernel/json.ts";
import { toCanonical } from "../../kernel/canonical.ts";

/** In characters. A contract may return or emit a megabyte; what is found is shown, not kept. */
const longestText = 600;

const text = z.string().min(1).max(longestText);

export const assertion = z.strictObject({
  kind: z.enum(["held", "failed"]),
  /** What was looked at, such as `token: hasRole(bytes32,address)`. */
  subject: text,
  expected: text,
  found: text,
  /** `proven`: against the state root of the pinned block. `reported`: as a source says. */
  evidence: z.enum(["proven", "reported"]),
});
export type Assertion = z.output<typeof assertion>;

/** The members of `given`, its texts cut to what has room. */
export function assertionOf(given: Assertion): Assertion {
  return { ...given, subject: shorten(given.subject), expected: shorten(given.expected), found: shorten(given.found) };
}

/** A value as one line. Canonical, so what controls a terminal is escaped as JSON does it; a surface that prints it escapes the rest. */
export function wordsOf(value: Json): string {
  return toCanonical(value);
}

export function shorten(words: string): string {
  const whole = words.toWellFormed();
  return whole.length <= longestText ? whole : `${whole.slice(0, longestText - 3).toWellFormed()}...`;
}
