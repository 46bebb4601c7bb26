/** Workers of this version on a store that the next one migrates under them: they are refused from then on, and nothing is lost or mixed up. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { photostructure } from "../../src/storages/sqlite/driver.ts";
import { migrations } from "../../src/storages/sqlite/schema.ts";
import { endOf, inPlaces, startProcess, traceOf, withRuntime } from "../crash/harness.ts";
import { type Backend, type Place, backends } from "../crash/places.ts";
import { nextVersion, takeBack } from "../postgres/next-version.ts";
import { administer } from "../postgres/schemas.ts";
import { sharedServer } from "../postgres/servers.ts";

const op = "test.crash/whole@1";
const runs = 25;
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** As the next version does it, and undone. */
const next: Readonly<
  Record<Backend, { readonly migrate: (place: Place) => Promise<unknown>; readonly undo: (place: Place) => Promise<unknown> }>
> = {
  SQLite: {
    migrate: async (path) => setVersion(path, migrations.length + 1),
    undo: async (path) => setVersion(path, migrations.length),
  },
  PostgreSQL: {
    migrate: (url) => migratePostgresStore({ address: parsePostgresUrl(url), steps: nextVersion }),
    undo: async (url) => administer((await sharedServer()).url, `set search_path = ${parsePostgresUrl(url).schema}`, ...takeBack),
  },
};

function setVersion(path: Place, version: number): void {
  const connection = photostructure.open(path, "readWrite");
  connection.exec(`pragma busy_timeout = 5000; begin immediate; pragma user_version = ${version}; commit`);
  connection.close();
}

describe("workers of this version, when the next one migrates the store", () => {
  for (const backend of backends) {
    test(`are refused by ${backend} from then on; every run is whole`, { timeout: 120_000 }, async () => {
      await inPlaces(backend, backend === "PostgreSQL" ? await sharedServer() : undefined, async (newPlace) => {
        const path = await newPlace("runs");
        await withRuntime(path, async (runtime, store) => {
          for (let index = 0; index < runs; index++)
            await runtime.startUntyped(runtime.registry.op(op), { from: index }, { key: `${index}`, detach: true });
          const workers = [1, 2].map(() => startProcess({ path, work: { kind: "worker", concurrency: 2 }, killAt: -1 }));
          const said = workers.map(() => "");
          for (const [index, worker] of workers.entries())
            worker.stderr?.on("data", (chunk: Buffer) => void (said[index] += chunk.toString()));
          const endings = Promise.all(workers.map(endOf));
          while ((await store.listRuns({ status: "succeeded", limit: runs })).length < 3) await aWhile();

          await next[backend].migrate(path);
          const { events, artifacts } = await store.info();
          while (!said.every((text) => /schema|migrated/.test(text))) await aWhile();
          for (const worker of workers) worker.kill("SIGTERM");
          await endings;
          const after = await store.info();
          assert.deepEqual([after.events, after.artifacts], [events, artifacts]);
          assert.ok((await store.listRuns({ status: "succeeded", entryPoint: op, limit: runs })).length < runs, "all was over before");

          await next[backend].undo(path);
          for (const { run } of await store.listRuns({ entryPoint: op, limit: runs })) {
            for (let { status } = run; status !== "succeeded";)
              ({ status } = await runtime.resume(run.runId, { actor: "test", reason: "go on" }, {}));
            assert.equal((await traceOf(runtime, run.runId)).completed, 5);
          }
          assert.deepEqual(await store.check(), []);
        });
      });
    });
  }
});
