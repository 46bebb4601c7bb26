/** The pages of docs/formats quote bytes; every quoted line stands in the vectors or in a recorded history, which other tests recompute. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { readRecorded } from "../vectors/plain.ts";
import { blocksOf, readPage, root } from "./pages.ts";

/** Every string in a document, at any depth. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

const vectors = readdirSync(`${root}test/vectors`).filter((file) => file.endsWith(".json"));
const histories = readdirSync(`${root}test/histories/v1`).flatMap((file) => /^(.*)\.ndjson$/.exec(file)?.[1] ?? []);
const quotable = new Set([
  ...vectors.flatMap((file) => stringsIn(JSON.parse(readPage(`test/vectors/${file}`)))),
  ...histories.flatMap((name) => readRecorded(name).split("\n")),
]);

const everything = [...quotable].join("\n");

describe("docs: formats", () => {
  const pages = readdirSync(`${root}docs/formats`).filter((file) => file.endsWith(".md"));

  it("there is a page for each", () =>
    assert.deepEqual(pages.toSorted(), [
      "bundle.md",
      "canonical.md",
      "history.md",
      "identity.md",
      "keystore.md",
      "scanner.md",
      "snapshot.md",
      "spec.md",
    ]));

  for (const page of pages) {
    it(`${page} quotes what the vectors hold`, () => {
      const text = readPage(`docs/formats/${page}`);
      for (const [id] of text.matchAll(/\b(?:run|sha256):[0-9a-f]{64}\b/g))
        assert.ok(everything.includes(id), `docs/formats/${page}: in no vector: ${id}`);
      for (const [, json = ""] of text.matchAll(/`([{[]".*?[}\]])`/g)) {
        if (!json.includes("...") && !/\b[A-Z]{3,}\b/.test(json))
          assert.ok(everything.includes(json), `docs/formats/${page}: in no vector: ${json}`);
      }
      const blocks = blocksOf(text);
      assert.ok(blocks.some(({ kind }) => kind === "json"));
      for (const { kind, line, lines } of blocks) {
        if (kind !== "json" && kind !== "hex") continue;
        for (const quoted of lines) assert.ok(quotable.has(quoted), `docs/formats/${page}:${line}: in no vector: ${quoted}`);
      }
    });
  }
});
