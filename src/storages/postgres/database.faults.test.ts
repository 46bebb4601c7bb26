import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { Client } from "pg";
import { Proxy } from "../../../test/postgres/proxy.ts";
import { scratchUrl } from "../../../test/postgres/schemas.ts";
import { type PostgresServer, startServer } from "../../../test/postgres/servers.ts";
import { MfmError } from "../../kernel/errors.ts";
import { settleAppend } from "../../kernel/runtime/batch.ts";
import type { Append, Store } from "../../kernel/store.ts";
import { admissionOf, nextOf, someOp } from "../../testing/store/streams.ts";
import { parsePostgresUrl } from "./address.ts";
import { migratePostgresStore } from "./migrate.ts";
import { type PostgresOptions, openPostgresStore } from "./open.ts";

const me = { owner: "me", milliseconds: 60_000 } as const;
const noWatch = (): void => undefined;

function isUnavailable(written: "no" | "unknown"): (error: unknown) => boolean {
  return (error) => error instanceof MfmError && error.code === "STORE_UNAVAILABLE" && error.details["written"] === written;
}

describe("a PostgreSQL store, when", () => {
  let server: PostgresServer;
  let proxy: Proxy;

  before(async () => {
    server = await startServer(["deadlock_timeout=50ms", "max_connections=12", "superuser_reserved_connections=1"]);
    proxy = new Proxy(server.url);
    await proxy.open();
  });
  after(() => proxy.close());

  /** A store of its own behind the proxy. */
  const faultTest = (
    name: string,
    body: (store: Store, url: string) => Promise<void>,
    options: Omit<PostgresOptions, "address"> = {},
  ): void => {
    test(name, async () => {
      const { url } = await scratchUrl(server);
      await migratePostgresStore({ address: parsePostgresUrl(url) });
      const throughProxy = url.replace(server.url, proxy.url);
      const store = await openPostgresStore({ ...options, address: parsePostgresUrl(throughProxy) });
      try {
        await body(store, url);
      } finally {
        proxy.line = "whole";
        await store.close();
      }
    });
  };

  faultTest("the answer to an append is lost after its commit, says that nobody knows; it is there, once", async (store) => {
    const admission = admissionOf("a", { lease: me });
    await store.append(admission);
    const next = nextOf(admission.run, { fence: 1 });
    proxy.line = "cut answer";
    await assert.rejects(store.append(next), isUnavailable("unknown"));
    assert.deepEqual((await store.readRun(next.runId))?.run, next.run);
    const further = nextOf(next.run, { fence: 1 });
    proxy.line = "cut answer";
    assert.equal((await settleAppend(store, further, noWatch)).kind, "appended");
    assert.equal((await store.readEvents(next.runId, 0, 10)).length, 3);
  });

  faultTest("an append is lost on its way, says that nobody knows; it is not there, and may be tried again", async (store) => {
    const admission = admissionOf("a", { lease: me });
    await store.append(admissionOf("connects", { lease: me }));
    proxy.line = "cut request";
    await assert.rejects(store.append(admission), isUnavailable("unknown"));
    assert.equal(await store.readRun(admission.runId), undefined);
    proxy.line = "cut request";
    const settled = await settleAppend(store, admission, noWatch);
    assert.ok(settled.kind === "appended" && settled.lease?.fence === 1);
  });

  faultTest("many appends share a commit whose answer is lost, each is settled by its own digest", async (store) => {
    const admissions = Array.from({ length: 20 }, (_, index) => admissionOf(`${index}`, { lease: me }));
    await Promise.all(admissions.slice(0, 10).map((admission) => store.append(admission)));
    proxy.line = "cut answer";
    const appends: Append[] = [...admissions.slice(0, 10).map(({ run }) => nextOf(run, { fence: 1 })), ...admissions.slice(10)];
    const settled = await Promise.all(appends.map((append) => settleAppend(store, append, noWatch)));
    assert.ok(settled.every(({ kind }) => kind === "appended"));
    assert.deepEqual(await store.info().then(({ runs, events }) => [runs, events]), [20, 30]);
  });

  faultTest("nothing is wrong, asks one question for each write, and one for many that are asked for at once", async (store) => {
    const admission = admissionOf("a", { lease: me });
    const first = nextOf(admission.run, { fence: 1 });
    const second = nextOf(first.run, { fence: 1, before: 3, outputs: [first.artifacts[0] ?? assert.fail()] });
    const questionsOf = async (...appends: readonly Append[]): Promise<number> => {
      const before = proxy.questions;
      const results = await Promise.all(appends.map((append) => store.append(append)));
      assert.ok(results.every(({ kind }) => kind === "appended"));
      return proxy.questions - before;
    };
    const many = Array.from({ length: 50 }, (_, index) => admissionOf(`${index}`, { lease: me }));
    assert.deepEqual(
      [await questionsOf(admission), await questionsOf(first), await questionsOf(second), await questionsOf(...many)],
      [1, 1, 1, 1],
    );
  });

  faultTest("a read is lost, it is asked again", async (store) => {
    const admission = admissionOf("a");
    await store.append(admission);
    for (const line of ["cut request", "cut answer"] as const) {
      proxy.line = line;
      assert.deepEqual((await store.readRun(admission.runId))?.run, admission.run);
    }
  });

  faultTest(
    "the line says nothing any more, gives the connection up and works over another",
    async (store) => {
      await store.append(admissionOf("connects", { lease: me }));
      const admission = admissionOf("a");
      proxy.line = "silence";
      await assert.rejects(store.append(admission), isUnavailable("unknown"));
      proxy.line = "whole";
      assert.equal((await settleAppend(store, admission, noWatch)).kind, "appended");
    },
    // So long does a busy machine not take for what it is asked before the line falls silent.
    { limits: { connect: 2000, lock: 2000, statement: 2000, answer: 2500 } },
  );

  faultTest("the server cannot be reached for a while, waits, and loses nothing that it was asked for", async (store) => {
    const admission = admissionOf("a");
    await store.append(admission);
    proxy.line = "refuse";
    const asked = Promise.allSettled([store.append(nextOf(admission.run)), store.append(admissionOf("b")), store.readRun(admission.runId)]);
    // Each has met a closed door by the time that another connection has been made and ended.
    await assert.rejects(new Client({ connectionString: proxy.url }).connect());
    proxy.line = "whole";
    const [next, other, read] = await asked;
    assert.equal(read.status, "fulfilled");
    // A connection that was open is only found broken by the statement that is sent over it: then nobody knows, and says so.
    for (const result of [next, other])
      assert.ok(result.status === "fulfilled" ? result.value.kind === "appended" : isUnavailable("unknown")(result.reason));
  });

  faultTest(
    "the server stays away, says so when its patience ends",
    async (store) => {
      await store.append(admissionOf("a"));
      proxy.line = "refuse";
      await assert.rejects(store.readRun(admissionOf("a").runId), isUnavailable("no"));
      await store.append(admissionOf("b")).catch(() => undefined);
      await assert.rejects(store.append(admissionOf("b")), isUnavailable("no"));
    },
    { patienceMs: 50 },
  );

  faultTest("the server crashes and comes back, goes on with everything that was acknowledged", async (store) => {
    const admission = admissionOf("a", { lease: me });
    await store.append(admission);
    await server.crash?.();
    const next = nextOf(admission.run, { fence: 1 });
    assert.equal((await settleAppend(store, next, noWatch)).kind, "appended");
    assert.deepEqual(await store.check(), []);
  });

  faultTest("one of several appends cannot be written, writes the others", async (store) => {
    const poisoned = admissionOf("poisoned", { lease: { owner: "PostgreSQL knows no \0", milliseconds: 1 } });
    const all = [admissionOf("a"), poisoned, admissionOf("b")];
    const [first, second, third] = await Promise.allSettled(all.map((append) => store.append(append)));
    assert.ok(first?.status === "fulfilled" && first.value.kind === "appended");
    assert.ok(second?.status === "rejected" && (second.reason as MfmError).code === "INTERNAL");
    assert.ok(third?.status === "fulfilled" && third.value.kind === "appended");
  });

  faultTest("an append cannot even be asked, fails that one and goes on", async (store) => {
    const { run, ...admission } = admissionOf("a");
    const broken = { ...admission, run: { ...run, steps: { done: 1n, total: 2n } } } as unknown as Append;
    await assert.rejects(store.append(broken), { code: "INTERNAL" });
    assert.equal((await store.append({ ...admission, run })).kind, "appended");
  });

  faultTest("it and another wait for each other, tries again", async (store, url) => {
    const [one, two] = [admissionOf("one"), admissionOf("two")];
    await store.append(one);
    await store.append(two);
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query(`set search_path = ${parsePostgresUrl(url).schema}`);
    // The store's connection looks for a circle first, and is the one that is refused.
    await other.query("set deadlock_timeout = '1h'");
    await other.query("begin");
    await other.query("select from runs where run_id = $1 for update", [two.runId]);
    const appended = Promise.all([store.append(nextOf(one.run)), store.append(nextOf(two.run))]);
    while ((await other.query("select from pg_locks where not granted")).rowCount === 0);
    await other.query("select from runs where run_id = $1 for update", [one.runId]);
    await other.query("commit");
    assert.deepEqual(
      (await appended).map(({ kind }) => kind),
      ["appended", "appended"],
    );
    await other.end();
  });

  faultTest("the server has no connection to spare, waits for one", async (store, url) => {
    await store.readRun(admissionOf("a").runId);
    const others: Client[] = [];
    for (;;) {
      const client = new Client({ connectionString: url, user: "postgres" });
      client.on("error", () => undefined);
      try {
        await client.connect();
        others.push(client);
      } catch {
        break;
      }
    }
    const appended = store.append(admissionOf("a"));
    assert.ok(others.length > 2);
    for (const client of others) await client.end();
    assert.equal((await appended).kind, "appended");
  });

  for (const [name, limits] of [
    ["a lock is held for too long", { connect: 1000, lock: 50, statement: 5000, answer: 6000 }],
    ["a statement takes too long", { connect: 1000, lock: 5000, statement: 1000, answer: 6000 }],
  ] as const) {
    faultTest(
      `${name}, says that nothing was written, and writes it when it is asked again`,
      async (store, url) => {
        const admission = admissionOf("a");
        await store.append(admission);
        const other = new Client({ connectionString: url });
        await other.connect();
        await other.query(`set search_path = ${parsePostgresUrl(url).schema}`);
        await other.query("begin");
        await other.query("select from runs where run_id = $1 for update", [admission.runId]);
        const next = nextOf(admission.run);
        await assert.rejects(store.append(next), isUnavailable("no"));
        // Others are not held up by it.
        assert.equal((await store.append(admissionOf("b"))).kind, "appended");
        await other.query("commit");
        await other.end();
        assert.deepEqual((await store.readRun(admission.runId))?.run, admission.run);
        assert.equal((await store.append(next)).kind, "appended");
      },
      { limits },
    );
  }

  faultTest("its machine's clock is ten minutes off, leases by the server's clock", async (store, url) => {
    await store.append(admissionOf("a"));
    const slow = await openPostgresStore({ address: parsePostgresUrl(url) });
    const real = Date.now;
    mock.method(Date, "now", () => real() - 600_000);
    const [claim] = await slow.claimNext({ ...me, entryPoints: [someOp], exceptSpecs: [] });
    const now = await slow.now();
    mock.restoreAll();
    assert.ok(claim !== undefined && claim.lease.expiresAt <= now + me.milliseconds);
    assert.ok(claim.lease.expiresAt - me.milliseconds <= (await store.now()));
    assert.equal((await store.claim(claim.lease.runId, { owner: "another", milliseconds: 1, takeOver: false })).kind, "busy");
    await slow.close();
  });
});
