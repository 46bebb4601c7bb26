/**
 * Where a store may be copied to: a place of its own that holds no store, or a part of the one that is copied. All of this is looked at
 * before the first run is written.
 */
import type { Run } from "../kernel/run.ts";
import type { Store } from "../kernel/store.ts";
import { countOf } from "./count.ts";
import { failure } from "./failure.ts";
import { type StoreLocation, showStore } from "./store-location.ts";
import { openStore } from "./stores.ts";

/** Of the two stores, as URLs that may be shown. */
export interface CopyNames {
  readonly from: string;
  readonly to: string;
}

/** By what the two are, however their URLs are written. @throws COPY_REFUSED when they are one store; STORE_UNAVAILABLE, STORE_DENIED */
export async function assertApart(source: StoreLocation, target: StoreLocation): Promise<void> {
  if (!(await isSamePlace(source, target))) return;
  const [from, to] = [showStore(source), showStore(target)];
  throw failure("COPY_REFUSED", `${from} and ${to} are one and the same store: nothing was copied`, { from, to });
}

async function isSamePlace(source: StoreLocation, target: StoreLocation): Promise<boolean> {
  if (source.kind === "sqlite" && target.kind === "sqlite") {
    const { isSameFile } = await import("../storages/sqlite/open.ts");
    return isSameFile(source.path, target.path);
  }
  if (source.kind === "postgres" && target.kind === "postgres") {
    const { isSameSchema } = await import("../storages/postgres/same-schema.ts");
    return isSameSchema(source.address, target.address);
  }
  return false;
}

/** @throws COPY_REFUSED when somebody drives runs in the store */
export async function assertIdle(store: Store): Promise<void> {
  const [driver] = await store.listDrivers();
  if (driver !== undefined)
    throw failure("COPY_REFUSED", `${driver.owner} drives runs: stop it first, or wait until its leases end`, { owner: driver.owner });
}

/** Opens what is there; where there is nothing, makes a store with this identity. @throws STORE_* */
export async function openCopy(target: StoreLocation, scope: string): Promise<Store> {
  if (target.kind === "sqlite") {
    const { openSqliteStore } = await import("../storages/sqlite/open.ts");
    return openSqliteStore({ path: target.path, scope });
  }
  const { migratePostgresStore } = await import("../storages/postgres/migrate.ts");
  await migratePostgresStore({ address: target.address, scope });
  return openStore(target);
}

const runsAtOnce = 200;

/** @throws COPY_REFUSED when the copy is another store, or holds runs or events that the original has not */
export async function assertPart(original: Store, copy: Store, { from, to }: CopyNames): Promise<void> {
  if (original.scope !== copy.scope) throw failure("COPY_REFUSED", `${to} is a store of its own, not a copy of ${from}`, { from, to });
  const runs: Record<Standing, number> = { same: 0, behind: 0, ahead: 0, forked: 0, own: 0 };
  for (let before: number | undefined; ;) {
    const page = await copy.listRuns({ limit: runsAtOnce, ...(before === undefined ? {} : { before }) });
    for (const { run } of page) runs[await standingOf(original, copy, run)]++;
    before = page.at(-1)?.admissionOrder;
    if (before === undefined) break;
  }
  const { own, ahead, forked } = runs;
  if (own + ahead + forked === 0) return;
  const holdsAll = runs.behind + forked === 0 && runs.same + ahead === (await original.info()).runs;
  const verdict = holdsAll
    ? `${to} is further on than ${from}, and is the one to use`
    : `${to} was worked on by itself: it and ${from} are different stores now`;
  const found = [
    own === 0 ? [] : `${countOf(own, "run")} of its own`,
    ahead === 0 ? [] : `${countOf(ahead, "run")} that went on there`,
    forked === 0 ? [] : `${countOf(forked, "run")} that went on in both`,
  ].flat();
  throw failure("COPY_REFUSED", `${verdict} (it has ${found.join(", ")})`, { from, to, own, ahead, forked });
}

/** How a run stands in the copy: as in the original, at an earlier event, at a later one, at another one, or only there. */
type Standing = "same" | "behind" | "ahead" | "forked" | "own";

/** Digests are chained: where one event is the same, so are all before it. */
async function standingOf(original: Store, copy: Store, { runId, head }: Run): Promise<Standing> {
  const stored = await original.readRun(runId);
  if (stored === undefined) return "own";
  const there = stored.run.head;
  if (head.seq === there.seq) return head.digest === there.digest ? "same" : "forked";
  const [longer, shorter] = head.seq < there.seq ? [original, head] : [copy, there];
  const [event] = await longer.readEvents(runId, shorter.seq, 1);
  if (event?.digest !== shorter.digest) return "forked";
  return head.seq < there.seq ? "behind" : "ahead";
}
