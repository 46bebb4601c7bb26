/** A store that moves from SQLite to PostgreSQL and back, with runs in every state. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { interruption } from "../../src/app/failure.ts";
import type { Place } from "../../src/app/place.ts";
import { copyStore } from "../../src/app/store-copy.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import type { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { Store } from "../../src/kernel/store.ts";
import { traceOf, withRuntime } from "../crash/harness.ts";
import { openPlace } from "../crash/places.ts";
import { nextOf } from "../../src/testing/store/streams.ts";
import { scratchUrl } from "./schemas.ts";

const op = "test.crash/whole@1";
const start = (runtime: Runtime, key: string, detach: boolean): Promise<unknown> =>
  runtime.startUntyped(runtime.registry.op(op), { from: 3 }, { key, detach });

/** Everything there is to know about the runs, but for what is a database's own: places in its order. */
async function contentsOf(path: string): Promise<unknown> {
  const store = await openPlace(path);
  const contents: unknown[] = [store.scope];
  for (const { run, specRef, configDigest, parent } of (await store.listRuns({ limit: 100 })).toReversed()) {
    const events = await store.readEvents(run.runId, 0, 1000);
    contents.push({ run, specRef, configDigest, parent, events: events.map(({ text, digest }) => ({ text, digest })) });
  }
  await store.close();
  return contents;
}

async function withStore(path: string, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openPlace(path);
  await work(store);
  await store.close();
}

function isRefusal(error: unknown): boolean {
  return error instanceof MfmError && error.code === "COPY_REFUSED";
}

test("a store moves to PostgreSQL and back: ids, histories and what is due stay", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-copy-"));
  const { url, remove } = await scratchUrl();
  const place: Place = { folder, env: {}, configFile: undefined, storeUrl: undefined };
  const [file, back] = [join(folder, "a.db"), join(folder, "b.db")];
  await withRuntime(file, async (runtime) => {
    await start(runtime, "done", false);
    await start(runtime, "waiting", true);
    const cancelled = (await runtime.startUntyped(runtime.registry.op(op), { from: 4 }, { key: "cancelled", detach: true })).run;
    await runtime.cancel(cancelled.runId, { actor: "test", reason: "on purpose" });
  });

  // A run and its child that are done, one that nobody drives yet, one that was cancelled.
  const moved = await copyStore(place, { from: "sqlite:a.db", to: url });
  assert.deepEqual([moved.runs, moved.known], [4, 0]);
  assert.deepEqual(await contentsOf(url), await contentsOf(file));
  await withStore(url, async (store) => assert.ok((await store.nextDue([op])) !== null));

  // A copy that was interrupted, or that the original went on after, goes on.
  await withRuntime(file, (runtime) => start(runtime, "waiting", false));
  const again = await copyStore(place, { from: "sqlite:a.db", to: url });
  assert.deepEqual([again.runs, again.known], [5, 3]);
  assert.deepEqual(await contentsOf(url), await contentsOf(file));

  const returned = await copyStore(place, { from: url, to: "sqlite:b.db" });
  assert.deepEqual([returned.runs, returned.known], [5, 0]);
  assert.deepEqual(await contentsOf(back), await contentsOf(file));
  await withRuntime(back, async (runtime, store) => {
    for (const { run } of await store.listRuns({ limit: 100 })) await traceOf(runtime, run.runId);
  });

  await withRuntime(back, (runtime) => start(runtime, "new", true));
  await withRuntime(join(folder, "other.db"), (runtime) => start(runtime, "other", true));
  await assert.rejects(copyStore(place, { from: "sqlite:other.db", to: url }), isRefusal);
  await withStore(back, async (store) => {
    const [listed] = await store.listRuns({ limit: 1 });
    assert.ok(listed !== undefined);
    const claim = await store.claim(listed.run.runId, { owner: "somebody", milliseconds: 600_000, takeOver: false });
    await assert.rejects(copyStore(place, { from: "sqlite:b.db", to: url }), isRefusal);
    if (claim.kind === "claimed") await store.release(claim.lease, null);
  });
  await copyStore(place, { from: "sqlite:b.db", to: url });
  // Both went on by themselves: they are two stores now.
  for (const [path, does] of [
    [back, "pause"],
    [url, "cancel"],
  ] as const) {
    await withStore(path, async (store) => {
      const [listed] = await store.listRuns({ limit: 1 });
      assert.ok(listed !== undefined);
      await store.append(nextOf(listed.run, { does }));
    });
  }
  await assert.rejects(copyStore(place, { from: "sqlite:b.db", to: url }), isRefusal);
  await remove();
  rmSync(folder, { recursive: true });
});

for (const [kind, newPlace] of [
  ["PostgreSQL", scratchUrl],
  ["SQLite", async () => ({ url: "sqlite:b.db", remove: async () => undefined })],
] as const)
  test(`a copy to ${kind} that a signal stops says so, and is whole when it is repeated`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mfm-copy-"));
    const { url: to, remove } = await newPlace();
    const place: Place = { folder, env: {}, configFile: undefined, storeUrl: undefined };
    const from = "sqlite:a.db";
    await withRuntime(join(folder, "a.db"), (runtime) => start(runtime, "waiting", true));
    const signal = AbortSignal.abort(interruption("SIGTERM"));
    await assert.rejects(copyStore(place, { from, to, signal }), (error) => {
      assert.ok(error instanceof MfmError);
      assert.deepEqual([error.code, error.details["signal"]], ["INTERRUPTED", "SIGTERM"]);
      return true;
    });
    const { runs, known } = await copyStore(place, { from, to });
    assert.deepEqual([runs, known], [1, 0]);
    await remove();
    rmSync(folder, { recursive: true });
  });
