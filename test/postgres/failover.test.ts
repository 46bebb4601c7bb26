import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { MfmError } from "../../src/kernel/errors.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { openPostgresStore } from "../../src/storages/postgres/open.ts";
import { admissionOf } from "../../src/testing/store/streams.ts";
import { copyStandby, failOver, startPair } from "./failover.ts";
import type { LocalServer } from "./server.ts";
import { newServer } from "./servers.ts";

const limits = { connect: 5000, lock: 300, statement: 300, answer: 500 };
const isUnavailable = (error: unknown): boolean => error instanceof MfmError && error.code === "STORE_UNAVAILABLE";

describe("a primary with a synchronous standby", () => {
  const primary = newServer();
  let standby: LocalServer;
  before(async () => (standby = await startPair(primary, copyStandby)));

  test(
    "acknowledges nothing that the standby has not, and shows nothing of it as settled, also after a restart",
    { timeout: 60_000 },
    async () => {
      const store = await openPostgresStore({ address: parsePostgresUrl(primary.url), limits, patienceMs: 5000 });
      await store.append(admissionOf("with a standby"));
      await standby.end();
      const admission = admissionOf("without");
      await assert.rejects(store.append(admission), isUnavailable);
      // After a crash the server shows what it wrote, whether the standby has it or not.
      await primary.crash();
      const looker = await openPostgresStore({ address: parsePostgresUrl(primary.url) });
      assert.ok((await looker.readRun(admission.runId)) !== undefined);
      await looker.close();
      await assert.rejects(store.readEvents(admission.runId, 0, 1), isUnavailable);
      await assert.rejects(store.readRun(admission.runId), isUnavailable);
      await standby.start();
      assert.deepEqual((await store.readRun(admission.runId))?.run, admission.run);
      await store.close();
    },
  );

  test(
    "is killed under two workers, and the standby promoted: nothing acknowledged is lost, and every run ends",
    { timeout: 120_000 },
    async () => {
      await failOver({ runs: 12, endedBefore: 4 }, primary, standby);
    },
  );
});
