/** Reading a history from a store that may be damaged, and the artifacts that events name. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { record } from "../../../test/kernel/record.ts";
import { audit, registryWithChain } from "../../../test/kernel/samples.ts";
import { digestOf } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import { runIdOf } from "../names.ts";
import { planOp } from "../op.ts";
import type { Store, StoredEvent } from "../store.ts";
import { type History, Evidence, readHistory, referencesOf, refsOf } from "./history.ts";

let history: History;
let stored: StoredEvent[];

before(async () => {
  const plan = planOp(audit, { account: "alice" });
  history = await record({ registry: registryWithChain(), spec: plan.spec, configText: plan.configText });
  stored = history.events.map(({ event, digest, text }) => ({ order: event.seq + 1, seq: event.seq, digest, text }));
});

/** What a history is read from: events, and artifacts by digest. */
function storeOf(events: readonly StoredEvent[], artifacts: ReadonlyMap<string, string> = history.artifacts): Store {
  const reading: Pick<Store, "readEvents" | "readArtifact"> = {
    readEvents: async (_runId, from, limit) => events.slice(from, from + limit),
    readArtifact: async (digest) => {
      const text = artifacts.get(digest);
      return text === undefined ? undefined : Buffer.from(text);
    },
  };
  return reading as Store;
}

async function refused(store: Store, details: { readonly [name: string]: unknown }): Promise<void> {
  await assert.rejects(readHistory(store, history.runId), (error) => {
    assert.ok(error instanceof MfmError && error.code === "HISTORY_INVALID", String(error));
    for (const [name, value] of Object.entries(details))
      assert.equal(error.details[name], value, `${name} in ${JSON.stringify(error.details)}`);
    return true;
  });
}

describe("readHistory", () => {
  it("reads every event and every artifact that they reach", async () => {
    assert.deepEqual(await readHistory(storeOf(stored), history.runId), history);
  });

  it("refuses what is altered or missing, with run, event and field", async () => {
    const [output] = referencesOf(history.events[2]?.event ?? assert.fail());
    assert.ok(output !== undefined);
    const place = { runId: history.runId, seq: 2, field: "data.output.digest", artifact: output.digest };
    await refused(storeOf(stored, new Map([...history.artifacts].filter(([name]) => name !== output.digest))), {
      ...place,
      kind: "missing",
    });
    await refused(storeOf(stored, new Map([...history.artifacts, [output.digest, "{}"]])), { ...place, kind: "altered" });
    const second = stored[1] ?? assert.fail();
    await refused(storeOf(stored.with(1, { ...second, digest: digestOf("") })), { runId: history.runId, seq: 1, field: "digest" });
    await refused(storeOf(stored.with(1, { ...second, seq: 7 })), { runId: history.runId, seq: 7, field: "seq" });
    await refused(storeOf(stored.with(1, { ...second, text: second.text.replace("StepFailed", "StepFooled") })), {
      runId: history.runId,
      seq: 1,
      field: "type",
    });
  });

  it("refuses a run that the store does not have", async () => {
    await assert.rejects(readHistory(storeOf([]), runIdOf(digestOf(""))), { code: "RUN_UNKNOWN" });
  });
});

describe("evidence", () => {
  it("refuses what is not there or not canonical", () => {
    const loose = "[1, 2]";
    const evidence = new Evidence(new Map([[digestOf(loose), loose]]));
    assert.throws(() => evidence.text(digestOf("")), { code: "HISTORY_INVALID", message: /is missing/ });
    assert.equal(evidence.text(digestOf(loose)), loose);
    assert.throws(() => evidence.json(digestOf(loose)), { code: "HISTORY_INVALID", message: /not canonical/ });
  });
});

describe("references", () => {
  it("every digest of an event that names an artifact is among them, and stands where they say", () => {
    for (const { event, text } of history.events) {
      const named = referencesOf(event);
      for (const { field, digest } of named) {
        let at: unknown = event;
        for (const name of field.split(".")) at = (at as { [name: string]: unknown })[name];
        assert.equal(at, digest);
      }
      const refs = refsOf(event).map(({ ref }) => ref.digest);
      const digests = [...text.matchAll(/"(?:digest|fact)":"(sha256:[0-9a-f]{64})"/g)].map((match) => match[1]);
      const child = event.type === "StepCompleted" ? event.data.child?.digest : undefined;
      assert.deepEqual(new Set(digests.filter((digest) => digest !== child)), new Set(named.map(({ digest }) => digest)));
      assert.ok(refs.every((digest) => named.some((reference) => reference.digest === digest)));
    }
  });
});
