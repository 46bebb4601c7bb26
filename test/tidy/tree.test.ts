/** The rules, on this repository. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { renderErrorCatalogue } from "../../src/app/error-catalogue.ts";
import { renderSnapshotSchema } from "../../src/app/portfolio/snapshot-schema.ts";
import { picturePath, renderPicture } from "../docs/picture.ts";
import { commandTable } from "../../src/cli/command-table.ts";
import { findStalePage, findWrongCommands } from "./docs.ts";
import { findCycles, findLayerViolations } from "./layers.ts";
import { findAmbientUses } from "./purity.ts";
import {
  findBarrels,
  findCodeFromText,
  findDefaultExports,
  findMachinePaths,
  findMarkers,
  findRegistryHosts,
  findStrayTests,
} from "./shape.ts";
import { findOversized, type Ratchet } from "./sizes.ts";
import { type Finding, parse, readTree, type SourceCode, type TextFile } from "./source.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const isPage = ({ path }: TextFile): boolean => path.endsWith(".md");

describe("tidy: this repository", () => {
  let files: readonly TextFile[] = [];
  let sources: readonly SourceCode[] = [];

  before(() => {
    files = readTree(root).filter(({ path }) => !path.startsWith("bench/peers/") || path.endsWith(".ts"));
    sources = parse(files.filter(({ path }) => path.endsWith(".ts")));
  });

  it("is what the rules see", () => {
    const paths = new Set(sources.map(({ path }) => path));
    for (const path of ["src/kernel/errors.ts", "test/run.ts", "test/tidy/tree.test.ts"]) assert.ok(paths.has(path), path);
    for (const path of ["package.json", "README.md", "docs/errors.md", "docs/schemas/portfolio-snapshot.schema.json"])
      assert.ok(
        files.some((file) => file.path === path),
        path,
      );
    assert.ok(!files.some(({ path }) => path.includes("node_modules/") || path.startsWith("dist/")));
  });

  const findStale = (generated: string, expected: string): readonly Finding[] =>
    files.filter(({ path }) => path === generated).flatMap((page) => findStalePage(page, expected));

  const rules: readonly (readonly [string, () => readonly Finding[]])[] = [
    ["imports point down, packages stay in their layer", () => findLayerViolations(sources)],
    ["no import cycles", () => findCycles(sources)],
    ["kernel, states and ops are pure", () => findAmbientUses(sources)],
    ["no barrels inside", () => findBarrels(sources)],
    ["no default exports", () => findDefaultExports(sources)],
    ["no code from text", () => findCodeFromText(sources)],
    ["tests lie beside their file", () => findStrayTests(sources)],
    ["no markers of unfinished work", () => findMarkers(files, sources)],
    ["no paths of one machine", () => findMachinePaths(files)],
    ["no registry hosts", () => findRegistryHosts(files)],
    ["pages show commands that exist", () => findWrongCommands(files.filter(isPage), commandTable())],
    ["docs/errors.md is what `npm run docs` writes", () => findStale("docs/errors.md", renderErrorCatalogue())],
    ["the picture of a snapshot is what `npm run docs` writes", () => findStale(picturePath, renderPicture())],
    [
      "the schema of snapshots is what `npm run docs` writes",
      () => findStale("docs/schemas/portfolio-snapshot.schema.json", renderSnapshotSchema()),
    ],
    [
      "files and functions are small",
      () => findOversized(sources, JSON.parse(readFileSync(`${root}test/tidy/sizes.json`, "utf8")) as Ratchet),
    ],
  ];
  for (const [name, rule] of rules) {
    it(name, () => {
      const found = rule().map(({ path, line, message }) => `${path}:${line}: ${message}`);
      assert.ok(found.length === 0, `\n${found.join("\n")}`);
    });
  }
});
