/** The plans in docs/operating.md are those that both databases make: each operation by its indexes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readPage } from "../docs/pages.ts";
import { heading, postgresPlans, sqlitePlans, tableOf } from "./plans.ts";

test(
  "the query plans in docs/operating.md are those that both databases make (node dist/test/plans/write.js)",
  { timeout: 120_000 },
  async () => {
    const postgres = await postgresPlans();
    const sqlite = await sqlitePlans();
    const page = readPage("docs/operating.md");
    const from = page.indexOf(heading);
    assert.equal(page.slice(from, page.indexOf("\n\n", from) + 1), tableOf(postgres, sqlite));
    const whole = (plans: typeof postgres): string[] =>
      [...plans].filter(([, plan]) => plan.some((index) => index.startsWith("["))).map(([name]) => name);
    assert.deepEqual([whole(postgres), whole(sqlite)], [[], ["list runs"]]);
  },
);
