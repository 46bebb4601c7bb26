/** A disk that is full or fails while a run is driven: the run stops with an error, nothing acknowledged is lost, and it goes on when the disk is well. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { machineRandom, machineTime } from "../../src/app/machine.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { type Driver, type Statement, photostructure } from "../../src/storages/sqlite/driver.ts";
import { openSqliteStore } from "../../src/storages/sqlite/open.ts";
import { inFolder, traceOf, withRuntime } from "./harness.ts";
import { crashRegistry } from "./ops.ts";

const key = "disk";
const config = { from: 3 };

/** SQLite's result codes for a full disk and a failing write. */
const faults = { full: 13, "input/output error": 778 } as const;

/** Fails every COMMIT from the n-th on, until it is mended. */
function failingDriver(errcode: number, from: number): { readonly driver: Driver; readonly state: { commits: number; broken: boolean } } {
  const state = { commits: 0, broken: true };
  const driver: Driver = {
    open(path, mode) {
      const connection = photostructure.open(path, mode);
      return {
        get inTransaction(): boolean {
          return connection.inTransaction;
        },
        exec: (sql) => connection.exec(sql),
        prepare(sql) {
          const statement = connection.prepare(sql);
          if (sql !== "commit") return statement;
          const run: Statement["run"] = () => {
            if (state.commits++ >= from && state.broken) throw Object.assign(new Error("injected"), { code: "ERR_SQLITE_ERROR", errcode });
            return statement.run();
          };
          return { run, get: () => undefined, all: () => [], iterate: () => [] };
        },
        close: () => connection.close(),
      };
    },
  };
  return { driver, state };
}

for (const [name, errcode] of Object.entries(faults)) {
  test(`a disk with ${name} at any commit: the run stops, and resumes when the disk is well`, { timeout: 60_000 }, async () => {
    await inFolder(async (folder) => {
      const expected = await withRuntime(join(folder, "well.db"), async (runtime) => {
        const { run } = await runtime.startUntyped(runtime.registry.op("test.crash/whole@1"), config, { key });
        return traceOf(runtime, run.runId);
      });
      // Commits of a run vary in number by how much goes into one: the run that meets no fault is the last.
      let faulted = 0;
      for (let from = 1; from < 60; from++, faulted++) {
        const { driver, state } = failingDriver(errcode, from);
        const store = await openSqliteStore({ path: join(folder, `${from}.db`), driver });
        const runtime = new Runtime({ store, registry: crashRegistry(), clock: machineTime, random: machineRandom, owner: "disk" });
        const op = runtime.registry.op("test.crash/whole@1");
        const failure: unknown = await runtime.startUntyped(op, config, { key }).catch((error: unknown) => error);
        if (!(failure instanceof Error)) {
          await store.close();
          break;
        }
        assert.ok(failure instanceof MfmError && failure.code.startsWith("STORE_"), `commit ${from}: ${String(failure)}`);
        state.broken = false;
        const before = (await store.listRuns({ limit: 10 })).map(({ run }) => run);
        const known = before.find((run) => run.entryPoint === op.id);
        const run =
          known === undefined
            ? (await runtime.startUntyped(op, config, { key })).run
            : await runtime.resume(known.runId, { actor: "test", reason: "the disk is well" });
        for (const earlier of before) {
          const [event] = await store.readEvents(earlier.runId, earlier.head.seq, 1);
          assert.equal(event?.digest, earlier.head.digest, "an acknowledged event is lost");
        }
        assert.deepEqual(await traceOf(runtime, run.runId), expected, `commit ${from}`);
        await store.close();
      }
      assert.ok(faulted >= 6, `only ${faulted} commits failed`);
    });
  });
}
