import { test } from "node:test";
import { debianPrograms, withoutDebian } from "./debian.ts";
import { runSuiteOn } from "./named-server.ts";
import { newServer } from "./servers.ts";

test("everything about PostgreSQL passes on Debian's version of it", { skip: withoutDebian, timeout: 600_000 }, async () => {
  const server = newServer({ programs: debianPrograms() ?? "" });
  await server.initialize();
  await server.start();
  await runSuiteOn(
    server,
    "storages/postgres/store",
    "storages/postgres/schema",
    "storages/postgres/migrate",
    "storages/postgres/hints",
    "storages/postgres/reads",
    "test/postgres/copy",
    "test/postgres/command",
    "workers/terms",
    "workers/stopped",
    "workers/clocks",
  );
});
