/** What a store's check says of runs that stand still for good reasons: nothing. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, test } from "node:test";
import { machineTime } from "../../src/app/machine.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { Store } from "../../src/kernel/store.ts";
import { openScratch as openSqlite } from "../../src/storages/sqlite/scratch.test.support.ts";
import { recoverSigner } from "../kernel/people.ts";
import { Outside, askTurn, takeTurns, turnDefinitions } from "../kernel/turns.ts";
import { openScratch as openPostgres } from "../postgres/scratch.ts";

/** A run that waits for people, and one whose effect got no further than a survey. */
async function live(store: Store): Promise<void> {
  const outside = new Outside();
  const registry = new Registry({ ...turnDefinitions, askTurn, turns: outside.backend() });
  const runtime = new Runtime({ store, registry, clock: machineTime, random: () => 0, owner: "ann", recoverSigner });
  const { run } = await runtime.start(askTurn, {}, { key: "asks" });
  assert.equal(run.status, "blocked");
  outside.rules.failing = new Set(["prepare"]);
  const config = { account: "treasury", receivers: ["bob"], window: 1, renewals: 0 };
  const failed = await runtime.start(takeTurns, config, { key: "fails" });
  assert.equal(failed.run.status, "paused");
}

describe("the check of a store finds nothing", () => {
  test("where an effect waits for people before it waits in its lane, and where nothing came of a survey, in SQLite", async () => {
    const { store, folder } = await openSqlite();
    await live(store);
    assert.deepEqual(await store.check(), []);
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test("the same in PostgreSQL", async () => {
    const { store, close } = await openPostgres();
    await live(store);
    assert.deepEqual(await store.check(), []);
    await close();
  });
});
