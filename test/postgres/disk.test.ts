/** No space is left where the server keeps its tables, or its log: nothing that was acknowledged is lost, and work goes on when there is space. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { jsonArtifact } from "../../src/kernel/artifacts.ts";
import { toCanonical } from "../../src/kernel/canonical.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import type { Run } from "../../src/kernel/run.ts";
import { settleAppend } from "../../src/kernel/runtime/batch.ts";
import type { Append, Store } from "../../src/kernel/store.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { openPostgresStore } from "../../src/storages/postgres/open.ts";
import { admissionOf, nextOf } from "../../src/testing/store/streams.ts";
import type { LocalServer } from "./server.ts";
import { newServer } from "./servers.ts";

/** A disk of so many MiB, or another size for the one that is there. */
function mount(folder: string, options: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
}

function whyNot(): string | false {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root on Linux may mount a small disk";
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return false;
  } catch {
    return "this machine lets nobody mount";
  }
}

/** The next append of a run, with half a MiB of its own, which cannot be packed. */
function heavy(run: Run): Append {
  const { artifact } = jsonArtifact("value", toCanonical({ noise: randomBytes(375_000).toString("base64") }));
  return nextOf(run, { before: 1, outputs: [artifact] });
}

/** Appends until one fails: the run as it was acknowledged, the append that was not, and why. */
async function fill(store: Store): Promise<{ readonly acknowledged: Run; readonly failed: Append; readonly code: string }> {
  const admission = admissionOf("a");
  await store.append(admission);
  let acknowledged = admission.run;
  for (let count = 0; count < 400; count++) {
    const failed = heavy(acknowledged);
    try {
      assert.equal((await store.append(failed)).kind, "appended");
      acknowledged = failed.run;
    } catch (error) {
      assert.ok(error instanceof MfmError);
      return { acknowledged, failed, code: error.code };
    }
  }
  return assert.fail("the disk never was full");
}

async function onSmallDisk(
  what: "data" | "wal",
  sizeMib: number,
  body: (server: LocalServer, disk: string) => Promise<void>,
): Promise<void> {
  const server = newServer();
  const [disk, wal] = [join(server.folder, what), join(server.folder, "wal")];
  mkdirSync(wal, { mode: 0o700 });
  mount(disk, `size=${sizeMib}m,mode=0700`);
  server.own(wal, disk);
  try {
    await server.initialize("--wal-segsize=1", `--waldir=${wal}`);
    await server.start();
    await body(server, disk);
  } finally {
    await server.end();
    execFileSync("umount", [disk]);
  }
}

const places = [
  { what: "its tables", at: "data", sizeMib: 64, says: ["STORE_FULL"] },
  // A server that cannot write its log refuses, or ends and does not come back before it can.
  { what: "its log", at: "wal", sizeMib: 8, says: ["STORE_FULL", "STORE_UNAVAILABLE"] },
] as const;

describe("a server without space for", { skip: whyNot() }, () => {
  for (const { what, at, sizeMib, says } of places) {
    test(`${what} loses nothing that was acknowledged, and goes on when there is space`, { timeout: 120_000 }, async () => {
      await onSmallDisk(at, sizeMib, async (server, disk) => {
        const address = parsePostgresUrl(server.url);
        await migratePostgresStore({ address });
        // The one that finds the disk full gives up soon; the other waits for a server that recovers.
        const filling = await openPostgresStore({ address, patienceMs: 500 });
        const store = await openPostgresStore({ address });
        const { acknowledged, failed, code } = await fill(filling);
        assert.ok((says as readonly string[]).includes(code), code);
        assert.ok(acknowledged.head.seq > 5, `${acknowledged.head.seq}`);
        mount(disk, `remount,size=${sizeMib * 4}m`);
        if (!server.isRunning) await server.start();
        assert.deepEqual(
          (await store.readEvents(acknowledged.runId, acknowledged.head.seq, 1)).map(({ digest }) => digest),
          [acknowledged.head.digest],
        );
        assert.equal((await settleAppend(store, failed, () => undefined)).kind, "appended");
        assert.deepEqual((await store.readRun(failed.runId))?.run, failed.run);
        assert.deepEqual(await store.check(), []);
        await Promise.all([filling.close(), store.close()]);
      });
    });
  }
});
