/** The compiled code in the repository is what its sources say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { root } from "../docs/pages.ts";
import { buildContracts } from "./build.ts";

describe("contracts", () => {
  it("compile to the code that the repository holds", () => {
    for (const { path, text } of buildContracts()) assert.equal(readFileSync(`${root}${path}`, "utf8"), text, `${path}: npm run contracts`);
  });
});
