/** Re-hashed histories in which something was not recomputed: refused at the step that shows it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { record, scope } from "../../../test/kernel/record.ts";
import { addUp, audit, double, readBalance, readTwice, registryWithChain } from "../../../test/kernel/samples.ts";
import { type Tree, artifactAt, assertRefused, eventAt, resealed, withArtifact, withValue } from "../../../test/kernel/tamper.ts";
import { digestOf, toCanonical } from "../canonical.ts";
import { deriveRunId, digestInvocationKey } from "../identity.ts";
import type { Json } from "../json.ts";
import { planOp } from "../op.ts";
import { Registry } from "../registry.ts";
import type { History } from "./history.ts";
import { verifyHistory } from "./verify.ts";

const registry = registryWithChain();
const plan = planOp(audit, { account: "alice" });
const audited = { spec: plan.spec, configText: plan.configText };
const [balanceAt, twiceAt, childStartedAt, childAt, reportAt, endAt] = [4, 2, 7, 8, 9, 10] as const;

describe("verifyHistory: re-hashed, but not recomputed, is refused at the step", () => {
  let history: History;
  before(async () => {
    history = await record({ registry: registryWithChain(), ...audited });
  });

  it("a read whose fact says something else than its output", async () => {
    const fact = artifactAt(history, balanceAt, "data.facts.0.fact");
    await assertRefused(
      withArtifact(history, balanceAt, "data.facts.0.fact", { ...fact, response: "999" }),
      [balanceAt, "data.output.digest", /computes another output/],
      registry,
    );
  });

  it("a pure step, when a read's fact and output were changed together", async () => {
    const fact = artifactAt(history, twiceAt, "data.facts.2.fact");
    const output = artifactAt(history, twiceAt, "data.output.digest");
    const one = withArtifact(history, twiceAt, "data.facts.2.fact", { ...fact, response: "999" });
    const both = withArtifact(one, twiceAt, "data.output.digest", { ...output, second: "999" });
    await assertRefused(both, [reportAt, "data.output.digest", /computes another output/], registry);
  });

  it("a fact that another capability, method, request, format or source stands in, or that is none", async () => {
    const fact = artifactAt(history, balanceAt, "data.facts.0.fact");
    const cases: readonly (readonly [Json, RegExp])[] = [
      [{ ...fact, capability: "test.kernel/other@1" }, /does not answer the question/],
      [{ ...fact, method: "blockNumber" }, /does not answer the question/],
      [{ ...fact, request: { account: "bob" } }, /does not answer the question/],
      [{ ...fact, format: "mfm-fact/2" }, /does not answer the question/],
      [{ ...fact, note: "hello" }, /does not answer the question/],
      [{ ...fact, response: "-1" }, /does not match the capability's schema/],
      [{ ...fact, response: 30 }, /does not answer the question|does not match/],
      [{ ...fact, source: 7 }, /not a fact/],
      [[], /not a fact/],
    ];
    for (const [data, words] of cases)
      await assertRefused(withArtifact(history, balanceAt, "data.facts.0.fact", data), [balanceAt, "data.facts.0.fact", words], registry);
  });

  it("outputs, payloads, children and specs that are not what they stand for", async () => {
    const manifest = artifactAt(history, 0, "data.manifest.digest");
    const cases: readonly (readonly [number, string, Json, string, RegExp])[] = [
      [0, "data.manifest.digest", { ...manifest, scope: "elsewhere" }, "runId", /another run/],
      [0, "data.manifest.digest", { ...manifest, config: digestOf("c") }, "data.config.digest", /names another config/],
      [
        0,
        "data.manifest.digest",
        { ...manifest, parent: { runId: history.runId, step: "a" } },
        "data.manifest.digest",
        /the parent did not start/,
      ],
      [0, "data.manifest.digest", { ...manifest, note: 1 }, "data.manifest.digest", /it is no manifest/],
      [3, "data.payload.digest", "-7", "data.payload.digest", /does not match the signal's schema/],
      [3, "data.payload.digest", 7, "data.payload.digest", /does not match the signal's schema/],
      [childStartedAt, "data.config.digest", { amount: "1" }, "data.config.digest", /not what is wired/],
      [childStartedAt, "data.spec.digest", { hello: "world" }, "data.spec.digest", /not a spec of this child's op/],
      [childAt, "data.output.digest", { doubled: { total: 7 } }, "data.output.digest", /not a value of the child's output/],
      [reportAt, "data.output.digest", { total: "1" }, "data.output.digest", /computes another output/],
      [endAt, "data.output.digest", { report: { total: "1" } }, "data.output.digest", /not what the steps' outputs make/],
    ];
    for (const [seq, path, data, field, words] of cases)
      await assertRefused(withArtifact(history, seq, path, data), [seq, field, words], registry);
  });

  it("a valid payload or child's output shows where it is used", async () => {
    await assertRefused(
      withArtifact(history, 3, "data.payload.digest", "8"),
      [reportAt, "data.output.digest", /computes another output/],
      registry,
    );
    await assertRefused(
      withArtifact(history, childAt, "data.output.digest", { doubled: { total: "8" } }),
      [reportAt, "data.output.digest", /computes another output/],
      registry,
    );
  });

  it("an artifact that is not canonical, though its digest is right", async () => {
    const text = '{ "account":"alice" }';
    const manifest = artifactAt(history, 0, "data.manifest.digest");
    const named = toCanonical({ ...manifest, config: digestOf(text) });
    const tree = withValue(withValue(eventAt(history, 0), "data.config.digest", digestOf(text)), "data.manifest.digest", digestOf(named));
    await assertRefused(
      resealed(
        history,
        new Map([[0, tree]]),
        new Map([
          [digestOf(text), text],
          [digestOf(named), named],
        ]),
      ),
      [0, "artifact", /not canonical/],
      registry,
    );
  });

  it("a failed attempt that is tried again, or not, against the step's policy", async () => {
    const failure = eventAt(history, 1);
    const given = (retry: Json, attempt: number): Tree => withValue(withValue(failure, "data.retry", retry), "data.attempt", attempt);
    const again = { at: "2026-01-01T00:00:01.000Z", kind: "at" };
    const [admission, first, second] = history.events;
    assert.ok(admission !== undefined && first !== undefined && second !== undefined);
    const short = { ...history, events: [admission, first, second] };
    await assertRefused(resealed(short, new Map([[1, given({ kind: "no" }, 1)]])), [1, "data.retry.kind", /retry policy/], registry);
    const next = (retry: Json): Tree => ({ ...given(retry, 2), seq: 2, prev: second.event.prev });
    const twice = new Map([
      [1, given(again, 1)],
      [2, next(again)],
    ]);
    await assertRefused(resealed(short, twice), [2, "data.retry.kind", /retry policy/], registry);
    const stopped = new Map([...twice, [2, next({ kind: "no" })]]);
    assert.equal((await verifyHistory(resealed(short, stopped), registry)).run.status, "running");
  });

  it("a spec of another op than the run is of", async () => {
    const entryPoint = double.id;
    const invocation = digestInvocationKey("key");
    const runId = deriveRunId(scope, entryPoint, invocation);
    const text = toCanonical({ ...artifactAt(history, 0, "data.manifest.digest"), entryPoint });
    const moved = new Map(history.events.map((_, index) => [index, withValue(eventAt(history, index), "runId", runId)]));
    moved.set(0, withValue(moved.get(0) ?? {}, "data.manifest.digest", digestOf(text)));
    const forged = { ...resealed(history, moved, new Map([[digestOf(text), text]])), runId };
    await assertRefused(forged, [0, "data.spec.digest", /the spec is of another op/], registry);
  });

  it("an output of unknown code that does not match what the run declares", async () => {
    const known = new Registry(readBalance, readTwice, double, audit);
    const wrong = withArtifact(history, reportAt, "data.output.digest", { total: 7 });
    const forged = withArtifact(wrong, endAt, "data.output.digest", { report: { total: 7 } });
    await assertRefused(forged, [endAt, "data.output.digest", /does not match its declared type/], known);
  });

  it("a config that is not one of the op", async () => {
    const text = toCanonical({ account: 7 });
    const manifest = artifactAt(history, 0, "data.manifest.digest");
    const named = toCanonical({ ...manifest, config: digestOf(text) });
    const tree = withValue(withValue(eventAt(history, 0), "data.config.digest", digestOf(text)), "data.manifest.digest", digestOf(named));
    await assertRefused(
      resealed(
        history,
        new Map([[0, tree]]),
        new Map([
          [digestOf(text), text],
          [digestOf(named), named],
        ]),
      ),
      [0, "data.config.digest", /does not match the op's schema/],
      registry,
    );
  });

  it("outputs of unknown code that lack what others take from them", async () => {
    const known = new Registry(addUp, double, audit);
    await assertRefused(
      withArtifact(history, twiceAt, "data.output.digest", { first: "1" }),
      [reportAt, "data.step", /has no member second/],
      known,
    );
    await assertRefused(
      withArtifact(history, balanceAt, "data.output.digest", null),
      [childStartedAt, "data.step", /has no member balance/],
      known,
    );
  });
});
