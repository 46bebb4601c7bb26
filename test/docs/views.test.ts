/** The SQL views: the same in both databases, and as the documents say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Store } from "../../src/kernel/store.ts";
import { openScratch as openSqlite, withConnection } from "../../src/storages/sqlite/scratch.test.support.ts";
import { act, working } from "../../src/testing/store/effect-streams.ts";
import { digestOf } from "../../src/kernel/canonical.ts";
import { jsonArtifact } from "../../src/kernel/artifacts.ts";
import { sealEvent } from "../../src/kernel/events.ts";
import type { Append } from "../../src/kernel/store.ts";
import { admissionOf, nextOf, runIdFor } from "../../src/testing/store/streams.ts";
import { administer } from "../postgres/schemas.ts";
import { openScratch as openPostgres } from "../postgres/scratch.ts";
import { sharedServer } from "../postgres/servers.ts";

type Rows = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;

/** Columns by view, as the table in docs/operating.md has them. */
function documented(): Map<string, string[]> {
  const page = readFileSync("docs/operating.md", "utf8");
  const columns = new Map<string, string[]>();
  let view = "";
  for (const [, first = "", second = ""] of page.matchAll(/^\| (`mfm_[a-z]+`)? ?\| (`[a-z_`, ]+`) \|/gm)) {
    if (first !== "") view = first.slice(1, -1);
    columns.set(view, [...(columns.get(view) ?? []), ...[...second.matchAll(/`([a-z_]+)`/g)].map(([, name = ""]) => name)]);
  }
  return columns;
}

const fact = jsonArtifact("fact", '"an answer"');

/** A step that read something. */
function readingOf(run: Append["run"]): Append {
  const output = jsonArtifact("value", '"read"');
  const facts = [{ need: "chain", method: "getBalance", request: digestOf("question"), occurrence: 0, fact: fact.ref.digest }];
  const sealed = sealEvent(
    { type: "StepCompleted", data: { step: "read", attempt: 1, output: output.ref, facts } },
    run.runId,
    run.head,
    "2026-01-01T00:00:01.000Z",
  );
  const head = { seq: sealed.event.seq, digest: sealed.digest };
  const next = nextOf(run);
  return { ...next, events: [sealed], artifacts: [output.artifact, fact.artifact], run: { ...run, head } };
}

async function fill(store: Store): Promise<void> {
  const admission = admissionOf("a", { lease: { owner: "me", milliseconds: 1000 }, wakeAt: 5 });
  await store.append(admission);
  const reading = readingOf(admission.run);
  await store.append(reading);
  await store.append(admissionOf("b", { parent: runIdFor("a") }));
  const intended = act(working(reading.run), [
    { does: "intend", step: "1", lane: "an account" },
    { does: "intend", step: "2", lane: "an account" },
    { does: "intend", step: "3" },
  ]);
  await store.append(intended.append);
  const sent = act(intended.after, [
    { does: "acquire", step: "1", seq: 0, slot: 7 },
    { does: "prepare", step: "1" },
    { does: "dispatch", step: "1" },
    { does: "explain", step: "2", next: 3 },
    { does: "prepare", step: "3" },
    { does: "dispatch", step: "3" },
    { does: "include", step: "3" },
    { does: "settle", step: "3" },
  ]);
  await store.append(sent.append);
}

const inWords = (rows: readonly object[]): Rows[string] =>
  rows
    .map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]: [string, string | number | null]) => [name, value === null ? null : String(value)]),
      ),
    )
    .toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));

async function fromSqlite(views: readonly string[]): Promise<Rows> {
  const { store, path, close } = await openSqlite({ clock: () => 1000 });
  await fill(store);
  const read = (pragmas: string): Rows =>
    withConnection(path, (session) => {
      session.exec(pragmas);
      return Object.fromEntries(views.map((view) => [view, inWords(session.all<object>(`select * from ${view}`))]));
    });
  const rows = read("");
  assert.deepEqual(read("pragma trusted_schema = 0"), rows);
  await close();
  return rows;
}

async function fromPostgres(views: readonly string[]): Promise<Rows> {
  const { store, address, close } = await openPostgres({ clock: () => 1000 });
  await fill(store);
  const { url } = await sharedServer();
  const [, ...results] = await administer(url, `set search_path = ${address.schema}`, ...views.map((view) => `select * from ${view}`));
  await close();
  return Object.fromEntries(views.map((view, index) => [view, inWords((results[index]?.rows ?? []) as object[])]));
}

describe("the SQL views", () => {
  const columns = documented();
  const views = [...columns.keys()];

  test("are documented, with every column in its order, and say the same in both databases", async () => {
    assert.deepEqual(views.toSorted(), ["mfm_effects", "mfm_events", "mfm_facts", "mfm_lanes", "mfm_runs"]);
    const rows = await fromSqlite(views);
    for (const view of views) {
      assert.ok((rows[view]?.length ?? 0) > 0, view);
      for (const row of rows[view] ?? []) assert.deepEqual(Object.keys(row), columns.get(view), view);
    }
    assert.deepEqual(await fromPostgres(views), rows);
  });

  test("say what was appended", async () => {
    const rows = await fromSqlite(views);
    assert.deepEqual(rows["mfm_lanes"], [{ lane: "an account", slots_given: "1", next: "3", held: "0", open: "1", queued: "1" }]);
    const [found] = rows["mfm_facts"] ?? [];
    assert.deepEqual([found?.["step"], found?.["method"], found?.["fact"]], ["read", "getBalance", fact.ref.digest]);
    const effects = rows["mfm_effects"]?.map(({ step, state, outcome, place }) => [step, state, outcome, place]);
    assert.deepEqual(effects?.toSorted(), [
      ["1", "dispatched", null, "open"],
      ["2", "intended", null, "queued"],
      ["3", "settled", "reverted", null],
    ]);
    const [event] = rows["mfm_events"]?.filter(({ type }) => type === "StepCompleted") ?? [];
    assert.deepEqual([event?.["step"], event?.["at"]], ["read", "2026-01-01T00:00:01.000Z"]);
    assert.equal((JSON.parse(event?.["data"] ?? "") as { attempt: number }).attempt, 1);
    const run = rows["mfm_runs"]?.find(({ run_id }) => run_id === runIdFor("b"));
    assert.deepEqual([run?.["parent"], run?.["due_ms"], run?.["lease_owner"]], [runIdFor("a"), "1000", null]);
  });
});
