/** Histories that released versions wrote, verified by this one. A history is never removed and never changed; `record.ts` adds new ones. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Digest, isDigest } from "../../src/kernel/canonical.ts";
import { readBundle, writeBundle } from "../../src/kernel/verify/bundle.ts";
import { referencesOf } from "../../src/kernel/verify/history.ts";
import { recoverSigner } from "../../src/keystore/signing/recover-signer.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { type Data, type Members, canonical, readPlainBundle, runIdOf, sha256 } from "../vectors/plain.ts";
import { recordHistories, recordedRegistry } from "./recording.ts";

const folder = fileURLToPath(new URL("../../../test/histories/v1/", import.meta.url));
const names = readdirSync(folder).flatMap((file) => /^(.*)\.ndjson$/.exec(file)?.[1] ?? []);
const contentOf = (name: string): string => readFileSync(`${folder}${name}.ndjson`, "utf8");
const headOf = (name: string): string => readFileSync(`${folder}${name}.head`, "utf8").trim();

/** How each ended. */
const recorded = {
  broken: "failed",
  "called-off": "cancelled",
  cancelled: "cancelled",
  "cancelled-child": "cancelled",
  decided: "resolved",
  dodo: "failed",
  errand: "succeeded",
  "errand-child": "succeeded",
  hello: "succeeded",
  mirage: "failed",
  ordered: "succeeded",
  refused: "failed",
  "refused-child": "failed",
  stuck: "cancelled",
  undone: "compensated",
};

describe("histories of format 1", () => {
  it("are all here", () => assert.deepEqual(names.toSorted(), Object.keys(recorded).toSorted()));

  it("hold every type of event", () => {
    const types = new Set(names.flatMap((name) => readPlainBundle(contentOf(name)).events.map(({ event }) => event["type"])));
    const steps = "StepCompleted StepFailed TimerSet SignalReceived ChildStarted";
    const effects =
      "EffectIntended EffectPrepared EffectDispatched EffectObserved EffectSettled EffectAmbiguous EffectAbandoned CancelRequested";
    const runs = "RunAdmitted RunPaused RunResumed RunSucceeded RunFailed RunCancelled";
    const people = "ApprovalRecorded CompensationStarted ResolutionRecorded RunCompensated RunResolved";
    assert.deepEqual(types, new Set(`${steps} ${effects} ${runs} ${people}`.split(" ")));
  });

  for (const [name, status] of Object.entries(recorded)) {
    it(`${name} is verified under the head that was noted`, async () => {
      const head = headOf(name);
      assert.ok(isDigest(head));
      const history = readBundle(Buffer.from(contentOf(name)));
      const report = await verifyHistory(history, recordedRegistry(), { head, recoverSigner });
      assert.equal(report.result, "verified");
      assert.equal(report.run.status, status);
      for (const child of report.children) {
        if (child.head !== null) assert.equal(headOf(`${name}-child`), child.head.digest);
        assert.equal(readPlainBundle(contentOf(`${name}-child`)).header["runId"], child.runId);
      }
      assert.equal([...writeBundle(history)].join(""), contentOf(name), "it is written as it was read");
    });

    it(`${name} holds by the pages of docs/formats alone, without MFM`, () => assertPlain(contentOf(name), headOf(name)));
  }

  it("with effects are consistent where the code of their kinds is unknown", async () => {
    for (const name of ["ordered", "called-off", "broken", "dodo", "mirage"]) {
      const { result } = await verifyHistory(readBundle(Buffer.from(contentOf(name))), new Registry());
      assert.equal(result, "consistent", name);
    }
  });

  it("hold everything that may be seen of an effect", () => {
    const seen = readPlainBundle(contentOf("ordered")).events.flatMap(({ event }) => {
      const data = event["data"] as { readonly seen?: { readonly kind: string } } | undefined;
      return data?.seen === undefined ? [] : [data.seen.kind];
    });
    assert.deepEqual(seen, ["unknown", "notFound", "accepted", "stuck", "included", "removed", "notFound", "included"]);
  });

  it("are consistent where the code of their states is unknown", async () => {
    const { result, unknown } = await verifyHistory(readBundle(Buffer.from(contentOf("errand"))), new Registry());
    assert.equal(result, "consistent");
    assert.deepEqual(unknown, [
      "history.v1/await-open@1",
      "history.v1/part@1",
      "history.v1/pass@1",
      "history.v1/quote@1",
      "history.v1/total@1",
    ]);
  });

  it("the one without failures, signals and children comes out the same today, byte for byte", async () => {
    const today = await recordHistories();
    assert.equal(today.find(({ name }) => name === "hello")?.bundle, contentOf("hello"));
  });
});

describe("a bundle without a noted head", () => {
  it("does not show that its end was left off; with the head it does", async () => {
    const whole = readBundle(Buffer.from(contentOf("hello")));
    const events = whole.events.slice(0, -1);
    const named = new Set<string>(events.flatMap(({ event }) => referencesOf(event).map(({ digest }) => digest)));
    const artifacts = new Map([...whole.artifacts].filter(([digest]) => named.has(digest)));
    const shortened = readBundle(Buffer.from([...writeBundle({ ...whole, events, artifacts })].join("")));
    const { result, run } = await verifyHistory(shortened, recordedRegistry());
    assert.deepEqual([result, run.status], ["verified", "running"]);
    await assert.rejects(verifyHistory(shortened, recordedRegistry(), { head: headOf("hello") as Digest }), { code: "HEAD_MISMATCH" });
  });
});

/** Chain, digests, counts and identity. */
function assertPlain(content: string, head: string): void {
  const { header, events, artifacts } = readPlainBundle(content);
  let prev: string | null = null;
  for (const [seq, { digest, text, event }] of events.entries()) {
    assert.equal(sha256(text), digest);
    assert.equal(canonical(event), text);
    assert.deepEqual([event["prev"], event["seq"], event["runId"]], [prev, seq, header["runId"]]);
    prev = digest;
  }
  assert.equal(prev, head);
  assert.deepEqual(header, {
    counts: { artifacts: artifacts.size, events: events.length },
    format: "mfm-bundle/1",
    head: { digest: head, seq: events.length - 1 },
    runId: header["runId"],
  });
  for (const [digest, text] of artifacts) {
    assert.equal(sha256(text), digest);
    assert.equal(canonical(JSON.parse(text) as Data), text);
  }
  assert.deepEqual([...artifacts.keys()], [...artifacts.keys()].toSorted());
  const admission = events[0]?.event["data"] as { readonly manifest: { readonly digest: string } } | undefined;
  const { scope, entryPoint, invocation } = JSON.parse(artifacts.get(admission?.manifest.digest ?? "") ?? "{}") as Members;
  const identity = canonical({ domain: "mfm-run/1", scope: scope ?? null, entryPoint: entryPoint ?? null, invocation: invocation ?? null });
  assert.equal(header["runId"], runIdOf(sha256(identity)));
}
