import { test } from "node:test";
import { runSuiteOn } from "./named-server.ts";
import { sharedServer } from "./servers.ts";

const isNamed = (process.env["MFM_TEST_POSTGRES_URL"] ?? "") !== "";

test(
  "tests pass on a server that MFM_TEST_POSTGRES_URL names, and leave nothing there (debian.long.test.ts runs the store's suites on one)",
  { skip: isNamed && "this suite is run on one already", timeout: 120_000 },
  async () => runSuiteOn(await sharedServer(), "postgres/schema.immutable", "postgres/reads.order"),
);
