/** Verification: what it shows, and where it refuses what somebody who re-hashes everything made up. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as z from "zod";
import { type RecordOptions, record, scope } from "../../../test/kernel/record.ts";
import { addUp, audit, chain, double, flakyChain, readBalance, readTwice, registryWithChain } from "../../../test/kernel/samples.ts";
import { resealed, treeOf, withValue } from "../../../test/kernel/tamper.ts";
import { type Digest, digestOf, toCanonical } from "../canonical.ts";
import { implement } from "../capability.ts";
import { MfmError } from "../errors.ts";
import { StepFailure } from "../execute.ts";
import { deriveRunId, digestChildInvocation, digestInvocationKey } from "../identity.ts";
import type { Json } from "../json.ts";
import { defineOp, planOp } from "../op.ts";
import { Registry } from "../registry.ts";
import { defineState } from "../state.ts";
import type { History } from "./history.ts";
import { verifyHistory } from "./verify.ts";

const registry = registryWithChain();
const plan = planOp(audit, { account: "alice" });
const audited = { spec: plan.spec, configText: plan.configText };
const [balanceAt, twiceAt, childStartedAt, childAt, reportAt, endAt] = [4, 2, 7, 8, 9, 10] as const;

/** The history with an artifact that an event names replaced by another text, and everything re-hashed. */
function withArtifact(history: History, seq: number, path: string, data: Json): History {
  const sealed = history.events[seq];
  assert.ok(sealed !== undefined);
  const text = toCanonical(data);
  return resealed(history, new Map([[seq, withValue(treeOf(sealed), path, digestOf(text))]]), new Map([[digestOf(text), text]]));
}

function artifactAt(history: History, seq: number, path: string): Json {
  const sealed = history.events[seq];
  assert.ok(sealed !== undefined);
  let at: unknown = treeOf(sealed);
  for (const name of path.split(".")) at = (at as { [name: string]: unknown })[name];
  return JSON.parse(history.artifacts.get(at as Digest) ?? "") as Json;
}

async function refused(history: History, seq: number, field: string, words: RegExp, known: Registry = registry): Promise<void> {
  await assert.rejects(verifyHistory(history, known), (error) => {
    assert.ok(error instanceof MfmError, String(error));
    assert.deepEqual([error.code, error.details["seq"], error.details["field"]], ["HISTORY_INVALID", seq, field], error.message);
    assert.match(error.message, words);
    return true;
  });
}

/** A run of a state alone. */
function alone(state: typeof readBalance): RecordOptions {
  const op = defineOp({
    id: "test.verify/alone@1",
    plan: (program) => ({ out: program.step("only", state, { config: { account: "alice" } }).output }),
  });
  const planned = planOp(op, {});
  return { registry: new Registry(state, op, flakyChain()), spec: planned.spec, configText: planned.configText };
}

describe("verifyHistory", () => {
  let history: History;
  before(async () => {
    history = await record({ registry, ...audited });
  });

  it("verifies a history with every kind of step, a failed attempt and facts", async () => {
    const last = history.events.at(-1);
    const report = await verifyHistory(history, registry, last === undefined ? {} : { head: last.digest });
    const childRun = deriveRunId(scope, double.id, digestChildInvocation(history.runId, "child"));
    assert.equal(report.result, "verified");
    assert.deepEqual(report.counts, { events: 11, artifacts: 16, facts: 4, recomputed: 3 });
    assert.deepEqual(report.head, { seq: 10, digest: last?.digest });
    assert.deepEqual([report.run.status, report.run.steps, report.unknown], ["succeeded", { done: 6, total: 6 }, []]);
    assert.equal(report.children.length, 1);
    assert.deepEqual([report.children[0]?.runId, report.children[0]?.step, report.children[0]?.head?.seq], [childRun, "child", 2]);
    assert.equal(history.runId, deriveRunId(scope, audit.id, digestInvocationKey("key")));
  });

  it("verifies every beginning of it, as a run that goes on", async () => {
    for (const length of history.events.keys()) {
      if (length === 0) continue;
      const report = await verifyHistory({ ...history, events: history.events.slice(0, length) }, registry);
      assert.deepEqual([report.result, report.head.seq], ["verified", length - 1]);
      assert.notEqual(report.run.status, "succeeded");
    }
  });

  it("needs no backend: facts answer", async () => {
    const replaying = new Registry(readBalance, readTwice, addUp, double, audit);
    assert.equal((await verifyHistory(history, replaying)).result, "verified");
  });

  it("is consistent only, with the ids, where code is unknown", async () => {
    const cases: readonly (readonly [Registry, readonly string[], number])[] = [
      [new Registry(readTwice, addUp, double, audit), [readBalance.use.id], 2],
      [new Registry(readBalance, readTwice, double, audit), [addUp.use.id], 2],
      [new Registry(readBalance, readTwice, addUp), [double.id], 3],
      [new Registry(), [addUp.use.id, double.id, readBalance.use.id, readTwice.use.id], 0],
    ];
    for (const [known, unknown, recomputed] of cases) {
      const report = await verifyHistory(history, known);
      assert.deepEqual([report.result, report.unknown, report.counts.recomputed], ["consistent", unknown, recomputed]);
    }
  });

  it("refuses an empty history, and one that begins elsewhere", async () => {
    await refused({ ...history, events: [] }, 0, "type", /begins with RunAdmitted/);
    await refused({ ...history, events: history.events.slice(1) }, 0, "type", /begins with RunAdmitted/);
  });

  it("refuses a history of another run", async () => {
    await refused(
      { ...history, runId: deriveRunId("elsewhere", audit.id, digestInvocationKey("key")) },
      0,
      "runId",
      /the manifest is of another run/,
    );
  });
});

describe("verifyHistory: a history that was wholly re-hashed", () => {
  it("verifies, and is told apart by the head: other answers, and everything computed from them", async () => {
    const history = await record({ registry: registryWithChain(), ...audited });
    const steady = implement(chain, { getBalance: () => 1_000_000n, blockNumber: () => 7n });
    const forged = await record({ registry: new Registry(readBalance, readTwice, addUp, double, audit, steady), ...audited });
    assert.equal(forged.runId, history.runId);
    assert.equal((await verifyHistory(forged, registry)).result, "verified");
    const head = history.events.at(-1)?.digest ?? digestOf("");
    await assert.rejects(
      verifyHistory(forged, registry, { head }),
      (error) => error instanceof MfmError && error.code === "HEAD_MISMATCH" && error.details["expected"] === head,
    );
  });

  it("shortened at the end it verifies as a run that goes on, and is told apart by the head", async () => {
    const history = await record({ registry: registryWithChain(), ...audited });
    const head = history.events.at(-1)?.digest ?? digestOf("");
    await assert.rejects(verifyHistory({ ...history, events: history.events.slice(0, -1) }, registry, { head }), { code: "HEAD_MISMATCH" });
  });
});

describe("verifyHistory: re-hashed, but not recomputed, is refused at the step", () => {
  let history: History;
  before(async () => {
    history = await record({ registry: registryWithChain(), ...audited });
  });

  it("a read whose fact says something else than its output", async () => {
    const fact = artifactAt(history, balanceAt, "data.facts.0.fact") as { [name: string]: Json };
    await refused(
      withArtifact(history, balanceAt, "data.facts.0.fact", { ...fact, response: "999" }),
      balanceAt,
      "data.output.digest",
      /computes another output/,
    );
  });

  it("a pure step, when a read's fact and output were changed together", async () => {
    const fact = artifactAt(history, twiceAt, "data.facts.2.fact") as { [name: string]: Json };
    const output = artifactAt(history, twiceAt, "data.output.digest") as { [name: string]: Json };
    const one = withArtifact(history, twiceAt, "data.facts.2.fact", { ...fact, response: "999" });
    const both = withArtifact(one, twiceAt, "data.output.digest", { ...output, second: "999" });
    await refused(both, reportAt, "data.output.digest", /computes another output/);
  });

  it("a fact that another capability, method, request, format or source stands in, or that is none", async () => {
    const fact = artifactAt(history, balanceAt, "data.facts.0.fact") as { [name: string]: Json };
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
      await refused(withArtifact(history, balanceAt, "data.facts.0.fact", data), balanceAt, "data.facts.0.fact", words);
  });

  it("outputs, payloads, children and specs that are not what they stand for", async () => {
    const manifest = artifactAt(history, 0, "data.manifest.digest") as { [name: string]: Json };
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
    for (const [seq, path, data, field, words] of cases) await refused(withArtifact(history, seq, path, data), seq, field, words);
  });

  it("a valid payload or child's output shows where it is used", async () => {
    await refused(withArtifact(history, 3, "data.payload.digest", "8"), reportAt, "data.output.digest", /computes another output/);
    await refused(
      withArtifact(history, childAt, "data.output.digest", { doubled: { total: "8" } }),
      reportAt,
      "data.output.digest",
      /computes another output/,
    );
  });

  it("an artifact that is not canonical, though its digest is right", async () => {
    const sealed = history.events[0];
    assert.ok(sealed !== undefined);
    const text = '{ "account":"alice" }';
    const manifest = artifactAt(history, 0, "data.manifest.digest") as { [name: string]: Json };
    const named = toCanonical({ ...manifest, config: digestOf(text) });
    const tree = withValue(withValue(treeOf(sealed), "data.config.digest", digestOf(text)), "data.manifest.digest", digestOf(named));
    await refused(
      resealed(
        history,
        new Map([[0, tree]]),
        new Map([
          [digestOf(text), text],
          [digestOf(named), named],
        ]),
      ),
      0,
      "artifact",
      /not canonical/,
    );
  });

  it("a config that is not one of the op", async () => {
    const sealed = history.events[0];
    assert.ok(sealed !== undefined);
    const text = toCanonical({ account: 7 });
    const manifest = artifactAt(history, 0, "data.manifest.digest") as { [name: string]: Json };
    const named = toCanonical({ ...manifest, config: digestOf(text) });
    const tree = withValue(withValue(treeOf(sealed), "data.config.digest", digestOf(text)), "data.manifest.digest", digestOf(named));
    await refused(
      resealed(
        history,
        new Map([[0, tree]]),
        new Map([
          [digestOf(text), text],
          [digestOf(named), named],
        ]),
      ),
      0,
      "data.config.digest",
      /does not match the op's schema/,
    );
  });

  it("outputs of unknown code that lack what others take from them", async () => {
    const known = new Registry(addUp, double, audit);
    await refused(
      withArtifact(history, twiceAt, "data.output.digest", { first: "1" }),
      reportAt,
      "data.step",
      /has no member second/,
      known,
    );
    await refused(
      withArtifact(history, balanceAt, "data.output.digest", null),
      childStartedAt,
      "data.step",
      /has no member balance/,
      known,
    );
  });
});

describe("verifyHistory: code that is not what it was", () => {
  const base = {
    id: readBalance.use.id,
    effect: "read",
    needs: { chain },
    config: readBalance.schemas.config,
    output: readBalance.schemas.output,
  } as const;

  it("code that asks something else, less, or more, is refused at its step", async () => {
    const options = alone(readBalance);
    const history = await record(options);
    const op = options.registry.op("test.verify/alone@1");
    const cases: readonly (readonly [typeof readBalance, string, RegExp])[] = [
      [
        defineState({ ...base, run: async ({ chain: asked }) => ({ balance: await asked.getBalance({ account: "bob" }) }) }),
        "data.facts.0",
        /does not ask this question/,
      ],
      [defineState({ ...base, run: () => ({ balance: 1n }) }), "data.facts.0", /does not ask this question/],
      [
        defineState({
          ...base,
          run: async ({ chain: asked, config }) => ({ balance: (await asked.getBalance(config)) + (await asked.blockNumber()) }),
        }),
        "data.facts",
        /no recorded answer of test.kernel\/chain@1 blockNumber/,
      ],
      [
        defineState({ ...base, run: async ({ chain: asked, config }) => ({ balance: (await asked.getBalance(config)) + 1n }) }),
        "data.output.digest",
        /computes another output/,
      ],
      [
        defineState({
          ...base,
          run: async ({ chain: asked, config }) =>
            Promise.reject(new StepFailure("TOO_LOW", "never", String(await asked.getBalance(config)))),
        }),
        "data.output.digest",
        /fails on the recorded input and facts \(TOO_LOW\)/,
      ],
      [
        defineState({ ...base, run: async ({ chain: asked, config }) => ({ balance: -(await asked.getBalance(config)) }) }),
        "data.output.digest",
        /STEP_RESULT_INVALID/,
      ],
    ];
    for (const [state, field, words] of cases) await refused(history, 2, field, words, new Registry(state, op));
  });

  it("another declaration under the same id is refused with the spec", async () => {
    const options = alone(readBalance);
    const other = defineState({
      ...base,
      output: z.strictObject({ balance: readBalance.schemas.output.shape.balance, more: z.int().optional() }),
      run: () => ({ balance: 1n }),
    });
    await refused(
      await record(options),
      0,
      "data.spec.digest",
      /STATE_DIFFERENT/,
      new Registry(other, options.registry.op("test.verify/alone@1")),
    );
  });
});

describe("verifyHistory: code that swallows errors", () => {
  const trusting = defineState({
    id: readBalance.use.id,
    effect: "read",
    needs: { chain },
    config: readBalance.schemas.config,
    output: readBalance.schemas.output,
    run: async ({ chain: asked, config }) => ({ balance: await asked.getBalance(config).catch(() => 0n) }),
  });

  it("a fact that does not answer its question is refused although the code goes on without it", async () => {
    const options = alone(trusting);
    const failing = await record(options);
    assert.equal((await verifyHistory(failing, options.registry)).result, "verified");
    const second = await record(options);
    const fact = artifactAt(second, 1, "data.facts.0.fact") as { [name: string]: Json };
    const forged = withArtifact(
      withArtifact(second, 1, "data.facts.0.fact", { ...fact, request: { account: "bob" } }),
      1,
      "data.output.digest",
      { balance: "0" },
    );
    await refused(forged, 1, "data.facts.0.fact", /does not answer the question/, options.registry);
  });
});
