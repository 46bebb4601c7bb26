import assert from "node:assert/strict";
import { test } from "node:test";
import { administer } from "../../../test/postgres/schemas.ts";
import { openScratch } from "../../../test/postgres/scratch.ts";
import { sharedServer } from "../../../test/postgres/servers.ts";
import { admissionOf, nextOf } from "../../testing/store/streams.ts";
import { withClient } from "./connection.ts";
import { openPostgresStore } from "./open.ts";

/** Wakes as they come; `next` waits for one that nobody has waited for yet. */
function collectWakes(): { readonly wake: () => void; readonly next: () => Promise<void> } {
  let unseen = 0;
  let waiting: (() => void) | undefined;
  return {
    wake: () => {
      unseen++;
      waiting?.();
    },
    next: async () => {
      if (unseen === 0) await new Promise<void>((resolve) => (waiting = resolve));
      unseen = 0;
    },
  };
}

test("a process that listens is woken by another's admission, signal and release, and again after its connection was lost", async () => {
  const { store, address, close } = await openScratch();
  const listener = await openPostgresStore({ address });
  const { wake, next } = collectWakes();
  const end = listener.onDue(wake);
  // The first comes with the connection: what was said before is not known.
  await next();
  const admission = admissionOf("a");
  await store.append(admission);
  await next();
  const claim = await store.claim(admission.runId, { owner: "me", milliseconds: 60_000, takeOver: false });
  await store.append(nextOf(admission.run));
  await store.release(claim.kind === "claimed" ? claim.lease : assert.fail(), null);
  await next();
  const { url } = await sharedServer();
  await administer(url, `select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "mfm ${address.schema}"'`);
  await next();
  await store.append(admissionOf("b"));
  await next();
  end();
  await listener.close();
  await close();
});

test("nobody is woken by what makes no run due", async () => {
  const { store, address, close } = await openScratch();
  await withClient(address, "work", async (client) => {
    const heard: string[] = [];
    const told = new Promise<void>((resolve) => {
      client.on("notification", ({ channel }) => {
        heard.push(channel);
        resolve();
      });
    });
    await client.query(`listen "mfm ${address.schema}"`);
    const lease = { owner: "me", milliseconds: 60_000 };
    const admission = admissionOf("driven", { lease });
    const result = await store.append(admission);
    const waiting = nextOf(admission.run, { fence: 1, does: "wait", wakeAt: Date.now() + 600_000 });
    await store.append(waiting);
    await store.append(nextOf(waiting.run, { fence: null }));
    if (result.kind === "appended" && result.lease !== null) await store.heartbeat([result.lease], 60_000);
    const childless = admissionOf("childless", { lease });
    await store.append(childless);
    await store.append(nextOf(childless.run, { fence: 1, does: "succeed" }));
    assert.deepEqual(heard, []);
    await store.append(admissionOf("due"));
    await told;
    assert.equal(heard.length, 1);
  });
  await close();
});
