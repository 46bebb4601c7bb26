/** Planning: from an op and its config to a spec, always the same bytes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import * as fc from "fast-check";
import { addUp, audit, double, readBalance } from "../../test/kernel/samples.ts";
import { toCanonical } from "./canonical.ts";
import { decimal, uint256 } from "./codecs.ts";
import { type Program, type StepRef, defineOp, opUse, planOp } from "./op.ts";
import { encodeSpec } from "./spec.ts";

const nothingTo = (program: Program): StepRef<{ total: bigint }> => program.step("sum", addUp, { input: { terms: [] } });

describe("planOp", () => {
  it("the same config gives the same bytes, whatever the order of its members", () => {
    const op = defineOp({
      id: "test.op/two@1",
      config: z.strictObject({ a: z.int(), b: z.string(), c: z.record(z.string(), uint256).optional() }),
      plan: (program, config) => ({
        sum: program.step(`sum/${config.a}`, addUp, { input: { terms: Object.values(config.c ?? {}) } }).output,
      }),
    });
    const amounts = fc.dictionary(fc.string(), fc.bigInt({ min: 0n, max: 2n ** 64n }), { noNullPrototype: true });
    fc.assert(
      fc.property(fc.nat(), fc.string(), amounts, (a, b, c) => {
        const reversed = Object.fromEntries(Object.entries(c).toReversed());
        const [one, other] = [planOp(op, { a, b, c }), planOp(op, { c: reversed, b, a })];
        assert.deepEqual([other.configText, other.configDigest], [one.configText, one.configDigest]);
        assert.equal(planOp(op, { a, b, c }).text, one.text);
      }),
    );
    const fixed = { a: 1, b: "b" };
    assert.equal(planOp(op, fixed).text, planOp(op, { b: "b", a: 1 }).text);
  });

  it("the text is the canonical text of the spec, and the specRef its digest", () => {
    const plan = planOp(audit, { account: "alice" });
    assert.equal(plan.text, toCanonical(plan.spec as never));
    assert.deepEqual(encodeSpec(plan.spec), { text: plan.text, specRef: plan.specRef });
  });

  it("steps stand in author order, predecessors sorted and once, lists by id", () => {
    const { spec } = planOp(audit, { account: "alice" });
    assert.deepEqual(
      spec.steps.map((step) => [step.key, step.kind, step.after]),
      [
        ["balance", "state", []],
        ["twice", "state", []],
        ["pause", "wait", ["balance"]],
        ["bonus", "signal", []],
        ["child", "child", ["pause"]],
        ["report", "state", []],
      ],
    );
    assert.deepEqual(
      spec.states.map((use) => use.id),
      ["test.kernel/add-up@1", "test.kernel/read-balance@1", "test.kernel/read-twice@1"],
    );
    assert.deepEqual(spec.children, [opUse(double)]);
  });

  it("constants are written in their canonical form, handles as references", () => {
    const { spec } = planOp(audit, { account: "alice" });
    const report = spec.steps.find((step) => step.key === "report");
    const terms = [
      { from: "twice", path: ["second"] },
      { from: "bonus", path: [] },
      { from: "child", path: ["doubled", "total"] },
      { value: "1" },
    ];
    assert.deepEqual(report?.kind === "state" && report.input, { object: { terms: { array: terms } } });
  });

  it("an included op's steps stand under its key, and its lineage says with which config", () => {
    const outer = defineOp({ id: "test.op/outer@1", plan: (program) => program.include("in/ner", audit, { account: "alice" }) });
    const { spec } = planOp(outer, {});
    const inner = planOp(audit, { account: "alice" });
    assert.deepEqual(
      spec.steps.map((step) => step.key),
      inner.spec.steps.map((step) => `in/ner/${step.key}`),
    );
    assert.deepEqual(spec.lineage, [{ key: "in/ner", op: audit.id, config: inner.configDigest }]);
  });

  it("an included op is given its config as a started one is: normalised, and its own", () => {
    const seen: unknown[] = [];
    const inner = defineOp({
      id: "test.op/inner@1",
      config: z.strictObject({ price: decimal, list: z.array(z.int()), none: z.int().optional() }),
      plan(program, config) {
        seen.push(structuredClone(config));
        config.list.push(7);
        return { sum: program.step("sum", addUp, { input: { terms: [] } }).output };
      },
    });
    const config = { price: "1.50", list: [1] };
    planOp(inner, config);
    planOp(defineOp({ id: "test.op/outer@1", plan: (program) => program.include("in", inner, config) }), {});
    assert.deepEqual(seen, [
      { price: "1.5", list: [1] },
      { price: "1.5", list: [1] },
    ]);
    assert.deepEqual(config.list, [1]);
  });

  it("retries: a pure step is tried once, a read five times, and either as its options say", () => {
    const op = defineOp({
      id: "test.op/retry@1",
      plan(program) {
        const read = program.step("read", readBalance, { config: { account: "a" } });
        program.step("own", readBalance, {
          config: { account: "a" },
          retry: { maxAttempts: 2, jitterPercent: 0 },
          timeLimit: "2s",
          after: [read, read],
        });
        return { sum: nothingTo(program).output };
      },
    });
    const policies = planOp(op, {}).spec.steps.map((step) => (step.kind === "state" ? [step.retry, step.timeLimitMs, step.after] : []));
    const read = { maxAttempts: 5, firstDelayMs: 1000, maxDelayMs: 60_000, factor: 2, jitterPercent: 50 };
    assert.deepEqual(policies, [
      [read, 300_000, []],
      [{ ...read, maxAttempts: 2, jitterPercent: 0 }, 2000, ["read"]],
      [{ ...read, maxAttempts: 1 }, 300_000, []],
    ]);
  });
});
