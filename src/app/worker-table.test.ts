import assert from "node:assert/strict";
import { test } from "node:test";
import { MfmError } from "../kernel/errors.ts";
import { TableReader } from "./config-table.ts";
import type { Place } from "./place.ts";
import { parseToml } from "./toml.ts";
import { type WorkerTable, assertEntryPoints, decideConcurrency, readWorkerTable } from "./worker-table.ts";

function read(toml: string): {
  readonly table: WorkerTable;
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
} {
  const reader = new TableReader();
  const table = readWorkerTable((parseToml(toml, "mfm.toml", "CONFIG_INVALID") as { readonly worker?: unknown }).worker, reader);
  return { table, problems: reader.problems };
}

const place = (env: Place["env"] = {}): Place => ({ folder: "/", env, configFile: undefined, storeUrl: undefined });

test("[worker] holds a limit for all, and limit and priority of single entry points", () => {
  const { table, problems } = read('[worker]\nconcurrency = 5\n[worker.entry_points."acme/payout@1"]\nconcurrency = 2\npriority = -10\n');
  assert.deepEqual(problems, []);
  assert.equal(table.concurrency, 5);
  assert.deepEqual([...table.entryPoints], [["acme/payout@1", { concurrency: 2, priority: -10 }]]);
  assert.deepEqual(read("").table, { concurrency: undefined, entryPoints: new Map() });
});

test("[worker] is read strictly: everything that is wrong is named, with what was probably meant", () => {
  const { problems } = read(
    '[worker]\nconcurency = 5\nconcurrency = 0\n[worker.entry_points."acme/payout@1"]\nprioritys = 1\nconcurrency = 1.5\npriority = "high"\n',
  );
  assert.deepEqual(
    problems.map(({ path }) => path),
    [
      "worker.concurency",
      "worker.entry_points.acme/payout@1.prioritys",
      "worker.entry_points.acme/payout@1.concurrency",
      "worker.entry_points.acme/payout@1.priority",
      "worker.concurrency",
    ],
  );
  assert.match(problems[0]?.problem ?? "", /did you mean concurrency\?/);
  assert.match(problems[1]?.problem ?? "", /did you mean priority\?/);
  assert.deepEqual(
    read("[worker]\nentry_points = 3\n").problems.map(({ path }) => path),
    ["worker.entry_points"],
  );
});

test("how many runs are driven at once: the flag over the variable over the file over 32", () => {
  const table = { concurrency: 5, entryPoints: new Map() };
  const env = { MFM_WORKER_CONCURRENCY: "7" };
  assert.deepEqual(
    [
      decideConcurrency(place(env), 9, table),
      decideConcurrency(place(env), undefined, table),
      decideConcurrency(place({ MFM_WORKER_CONCURRENCY: "" }), undefined, table),
      decideConcurrency(place(), undefined, undefined),
    ],
    [9, 7, 5, 32],
  );
  for (const wrong of ["0", "1001", "-1", "many", "1e2"]) {
    assert.throws(() => decideConcurrency(place({ MFM_WORKER_CONCURRENCY: wrong }), undefined, table), { code: "CONFIG_INVALID" }, wrong);
  }
});

test("terms of an entry point that the worker does not have are refused, with the one that was probably meant", () => {
  const table = { concurrency: undefined, entryPoints: new Map([["acme/payuot@1", { priority: 1 }]]) };
  assert.throws(
    () => assertEntryPoints(table, new Set(["acme/payout@1"]), "/mfm.toml"),
    (error) => error instanceof MfmError && error.code === "CONFIG_INVALID" && error.message.includes("did you mean acme/payout@1?"),
  );
  assert.equal(assertEntryPoints(table, new Set(["acme/payuot@1"]), "/mfm.toml"), table.entryPoints);
});
