import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import type { EffectFilter } from "../../kernel/lanes.ts";
import type { RunFilter } from "../../kernel/store.ts";
import { act, working } from "../../testing/store/effect-streams.ts";
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

const effectFilters: readonly Omit<EffectFilter, "limit">[] = [
  { runId: runIdFor("b") },
  { lane: "lane" },
  { is: "intended" },
  { identity: "0123" },
  { before: 7 },
];

/** With each combination of what is given. */
function combine<Filter extends object>(filters: readonly Filter[]): object[] {
  return Array.from({ length: 2 ** filters.length }, (_, mask) =>
    filters
      .filter((_filter, index) => (mask & (1 << index)) !== 0)
      .reduce<object>((all, filter) => Object.assign(all, filter), { limit: 5 }),
  );
}

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
  for (const filter of combine(filters)) await store.listRuns(filter as RunFilter);
  const intended = act(working(admissionOf("b").run), [{ does: "intend", step: "1", lane: "lane" }]);
  await store.append(intended.append);
  await store.append(act(intended.after, [{ does: "acquire", step: "1", seq: 0, slot: 5 }]).append);
  await store.readLane("lane", 5);
  await store.listLanes();
  for (const filter of combine(effectFilters)) await store.listEffects(filter as EffectFilter);
  const statements = new Set(driver.statements.filter((sql) => /^(select|insert|update|delete)/.test(sql)));
  assert.ok(statements.size > 40);
  const scanning: string[] = [];
  withConnection(path, (session) => {
    for (const sql of statements) {
      const plan = session.all<{ detail: string }>(`explain query plan ${sql}`).map(({ detail }) => detail);
      // What a subquery has found is walked through as well.
      const isTable = (detail: string): boolean => !/json_each|\(subquery-|LEFT-JOIN$/.test(detail);
      if (plan.some((detail) => detail.startsWith("SCAN") && isTable(detail))) scanning.push(sql.slice(sql.indexOf(" from ")));
    }
  });
  assert.deepEqual(scanning, [
    " from runs  order by run_no desc limit ?",
    " from runs where +run_id >= ? and +run_id < ? order by run_no desc limit ?",
    " from lanes",
    " from effects e join runs r on r.run_no = e.run_no  order by e.effect_no desc limit ?",
  ]);
  await close();
});
