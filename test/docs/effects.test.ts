/** The cases of docs/effects.md are numbered in order, each once: a number stays with its case; and each is named by a test. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { readPage, root } from "./pages.ts";

const numbers = [...readPage("docs/effects.md").matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));

/** The numbers that tests name: `(case 5)`, `(cases 9 and 10)`, `(cases 1 to 4)`. */
function namedIn(text: string): number[] {
  return [...text.matchAll(/\(cases? (\d+)(?: (and|to) (\d+))?\)/g)].flatMap(([, first, how, last]) => {
    const from = Number(first);
    const to = Number(last ?? first);
    return how === "to" ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [from, to];
  });
}

describe("docs: effects", () => {
  it("numbers its cases in order, each once", () => {
    assert.ok(numbers.length > 30);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((left, right) => left - right),
    );
  });

  it("has a test that names each", () => {
    const paths = ["src", "test", "examples"].flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" }).map((path) => `${root}${folder}/${path}`),
    );
    const tests = paths.filter((path) => path.endsWith(".test.ts") && !path.endsWith("docs/effects.test.ts"));
    const named = new Set(tests.flatMap((path) => namedIn(readFileSync(path, "utf8"))));
    assert.deepEqual(
      numbers.filter((number) => !named.has(number)),
      [],
    );
  });
});
