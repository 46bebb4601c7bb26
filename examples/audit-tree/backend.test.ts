import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CallContext } from "mfm";
import { localTree } from "./backend.ts";

const context: CallContext = { signal: new AbortController().signal, attribute: () => undefined };

describe("audit-tree: backend", () => {
  let root = "";

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "audit-tree-")));
    chmodSync(root, 0o755);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string | Buffer, content = ""): void =>
    writeFileSync(typeof path === "string" ? join(root, path) : Buffer.concat([Buffer.from(`${root}/`), path]), content);
  const ask = async (method: string, request: object, given = context): Promise<unknown> =>
    localTree.answer(method, { root, ...request }, given);
  const list = async (after = "", limit = 1000): Promise<string[]> =>
    ((await ask("list", { after, limit })) as { readonly paths: string[] }).paths;

  it("lists files in the byte order of whole paths, and no directories", async () => {
    for (const folder of ["a", "a/deep", "empty", "B"]) mkdirSync(join(root, folder));
    for (const path of ["a/z", "a/deep/x", "a.txt", "a0", "B/b", "é", "~"]) write(path);
    assert.deepEqual(await list(), ["B/b", "a.txt", "a/deep/x", "a/z", "a0", "~", "é"]);
  });

  it("lists on from any path, also one that is not there", async () => {
    for (const folder of ["a", "a/deep"]) mkdirSync(join(root, folder));
    const paths = ["a.txt", "a/deep/x", "a/deep/y", "a/z", "b"];
    paths.forEach((path) => write(path));
    for (const [index, path] of paths.entries()) assert.deepEqual(await list(path), paths.slice(index + 1));
    assert.deepEqual(await list("a/deep/xx", 2), ["a/deep/y", "a/z"]);
  });

  it("cuts pages that follow each other", async () => {
    for (let index = 0; index < 7; index++) write(`f${index}`);
    assert.deepEqual(await ask("pages", { size: 3 }), {
      kind: "tree",
      pages: [
        { last: "f2", count: 3 },
        { last: "f5", count: 3 },
        { last: "f6", count: 1 },
      ],
    });
  });

  it("cuts a page before its paths no longer fit a value", async () => {
    const long = "x".repeat(240);
    for (let index = 0; index < 3000; index++) write(`${index}${long}`);
    const { pages } = (await ask("pages", { size: 10_000 })) as { readonly pages: readonly { readonly count: number }[] };
    assert.ok(
      pages.length === 2 && pages.reduce((sum, page) => sum + page.count, 0) === 3000,
      JSON.stringify(pages.map((page) => page.count)),
    );
  });

  it("writes odd names so that they can be read back", async () => {
    for (const name of ["new\nline", "back\\slash", "\\x61"]) write(name, name);
    assert.deepEqual(await list(), ["\\\\x61", "back\\\\slash", "new\nline"]);
    for (const path of await list()) assert.deepEqual(await ask("hash", { path }), file(path.replace("\\\\", "\\")));
  });

  it("escapes names that are not UTF-8", { skip: process.platform !== "linux" && "such names cannot exist here" }, async () => {
    write(Buffer.from([0x61, 0xc3, 0xff]), "content");
    assert.deepEqual(await list(), ["a\\xc3\\xff"]);
    assert.deepEqual(await ask("hash", { path: "a\\xc3\\xff" }), file("content"));
    assert.deepEqual(await list("a\\xc3\\xff"), []);
  });

  it("streams content", async () => {
    const content = "0123456789".repeat(30_000);
    write("large", content);
    assert.deepEqual(await ask("hash", { path: "large" }), file(content));
  });

  it("does not follow links", async () => {
    mkdirSync(join(root, "real"));
    write("real/secret");
    symlinkSync("real", join(root, "link"));
    symlinkSync("/nowhere", join(root, "broken"));
    assert.deepEqual(await list(), ["broken", "link", "real/secret"]);
    assert.deepEqual(await ask("hash", { path: "link" }), { kind: "symlink", target: digestOf("real") });
    assert.deepEqual(await ask("hash", { path: "broken" }), { kind: "symlink", target: digestOf("/nowhere") });
    assert.deepEqual(await ask("hash", { path: "link/secret" }), { kind: "vanished" });
  });

  it("says what has no content", async () => {
    assert.equal(spawnSync("mkfifo", [join(root, "pipe")]).status, 0);
    write("gone");
    renameSync(join(root, "gone"), join(root, "here"));
    assert.deepEqual(await ask("hash", { path: "pipe" }), { kind: "special" });
    assert.deepEqual(await ask("hash", { path: "gone" }), { kind: "vanished" });
    assert.deepEqual(await ask("hash", { path: "here/below" }), { kind: "vanished" });
  });

  it("says what it may not read, and names a directory that hides files", async () => {
    mkdirSync(join(root, "closed"));
    write("closed/file");
    write("file", "private");
    for (const path of ["file", "closed"]) chmodSync(join(root, path), 0);
    await asNobody(async () => {
      assert.deepEqual(await list(), ["closed/", "file"]);
      for (const path of ["closed/", "file"]) assert.deepEqual(await ask("hash", { path }), { kind: "unreadable", code: "EACCES" });
    });
    chmodSync(join(root, "closed"), 0o755);
  });

  it("says that a root cannot be listed", async () => {
    write("file");
    assert.deepEqual(await ask("pages", { size: 1, root: join(root, "absent") }), { kind: "unreadable", code: "ENOENT" });
    assert.deepEqual(await ask("pages", { size: 1, root: join(root, "file") }), { kind: "unreadable", code: "ENOTDIR" });
  });

  it("stops when it is told to", async () => {
    write("file");
    const stopped = { ...context, signal: AbortSignal.abort() };
    await assert.rejects(ask("hash", { path: "file" }, stopped), { name: "AbortError" });
    await assert.rejects(ask("list", { after: "", limit: 1 }, stopped), { name: "AbortError" });
    await assert.rejects(ask("pages", { size: 1 }, stopped), { name: "AbortError" });
  });
});

function digestOf(content: string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function file(content: string): object {
  return { kind: "file", size: Buffer.byteLength(content), sha256: digestOf(content) };
}

/** The superuser may read everything. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const user = process.geteuid?.();
  if (user === 0) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (user === 0) process.seteuid?.(0);
  }
}
