import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import type { RunFilter } from "../../kernel/store.ts";
import { admissionOf, entryPoints, nextOf, runIdFor } from "../../testing/store/streams.ts";
import { FaultyDriver } from "./faults.test.support.ts";
import { openScratch, withConnection } from "./scratch.test.support.ts";

const filters: readonly Omit<RunFilter, "limit">[] = [
  { status: "paused" },
  { entryPoint: "x" },
  { parent: runIdFor("p") },
  { prefix: "run:0123" },
  { prefix: "run:0" },
  { before: 7 },
];

test("no statement but a list that no filter narrows walks a whole table, and that one stops at its limit", async () => {
  const driver = new FaultyDriver();
  const { store, path, close } = await openScratch({ driver });
  driver.statements.length = 0;
  const lease = { owner: "me", milliseconds: 1000 };
  const admission = admissionOf("a", { parent: runIdFor("parent"), lease });
  await store.append(admission);
  const next = nextOf(admission.run, { fence: 1 });
  await store.append(next);
  await store.claim(admission.runId, { ...lease, takeOver: true });
  await store.claimNext({ ...lease, entryPoints, exceptSpecs: [] });
  await store.append(admissionOf("b"));
  await store.claimNext({ ...lease, entryPoints, exceptSpecs: [digestOf("x")] });
  await store.heartbeat([{ runId: admission.runId, owner: "me", fence: 2, expiresAt: 0 }], 5);
  await store.release({ runId: admission.runId, owner: "me", fence: 2, expiresAt: 0 }, null);
  await store.nextDue(entryPoints);
  await store.writeSnapshot(admission.runId, next.run.head, { digest: digestOf("s"), body: "s" });
  await store.readSnapshot(admission.runId);
  await store.readArtifact(digestOf("s"));
  await store.readEvents(admission.runId, 0, 10);
  await store.readRun(admission.runId);
  await store.append(nextOf(next.run, { does: "succeed" }));
  for (let mask = 0; mask < 2 ** filters.length; mask++) {
    await store.listRuns(Object.assign({ limit: 5 }, ...filters.filter((_, index) => (mask & (1 << index)) !== 0)) as RunFilter);
  }
  const statements = new Set(driver.statements.filter((sql) => /^(select|insert|update|delete)/.test(sql)));
  assert.ok(statements.size > 40);
  const scanning: string[] = [];
  withConnection(path, (session) => {
    for (const sql of statements) {
      const plan = session.all<{ detail: string }>(`explain query plan ${sql}`).map(({ detail }) => detail);
      if (plan.some((detail) => detail.startsWith("SCAN") && !detail.includes("json_each")))
        scanning.push(sql.slice(sql.indexOf(" from ")));
    }
  });
  assert.deepEqual(scanning, [
    " from runs  order by run_no desc limit ?",
    " from runs where +run_id >= ? and +run_id < ? order by run_no desc limit ?",
  ]);
  await close();
});
