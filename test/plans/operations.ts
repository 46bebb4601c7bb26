/** What a store is asked in its daily work, each with a name by which `docs/operating.md` shows its plan. */
import assert from "node:assert/strict";
import { digestOf } from "../../src/kernel/canonical.ts";
import type { Store } from "../../src/kernel/store.ts";
import { admissionOf, entryPoints, nextOf, runIdFor } from "../../src/testing/store/streams.ts";

const lease = { owner: "me", milliseconds: 1000 } as const;
const live = admissionOf("live", { parent: runIdFor("parent"), lease });
const first = nextOf(live.run, { fence: 1 });
const second = nextOf(first.run, { fence: 1 });
const held = { runId: live.runId, owner: "me", fence: 1, expiresAt: 0 };
const snapshot = { digest: digestOf("s"), body: "s" };

export interface Operation {
  readonly name: string;
  /** What must be there before; not part of what is looked at. */
  readonly prepare?: (store: Store) => Promise<unknown>;
  readonly work: (store: Store) => Promise<unknown>;
}

/** In this order, on one store. */
export const operations: readonly Operation[] = [
  { name: "start a run", work: (store) => store.append(live) },
  {
    name: "append",
    work: async (store) => assert.equal((await store.append(first)).kind, "appended"),
  },
  { name: "keep a lease", work: async (store) => assert.equal((await store.heartbeat([held], 5)).length, 1) },
  { name: "write a snapshot", work: (store) => store.writeSnapshot(live.runId, first.run.head, snapshot) },
  { name: "read a snapshot", work: async (store) => assert.ok((await store.readSnapshot(live.runId)) !== undefined) },
  { name: "read a run", work: async (store) => assert.ok((await store.readRun(live.runId)) !== undefined) },
  { name: "read events of a run", work: async (store) => assert.equal((await store.readEvents(live.runId, 0, 10)).length, 2) },
  {
    name: "read an artifact",
    work: async (store) => assert.ok((await store.readArtifact(live.artifacts[0]?.digest ?? assert.fail())) !== undefined),
  },
  { name: "read all events in order", work: async (store) => assert.ok((await store.readCommits(null, 5)).events.length > 0) },
  { name: "give a lease back", work: (store) => store.release(held, 0) },
  {
    name: "claim what is due",
    work: async (store) => {
      const limits = new Map(entryPoints.map((entryPoint) => [entryPoint, 1000]));
      assert.equal((await store.claimNext({ ...lease, entryPoints, exceptSpecs: [], places: 2, limits })).length, 2);
    },
  },
  {
    name: "claim a run",
    work: async (store) => assert.equal((await store.claim(live.runId, { ...lease, takeOver: true })).kind, "claimed"),
  },
  { name: "when something is due", work: async (store) => assert.ok((await store.nextDue(entryPoints)) !== null) },
  {
    name: "end a run",
    prepare: (store) => store.append(nextOf(first.run)),
    work: async (store) => assert.equal((await store.append(nextOf(second.run, { does: "succeed" }))).kind, "appended"),
  },
  { name: "list runs", work: (store) => store.listRuns({ limit: 5 }) },
  { name: "list runs of a status", work: (store) => store.listRuns({ limit: 5, status: "paused" }) },
  { name: "list runs of an entry point", work: (store) => store.listRuns({ limit: 5, entryPoint: entryPoints[0] ?? "" }) },
  { name: "list runs of both", work: (store) => store.listRuns({ limit: 5, status: "paused", entryPoint: entryPoints[0] ?? "" }) },
  { name: "list children", work: (store) => store.listRuns({ limit: 5, parent: runIdFor("parent") }) },
  { name: "find a run by the beginning of its id", work: (store) => store.listRuns({ limit: 5, prefix: live.runId.slice(0, 12) }) },
  { name: "list drivers", work: (store) => store.listDrivers() },
];

/** What there is besides, so that no index has a single row. */
export async function fill(store: Store): Promise<void> {
  await store.append(admissionOf("parent"));
  for (let index = 0; index < 20; index++) await store.append(admissionOf(`${index}`, { lease }));
  for (const entryPoint of entryPoints) await store.append(admissionOf(entryPoint, { entryPoint }));
}
