/**
 * The formats once more, from `docs/formats/` alone: JSON, SHA-256, and nothing of MFM. What this computes and what MFM writes must be the same,
 * or the pages are wrong.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const tests = fileURLToPath(new URL("../../../test/", import.meta.url));

export type Data = null | boolean | number | string | readonly Data[] | { readonly [name: string]: Data };
export type Members = { readonly [name: string]: Data };

export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(`${tests}vectors/${name}.json`, "utf8")) as T;
}

export function readRecorded(history: string): string {
  return readFileSync(`${tests}histories/v1/${history}.ndjson`, "utf8");
}

/** Default sort compares UTF-16 code units, and JSON.stringify escapes as RFC 8785 asks. */
export function canonical(value: Data): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(",")}}`;
}

export function isArray(value: Data): value is readonly Data[] {
  return Array.isArray(value);
}

export function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;
}

export function runIdOf(digest: string): string {
  return `run:${digest.slice("sha256:".length)}`;
}

export interface Bundle {
  readonly header: Members;
  readonly events: readonly { readonly digest: string; readonly text: string; readonly event: Members }[];
  readonly artifacts: ReadonlyMap<string, string>;
}

/** The lines of a bundle, each cut out of its frame as it stands. */
export function readPlainBundle(content: string): Bundle {
  const [header = "", ...lines] = content.trimEnd().split("\n");
  const framed = lines.map((line) => /^\{"(digest|artifact)":"([^"]*)","(?:event|json)":(.*)\}$/s.exec(line) ?? []);
  const rows = framed.map(([, kind = "", digest = "", text = ""]) => ({ kind, digest, text }));
  const events = rows
    .filter(({ kind }) => kind === "digest")
    .map(({ digest, text }) => ({ digest, text, event: JSON.parse(text) as Members }));
  const artifacts = new Map(rows.filter(({ kind }) => kind === "artifact").map(({ digest, text }) => [digest, text]));
  return { header: JSON.parse(header) as Members, events, artifacts };
}
