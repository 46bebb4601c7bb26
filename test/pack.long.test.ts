/** What users get: the package built from sources alone, installed in an empty folder on a machine without a compiler. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

describe("package", () => {
  const scratch = mkdtempSync(join(tmpdir(), "mfm-pack-"));
  const sources = join(scratch, "sources");
  const user = join(scratch, "user");
  const run = (folder: string, command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], env: withoutCompiler() });

  before(() => {
    const left = new Set([".git", "dist", "node_modules"]);
    cpSync(root, sources, { recursive: true, filter: (path) => !left.has(basename(path)) });
    symlinkSync(join(root, "node_modules"), join(sources, "node_modules"));
    run(sources, "npm", "pack", "--silent", "--pack-destination", scratch);
    mkdirSync(user);
    run(user, "npm", "init", "--yes", "--silent");
    run(user, "npm", "install", "--silent", join(scratch, `mfm-${version}.tgz`));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it("brings a working command, under both of its names", () => {
    assert.match(run(user, "npx", "mfm", "--version"), new RegExp(version.replaceAll(".", String.raw`\.`)));
    assert.match(run(user, "npx", "mfm_cli", "--version"), new RegExp(version.replaceAll(".", String.raw`\.`)));
  });

  it("plays its demonstration where it is installed", () => {
    const { status } = JSON.parse(run(user, "npx", "mfm", "demo", "--output-format", "json")) as { readonly status: string };
    assert.equal(status, "success");
  });

  it("can be imported, types included", () => {
    run(
      user,
      process.execPath,
      "--input-type=module",
      "--eval",
      `await import("mfm"); await import("mfm/keystore"); await import("mfm/package.json", { with: { type: "json" } });`,
    );
    assert.ok(readdirSync(join(user, "node_modules", "mfm", "dist", "src")).includes("index.d.ts"));
  });

  it("holds no tests and nothing that was not built from the sources", () => {
    const files = readdirSync(join(user, "node_modules", "mfm"), { recursive: true, encoding: "utf8" });
    assert.ok(files.includes("LICENSE") && files.includes("README.md"));
    assert.deepEqual(
      files.filter((path) => /\.test\.|^(src|test|dist\/test|bench)(\/|$)/.test(path)),
      [],
    );
  });
});

/** node-gyp asks these variables first; a package that needs a compiler fails. */
function withoutCompiler(): NodeJS.ProcessEnv {
  return { ...process.env, CC: "false", CXX: "false" };
}
