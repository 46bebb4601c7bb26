import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { findingTable } from "../kernel/certify.ts";
import { errorTable } from "../kernel/errors.ts";
import { renderErrorCatalogue } from "./error-catalogue.ts";

describe("error catalogue", () => {
  it("has a row of six columns for every code, and one for every finding", () => {
    const page = renderErrorCatalogue();
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    assert.equal(rows.length, Object.keys(errorTable).length + Object.keys(findingTable).length);
    for (const code of Object.keys(errorTable))
      assert.equal(
        rows
          .find((row) => row.startsWith(`| \`${code}\` |`))
          ?.replaceAll("\\|", "")
          .split("|").length,
        8,
        code,
      );
    assert.ok(page.endsWith("|\n"));
  });

  it("has no code that no source uses", () => {
    const compiled = new URL("../", import.meta.url);
    const paths = readdirSync(compiled, { recursive: true, encoding: "utf8" }).filter((path) => /(?<!\.test)\.js$/.test(path));
    const others = paths.filter((path) => !path.endsWith("errors.js")).map((path) => readFileSync(new URL(path, compiled), "utf8"));
    const unused = Object.keys(errorTable).filter((code) => !others.some((text) => text.includes(`"${code}"`)));
    assert.deepEqual(unused, []);
  });
});
