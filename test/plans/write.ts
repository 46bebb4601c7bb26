/** Writes the query plans into docs/operating.md: `npm run build && node dist/test/plans/write.js`. */
import { readFileSync, writeFileSync } from "node:fs";
import { root } from "../docs/pages.ts";
import { LocalServer } from "../postgres/server.ts";
import { heading, postgresPlans, sqlitePlans, tableOf } from "./plans.ts";

const path = `${root}docs/operating.md`;
const page = readFileSync(path, "utf8");
const from = page.indexOf(heading);
if (from < 0) throw new Error(`${path} has no table of plans`);
const server = new LocalServer();
try {
  await server.initialize();
  await server.start();
  process.env["MFM_TEST_POSTGRES_URL"] = server.url;
  const table = tableOf(await postgresPlans(), await sqlitePlans());
  writeFileSync(path, page.slice(0, from) + table + page.slice(page.indexOf("\n\n", from) + 1));
} finally {
  await server.remove();
}
