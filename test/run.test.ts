/** The runner itself: whatever could make a broken suite look green must end it with a failure. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const runner = fileURLToPath(new URL("./run.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "mfm-runner-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const header = `import { describe, it, test } from "node:test";\n`;
const passing = `test("passes", () => {});`;

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the runner over a tree with these test files; the sources are empty, because only the outputs are executed. */
async function runOver(files: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<Outcome> {
  const root = mkdtempSync(join(scratch, "tree-"));
  writeFileSync(join(root, "package.json"), `{"type":"module"}`);
  for (const [source, code] of Object.entries(files)) {
    write(join(root, source), "");
    write(join(root, "dist", source.replace(/\.ts$/, ".js")), header + code);
  }
  write(join(root, "dist/src/renamed.test.js"), `throw new Error("a stale output was run");`);
  const child = spawn(process.execPath, [runner, "--root", root, "--stall-seconds", "1", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((done) => child.on("close", (code) => done({ code, output })));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const failures = [
  {
    name: "a failing test",
    code: `describe("suite", () => it("fails", () => { throw new Error("boom"); }));`,
    shows: /✖ src\/a\.test\.ts: suite > fails\n\s+Error: boom/,
  },
  {
    name: "a test that waits for ever",
    code: `test("waits", () => new Promise(() => { setInterval(() => {}, 1000); }));`,
    shows: /nothing happened for 1 s after: waits/,
  },
  { name: "a test that never yields", code: `test("spins", () => { for (;;); });`, shows: /nothing happened for 1 s after: spins/ },
  { name: "a promise that never settles", code: `test("pends", () => new Promise(() => {}));`, shows: /pends/ },
  { name: "something left open after the last test", code: `${passing} setInterval(() => {}, 1000);`, shows: /nothing happened for 1 s/ },
  { name: "an import that throws", code: `${passing} throw new Error("boom");`, shows: /src\/a\.test\.ts can be imported\n\s+Error: boom/ },
  { name: "an import that never ends", code: `${passing} await new Promise(() => {});`, shows: /not every test file was loaded/ },
  { name: "a rejection that nobody handles", code: `${passing} void Promise.reject(new Error("boom"));`, shows: /boom/ },
  {
    name: "a rejection after its test ended",
    code: `test("leaks", () => { setImmediate(() => setImmediate(() => { void Promise.reject(new Error("boom")); })); });`,
    shows: /unhandled rejection: Error: boom/,
  },
  { name: "an early exit", code: `test("exits", () => process.exit(0));`, shows: /without a summary/ },
  { name: "a file without tests", code: "", shows: /no test ran/ },
];

describe("runner", { concurrency: 4 }, () => {
  for (const { name, code, shows } of failures) {
    it(`fails on ${name}`, async () => {
      const { code: exit, output } = await runOver({ "src/a.test.ts": code });
      assert.notEqual(exit, 0, output);
      assert.match(output, shows);
    });
  }

  it("fails on an empty selection, an unbuilt file and a filter without a match", async () => {
    assert.match((await runOver({})).output, /there are no test files/);
    const { code, output } = await runOver({ "src/a.test.ts": passing, "test/b.test.ts": passing }, ["src/a", "nothing"]);
    assert.equal(code, 1);
    assert.match(output, /no test file's path contains "nothing"/);
  });

  it("runs every source's output in one process and ends with node's counts", async () => {
    const { code, output } = await runOver({
      "src/kernel/a.test.ts": `${passing} globalThis.seen = true;`,
      "test/b.test.ts": `if (!globalThis.seen) throw 1;`,
    });
    assert.equal(code, 0, output);
    assert.match(output, /^ℹ tests 1, suites 0, pass 1, fail 0, cancelled 0, skipped 0, todo 0, duration_ms [\d.]+\n$/);
  });

  it("keeps long tests apart, and runs only the files that match a filter", async () => {
    const files = {
      "src/a.test.ts": passing,
      "src/b.test.ts": `throw 1;`,
      "src/c.long.test.ts": `${passing} ${passing}`,
      "test/long/d.test.ts": passing,
    };
    assert.match((await runOver(files, ["a.test"])).output, /tests 1, .*pass 1, fail 0/);
    assert.match((await runOver(files, ["--long"])).output, /tests 3, .*pass 3, fail 0/);
  });
});
