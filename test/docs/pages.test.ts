/** The pages, executed: README.md with a process for each command line, the others mostly in shared ones; pages.long.test.ts takes a process for each. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileNameOf, root } from "./pages.ts";
import { pages, testPages } from "./pages-executed.ts";
import { linkPackages } from "./shell.ts";

describe("docs: pages are executed", { concurrency: 2 }, () => {
  testPages(["README.md"]);

  it("compiles every TypeScript block under the flags of this repository", () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "mfm-docs-types-")));
    linkPackages(folder);
    for (const { path, blocks } of pages) {
      const own = join(folder, path.replaceAll(/\W/g, "-"));
      mkdirSync(own);
      for (const block of blocks) if (block.kind === "ts") writeFileSync(join(own, fileNameOf(block) ?? ""), block.lines.join("\n"));
    }
    const { compilerOptions } = JSON.parse(readFileSync(`${root}tsconfig.json`, "utf8")) as { readonly compilerOptions: object };
    const options = { ...compilerOptions, noEmit: true, allowImportingTsExtensions: true, rootDir: undefined, outDir: undefined };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["."] }));
    const { stdout, status } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", folder], {
      encoding: "utf8",
      cwd: folder,
    });
    rmSync(folder, { recursive: true, force: true });
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });
});
