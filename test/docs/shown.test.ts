import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blocksOf, commandsOf, fileNameOf } from "./pages.ts";
import { Stands, isShown } from "./shown.ts";

const hex = (digit: string, length = 64): string => digit.repeat(length);

describe("docs: blocks of a page", () => {
  const page = ["text", "```ts", "// a.ts", "x", "```", "```console", "$ one \\", "> two", "printed", "$ three", "```"].join("\n");

  it("are files and sessions", () => {
    const [file, session] = blocksOf(page);
    assert.ok(file !== undefined && session !== undefined);
    assert.equal(fileNameOf(file), "a.ts");
    assert.equal(fileNameOf(session), undefined);
    assert.deepEqual(commandsOf(session), [
      { line: 7, command: "one \\\ntwo", output: ["printed"] },
      { line: 10, command: "three", output: [] },
    ]);
  });

  it("must end", () => assert.throws(() => blocksOf("```ts")));
});

describe("docs: what a page shows of an output", () => {
  const shows = (shown: readonly string[], actual: readonly string[], stands = new Stands()): boolean => isShown(shown, actual, stands);

  it("is the output, line by line", () => {
    assert.ok(shows(["a", "", "b"], ["a", "", "b"]));
    for (const actual of [[], ["a"], ["a", "b", "c"], ["b", "a"], ["a", "B"]]) assert.ok(!shows(["a", "b"], actual), String(actual));
  });

  it("leaves lines out at ...", () => {
    for (const actual of [
      ["a", "z"],
      ["a", "b", "c", "z"],
    ])
      assert.ok(shows(["a", "...", "z"], actual));
    assert.ok(!shows(["a", "...", "z"], ["a", "b"]));
    assert.ok(shows(["..."], []));
  });

  it("has other ids, digests, times, durations and process names in every run", () => {
    assert.ok(
      shows(["at 2026-01-01 12:00:00 in 0.1 s by host:1:0a0a0a0a"], ["at 2031-12-24 01:02:03 in 7.0 s by other-host:4321:deadbeef"]),
    );
    assert.ok(shows([`run:${hex("a")} sha256:${hex("b")}`], [`run:${hex("1")} sha256:${hex("2")}`]));
    assert.ok(!shows(["at 2026-01-01 12:00:00"], ["at noon"]));
    assert.ok(!shows([`run:${hex("a")}`], [`sha256:${hex("1")}`]));
    assert.ok(!shows([`run:${hex("a")}`], [`run:${hex("1", 12)}`]));
  });

  it("but one id is the same id everywhere on the page, also shortened", () => {
    const stands = new Stands();
    assert.ok(shows([`started run:${hex("a")}`], [`started run:${hex("1")}`], stands));
    assert.ok(shows([`status of run:${hex("a", 12)}`], [`status of run:${hex("1", 12)}`], stands));
    assert.ok(!shows([`run:${hex("a")}`], [`run:${hex("2")}`], stands));
    assert.equal(
      stands.translate("mfm run status aaaa; mfm verify --head sha256:beef 1000"),
      `mfm run status ${hex("1", 12)}; mfm verify --head sha256:beef 1000`,
    );
    assert.equal(stands.translate(`mfm run events run:${hex("a")}`), `mfm run events run:${hex("1")}`);
  });

  it("is exact about digests that depend on the op alone", () => {
    assert.ok(!shows([`specRef       sha256:${hex("a")}`], [`specRef       sha256:${hex("b")}`]));
    assert.ok(shows([`specRef       sha256:${hex("a")}`], [`specRef       sha256:${hex("a")}`]));
  });
});
