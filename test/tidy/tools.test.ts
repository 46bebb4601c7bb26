/** The tools' own rules are configured, and see types: a linter that found nothing to look at would agree with everything. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "mfm-tools-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(tool: string, ...args: string[]) {
  const binaries = join(root, "node_modules", ".bin");
  const env = { ...process.env, OXLINT_TSGOLINT_PATH: join(binaries, "tsgolint") };
  return spawnSync(join(binaries, tool), args, { cwd: scratch, encoding: "utf8", env });
}

const violations = {
  "no-floating-promises": `export function a() { work(); }\nasync function work() { await Promise.resolve(); }`,
  "no-misused-promises": `export function b(work: () => Promise<boolean>) { return [1].filter(work); }`,
  "no-explicit-any": `export function c(value: any): void { void value; }`,
  "no-unsafe-member-access": `export const d = JSON.parse("1").name;`,
  "switch-exhaustiveness-check": `export function e(kind: "x" | "y"): void { switch (kind) { case "x": } }`,
  "no-unnecessary-condition": `export const f = (value: string): string => value ?? "";`,
  "strict-boolean-expressions": `export const g = (value: bigint | number): string => value ? "some" : "none";`,
  "consistent-type-imports": `import { z } from "./no-explicit-any.ts"; export type G = z;`,
  "no-non-null-assertion": `export const h = (value?: string): string => value!;`,
  "only-throw-error": `export const i = (): never => { throw "text"; };`,
  eqeqeq: `export const j = (value: unknown): boolean => value == null;`,
};

const wrongTypes = {
  TS2322: `export const a: string = ["x"][0];`,
  TS2375: `export const b: { c?: string } = { c: undefined };`,
  TS1294: `export enum D { E }`,
  TS6133: `export const f = (unused: string): number => 1;`,
};

describe("tidy: tools", () => {
  it("types refuse each of these", () => {
    const folder = join(scratch, "types");
    mkdirSync(folder);
    const compilerOptions = { noEmit: true, rootDir: ".", types: [] };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] }),
    );
    for (const [code, text] of Object.entries(wrongTypes)) writeFileSync(join(folder, `${code}.ts`), text);
    const { status, stdout } = run("tsc", "-p", folder);
    assert.notEqual(status, 0);
    for (const code of Object.keys(wrongTypes)) assert.ok(new RegExp(`${code}\\.ts.*error ${code}`).test(stdout), stdout);
  });

  it("lint refuses each of these, types included", () => {
    const compilerOptions = {
      strict: true,
      module: "nodenext",
      target: "es2023",
      types: [],
      noEmit: true,
      allowImportingTsExtensions: true,
    };
    writeFileSync(join(scratch, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    for (const [rule, code] of Object.entries(violations)) writeFileSync(join(scratch, `${rule}.ts`), `${code}\n`);
    const { status, stdout } = run("oxlint", "-c", join(root, ".oxlintrc.json"), "-f", "unix");
    assert.notEqual(status, 0);
    const found = stdout.split("\n");
    const unseen = Object.keys(violations).filter(
      (rule) => !found.some((line) => line.includes(`${rule}.ts:`) && line.includes(`(${rule})`)),
    );
    assert.deepEqual(unseen, [], stdout);
  });

  it("format refuses other quotes and accepts what it would write", () => {
    const check = (code: string) => {
      writeFileSync(join(scratch, "format.ts"), code);
      return run("oxfmt", "-c", join(root, ".oxfmtrc.json"), "--check", "format.ts").status;
    };
    assert.equal(check(`export const a = "a";\n`), 0);
    assert.notEqual(check(`export const a = 'a'\n`), 0);
  });
});
