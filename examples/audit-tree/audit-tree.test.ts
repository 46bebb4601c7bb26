import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { digestOf, planOp, Registry, type RunId, Runtime, type VerifyReport, readHistory, verifyHistory } from "mfm";
import { openModelStore, runState } from "mfm/testing";
import * as audit from "./index.ts";
import { hashLeaf } from "./merkle.ts";

const size1 = { kind: "file", size: 1, sha256: digestOf("x") } as const;

describe("audit-tree: states", () => {
  it("hash-files makes a leaf per path, and tells files from problems", async () => {
    const { leaves, tally } = await runState(audit.hashFiles, {
      config: { root: "r", from: 1, to: 4 },
      input: { paths: ["before", "a", "b", "c", "after"] },
      facts: { tree: { hash: ({ path }) => (path === "b" ? { kind: "unreadable", code: "EACCES" } : size1) } },
    });
    const problem = { path: "b", entry: { kind: "unreadable", code: "EACCES" } };
    assert.deepEqual(tally, { entries: 3, files: 2, bytes: 2, problemCount: 1, problems: [problem] });
    assert.equal(leaves[0], hashLeaf(`{"entry":{"kind":"file","sha256":"${digestOf("x")}","size":1},"path":"a"}`));
    assert.equal(leaves[1], hashLeaf('{"entry":{"code":"EACCES","kind":"unreadable"},"path":"b"}'));
  });

  it("list-page fails for good when the page is no longer what was planned", async () => {
    const config = { root: "r", after: "a", page: { last: "c", count: 2 } };
    for (const paths of [["b", "d"], ["b"], []]) {
      await assert.rejects(async () => runState(audit.listPage, { config, facts: { tree: { list: [{ answer: { paths } }] } } }), {
        code: "TREE_CHANGED",
      });
    }
  });
});

describe("audit-tree: plans", () => {
  it("refuses a root that means another directory elsewhere", () => {
    assert.throws(() => planOp(audit.auditTree, { root: "node_modules" }), { code: "VALUE_INVALID" });
  });

  it("splits a page into steps of 100 files", () => {
    const plan = planOp(audit.auditPage, { root: "/r", first: 1000, after: "a", page: { last: "b", count: 201 } });
    assert.deepEqual(
      plan.spec.steps.map(({ key }) => key),
      ["list", "hash/0", "hash/1", "hash/2", "fold"],
    );
  });
});

describe("audit-tree: whole runs", () => {
  let root = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "audit-tree-"));
    for (let folder = 0; folder < 5; folder++) {
      mkdirSync(join(root, `folder${folder}`));
      for (let file = 0; file < 6; file++) writeFileSync(join(root, `folder${folder}`, `file${file}`), `${folder} ${file}`);
    }
    symlinkSync("folder0", join(root, "link"));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("has 31 entries in 4 runs, verified all the way down", async () => {
    const { manifest, reports } = await run(root, 10);
    const { merkleRoot, ...tally } = manifest;
    assert.deepEqual(tally, { entries: 31, files: 30, bytes: 90, problemCount: 0, problems: [] });
    assert.match(merkleRoot, /^sha256:/);
    assert.deepEqual(
      reports.map(({ result }) => result),
      Array.from({ length: 6 }, () => "verified"),
    );
    assert.equal(
      reports.reduce((sum, { counts }) => sum + counts.facts, 0),
      1 + 4 + 31,
    );
  });

  it("has the same output again, and with other pages", async () => {
    const { manifest } = await run(root, 10);
    for (const filesPerRun of [10, 7, 1, undefined]) assert.deepEqual((await run(root, filesPerRun)).manifest, manifest);
  });

  it("has another root when a file's content or name changes, and the old one when it changes back", async () => {
    const path = join(root, "folder3", "file3");
    const { manifest } = await run(root, 10);
    writeFileSync(path, "9 9");
    assert.notEqual((await run(root, 10)).manifest.merkleRoot, manifest.merkleRoot);
    writeFileSync(path, "3 3");
    assert.deepEqual((await run(root, 10)).manifest, manifest);
    rmSync(path);
    writeFileSync(join(root, "folder3", "file33"), "3 3");
    assert.notEqual((await run(root, 10)).manifest.merkleRoot, manifest.merkleRoot);
  });

  it("has the root of an empty tree", async () => {
    const empty = join(root, "folder0", "empty");
    mkdirSync(empty);
    const { manifest } = await run(empty, 10);
    assert.deepEqual(manifest, { merkleRoot: digestOf(""), entries: 0, files: 0, bytes: 0, problemCount: 0, problems: [] });
  });
});

async function run(root: string, filesPerRun: number | undefined) {
  const runtime = new Runtime({
    store: openModelStore({ clock: Date.now }),
    registry: new Registry(audit),
    clock: { now: Date.now, timer: (milliseconds, callback) => stopper(setTimeout(callback, milliseconds)) },
    random: () => 0,
    owner: "test",
  });
  const config = filesPerRun === undefined ? { root } : { root, filesPerRun };
  const outcome = await runtime.start(audit.auditTree, config, { key: "test" });
  assert.ok(outcome.kind === "succeeded", JSON.stringify(outcome.run));
  return { manifest: outcome.output.manifest, reports: await verify(runtime, outcome.run.runId) };
}

function stopper(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer);
}

async function verify(runtime: Runtime, runId: RunId): Promise<VerifyReport[]> {
  const report = await verifyHistory(await readHistory(runtime.store, runId), runtime.registry);
  const children = await Promise.all(report.children.map((child) => verify(runtime, child.runId)));
  return [report, ...children.flat()];
}
