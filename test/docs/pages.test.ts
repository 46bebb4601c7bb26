/**
 * The pages, executed: each `ts` and `toml` block is written to its file, each `console` block is run in a shell, in the order of the page, and must
 * print what the page shows.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type Block, type Shown, blocksOf, commandsOf, fileNameOf, readPage, root } from "./pages.ts";
import { Shell } from "./shell.ts";
import { Stands, isShown } from "./shown.ts";

const pages = ["README.md", "docs/authoring.md", "docs/operating.md"];

/** The folder that the pages show. */
const shownFolder = "/srv/treasury";

const kinds = ["console", "json", "sh", "text", "toml", "ts"];

const scratch = mkdtempSync(join(tmpdir(), "mfm-docs-"));
const folderOf = (page: string): string => join(scratch, page.replaceAll(/\W/g, "-"));
const blocks = new Map(pages.map((page) => [page, blocksOf(readPage(page))]));

describe("docs: pages are executed", { concurrency: true }, () => {
  after(() => rmSync(scratch, { recursive: true, force: true }));

  for (const [page, found] of blocks) {
    it(page, async () => {
      const shell = new Shell(folderOf(page), join(scratch, "cache"));
      const stands = new Stands();
      try {
        for (const block of found) await execute(block, { page, shell, stands });
      } finally {
        shell.close();
      }
    });
  }
});

describe("docs: TypeScript", () => {
  it("compiles under the strictest flags", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mfm-docs-types-"));
    try {
      for (const [page, found] of blocks) writeFiles(page, found, folder);
      assert.equal(await compile(folder), "");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
