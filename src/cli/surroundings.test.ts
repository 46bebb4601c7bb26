import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSurroundings } from "./surroundings.ts";

describe("surroundings", () => {
  const cases: readonly (readonly [string, NodeJS.ProcessEnv, "text" | "json"])[] = [
    ["run list", {}, "text"],
    ["run list --output-format json", {}, "json"],
    ["--output-format=json nonsense", {}, "json"],
    ["run list", { MFM_OUTPUT_FORMAT: "json" }, "json"],
    ["run list --output-format text", { MFM_OUTPUT_FORMAT: "json" }, "text"],
    ["run list -- --output-format json", {}, "text"],
    ["--output-format json --output-format text", {}, "text"],
    ["--output-format", {}, "text"],
    ["run list", { MFM_OUTPUT_FORMAT: "xml" }, "text"],
  ];
  for (const [line, env, format] of cases)
    it(`speaks ${format} for: ${line} ${JSON.stringify(env)}`, () => assert.equal(readSurroundings(line.split(" "), env).format, format));

  it("has no colour where it is not wanted", () => {
    assert.deepEqual(
      [
        readSurroundings([], {}).colour,
        readSurroundings(["--no-color"], {}).colour,
        readSurroundings([], { NO_COLOR: "1" }).colour,
        readSurroundings([], { NO_COLOR: "" }).colour,
        readSurroundings([], { TERM: "dumb" }).colour,
      ],
      [true, false, false, true, false],
    );
  });
});
