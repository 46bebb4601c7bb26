import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openScratch } from "../../../test/postgres/scratch.ts";
import { withClient } from "./connection.ts";
import { migrations } from "./schema.ts";

/** `append` of nothing, for what it does to its transaction. */
const appendNothing = `select * from append(${migrations.length}, null, ${Array.from({ length: 25 }, () => "'{}'").join(", ")})`;

describe("an append is on disk when it is acknowledged, where the database's default of synchronous_commit is", () => {
  for (const [level, raised] of [
    ["off", "on"],
    ["local", "on"],
    ["on", "on"],
    ["remote_apply", "remote_apply"],
  ] as const) {
    test(`${level}: it is committed with ${raised}`, async () => {
      const { address, close } = await openScratch();
      await withClient(address, "work", async (client) => {
        await client.query(`set synchronous_commit = ${level}`);
        await client.query("begin");
        await client.query(appendNothing);
        const { rows } = await client.query("show synchronous_commit");
        await client.query("commit");
        assert.deepEqual(rows, [{ synchronous_commit: raised }]);
      });
      await close();
    });
  }
});
