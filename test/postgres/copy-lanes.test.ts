/** Effects and lanes of a store that moves: everything stands where it stood, and queues go on in their order. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { copyStore } from "../../src/app/store-copy.ts";
import { sweep } from "../../src/app/sweep/sweep.ts";
import type { Store } from "../../src/kernel/store.ts";
import { openPlace } from "../crash/places.ts";
import { HandRun, fillLanes } from "../kernel/hand-run.ts";
import { scratchUrl } from "./schemas.ts";

const lanes = ["one account", "another"] as const;

/** In no order: the numbers of effects are a store's own. */
async function standing(path: string): Promise<unknown> {
  const store = await openPlace(path);
  const effects = (await store.listEffects({ limit: 100 })).map(({ number: _number, ...row }) => row);
  const found = [
    effects.toSorted((left, right) => (left.effect < right.effect ? -1 : 1)),
    ...(await Promise.all((await store.listLanes()).map((lane) => store.readLane(lane, 100)))),
  ];
  assert.deepEqual((await sweep(store, "look")).found, []);
  assert.deepEqual(await store.check(), []);
  await store.close();
  return found;
}

async function withStore(path: string, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openPlace(path);
  await work(store);
  await store.close();
}

test("a store moves to PostgreSQL and back with its effects, lanes and queues", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-copy-lanes-"));
  const { url, remove } = await scratchUrl();
  const place = { folder, env: {}, configFile: undefined, storeUrl: undefined };
  const [file, back] = [join(folder, "a.db"), join(folder, "b.db")];
  await withStore(file, (store) => fillLanes(store, lanes));
  await copyStore(place, { from: "sqlite:a.db", to: url });
  assert.deepEqual(await standing(url), await standing(file));
  // The original goes on, and so does the copy: from where each run was.
  await withStore(file, async (store) => {
    const late = await HandRun.admit(store, "late");
    await late.append(late.intend("pay/0", lanes[0]));
    await late.append(late.intend("pay/1", lanes[1]), late.acquire("pay/1", lanes[1], { seq: 0, slot: 3 }), ...late.send("pay/1"));
  });
  await copyStore(place, { from: "sqlite:a.db", to: url });
  assert.deepEqual(await standing(url), await standing(file));
  await copyStore(place, { from: url, to: "sqlite:b.db" });
  assert.deepEqual(await standing(back), await standing(file));
  await remove();
  rmSync(folder, { recursive: true });
});
