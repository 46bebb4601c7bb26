import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.ts";

/** A process that holds the lock until it is killed. */
async function holdElsewhere(path: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("lock.test.child.js", import.meta.url));
  const holder = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  return holder;
}

describe("lock", () => {
  const root = mkdtempSync(join(tmpdir(), "mfm-lock-"));
  const path = join(root, "lock");
  after(() => rmSync(root, { recursive: true, force: true }));

  it("lets one caller of this process in at a time, in their order, also after one that failed", async () => {
    const seen: string[] = [];
    const enter = (name: string, fails: boolean) =>
      withLock(path, async () => {
        seen.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(`${name} out`);
        if (fails) throw new Error(name);
      });
    const results = await Promise.allSettled([enter("a", false), enter("b", true), enter("c", false)]);
    assert.deepEqual(seen, ["a in", "a out", "b in", "b out", "c in", "c out"]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  });

  it("is let go of by the kernel when its holder is killed", async () => {
    const holder = await holdElsewhere(path);
    let isIn = false;
    const waiting = withLock(path, () => {
      isIn = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isIn, false);
    holder.kill("SIGKILL");
    await waiting;
    assert.equal(isIn, true);
  });

  it("is given up when another process holds it for too long", async () => {
    const holder = await holdElsewhere(path);
    await assert.rejects(
      withLock(path, () => undefined, 0),
      { code: "KEYSTORE_BUSY" },
    );
    holder.kill("SIGKILL");
    await withLock(path, () => undefined);
  });

  it("is refused where its file is something else", async () => {
    const damaged = join(root, "damaged");
    writeFileSync(damaged, "not an empty database".repeat(100), { mode: 0o600 });
    await assert.rejects(
      withLock(damaged, () => undefined),
      { code: "FILE_UNWRITABLE" },
    );
    assert.ok(readFileSync(damaged, "utf8").startsWith("not an empty database"));
  });

  it("is refused in a folder that others may enter", async () => {
    await assert.rejects(
      withLock(join(tmpdir(), "mfm-no-lock"), () => undefined),
      { code: "FILE_UNSAFE" },
    );
  });
});
