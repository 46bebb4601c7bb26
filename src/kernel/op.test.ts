/** Planning: from an op and its config to a spec, always the same bytes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import * as fc from "fast-check";
import { addUp, audit, double, readBalance } from "../../test/kernel/samples.ts";
import { hello } from "../ops/proof/hello.ts";
import { toCanonical } from "./canonical.ts";
import { decimal, uint256 } from "./codecs.ts";
import { MfmError } from "./errors.ts";
import { limits } from "./json.ts";
import { type Outputs, type Program, type StepRef, defineOp, opUse, planOp } from "./op.ts";
import { encodeSpec } from "./spec.ts";
import { defineState } from "./state.ts";

/** An op of one plan. */
function planning(plan: (program: Program) => Outputs): () => unknown {
  return () => planOp(defineOp({ id: "test.op/one@1", plan }), {});
}
const nothingTo = (program: Program): StepRef<{ total: bigint }> => program.step("sum", addUp, { input: { terms: [] } });

function refused(work: () => unknown, code: MfmError["code"], words: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof MfmError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  });
}

describe("defineOp: refuses", () => {
  const base = { id: "test.op/one@1", plan: () => ({}) };
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["an id that is none", { id: "one" }, /op id "one" is not/],
    ["no id", { id: undefined }, /op id undefined is not/],
    ["no plan", { plan: undefined }, /plan must be a function/],
    ["a config outside the subset", { config: z.strictObject({ ratio: z.number() }) }, /test.op\/one@1: schema at \/config\/ratio: floats/],
    ["an output outside the subset", { output: z.strictObject({ at: z.date() }) }, /schema at \/output\/at/],
    ["an output that is no object", { output: z.string() }, /an op's output must be an object/],
  ];
  for (const [name, change, words] of cases) it(name, () => refused(() => defineOp({ ...base, ...change }), "DEFINITION_INVALID", words));
});

describe("planOp: refuses", () => {
  const other = defineState({ ...addUpLike(), output: z.strictObject({ total: uint256, more: z.int().optional() }) });
  const cases: readonly (readonly [string, () => unknown, MfmError["code"], RegExp])[] = [
    ["a plan that throws", planning(() => assert.fail("no such account")), "PLAN_FAILED", /the plan threw AssertionError: no such account/],
    ["a plan that throws what is no error", planning(() => fail("why not")), "PLAN_FAILED", /the plan threw something that is no Error/],
    ["a plan that is a promise", planning((async () => ({})) as never), "PLAN_FAILED", /at once \(not a promise\)/],
    [
      "a plan that is a promise which fails",
      planning((async () => assert.fail("later")) as never),
      "PLAN_FAILED",
      /at once \(not a promise\)/,
    ],
    ["a plan that returns nothing", planning((() => undefined) as never), "PLAN_FAILED", /returns an object of handles/],
    [
      "an output that is no handle",
      planning((program) => ({ sum: nothingTo(program) }) as never),
      "PLAN_FAILED",
      /output "sum" must be a handle/,
    ],
    [
      "an output under a name that is not camelCase",
      planning((program) => ({ "the sum": nothingTo(program).output })),
      "PLAN_FAILED",
      /output "the sum" must be a handle under a camelCase name/,
    ],
    [
      "a key twice",
      planning((program) => ({ a: nothingTo(program).output, b: nothingTo(program).output })),
      "PLAN_FAILED",
      /the step key sum is used twice/,
    ],
    ["a key with a space", planning((program) => ({ a: program.wait("a b", 0).output })), "PLAN_FAILED", /step key "a b" is not/],
    ["an empty key", planning((program) => ({ a: program.wait("", 0).output })), "PLAN_FAILED", /step key "" is not/],
    ["a key with two slashes", planning((program) => ({ a: program.wait("a//b", 0).output })), "PLAN_FAILED", /step key "a\/\/b" is not/],
    ["a key that is too long", planning((program) => ({ a: program.wait("a".repeat(201), 0).output })), "PLAN_FAILED", /is not up to 200/],
    [
      "a duration that is none",
      planning((program) => ({ a: program.wait("a", "10 minutes" as never).output })),
      "DEFINITION_INVALID",
      /"10 minutes" is no duration/,
    ],
    [
      "a config that does not fit",
      planning((program) => ({ a: program.step("a", readBalance, { config: { account: "" } }).output })),
      "VALUE_INVALID",
      /step a: config is not valid: \/account/,
    ],
    [
      "a constant that does not fit",
      planning((program) => ({ a: program.step("a", addUp, { input: { terms: [-1n] } }).output })),
      "VALUE_INVALID",
      /step a: input is not valid: \/terms\/0/,
    ],
    [
      "a constant beside a handle that does not fit",
      planning((program) => ({ a: program.step("a", addUp, { input: { terms: [nothingTo(program).output.at("total"), -1n] } }).output })),
      "VALUE_INVALID",
      /step a: input\/terms\/1/,
    ],
    [
      "a tree with a member too many",
      planning((program) => ({ a: program.step("a", addUp, { input: { terms: [], more: nothingTo(program).output } as never }).output })),
      "PLAN_FAILED",
      /step a: input\/more: expected an object of terms/,
    ],
    [
      "a member that an output does not have",
      planning((program) => ({ a: nothingTo(program).output.at("sum" as never) })),
      "PLAN_FAILED",
      /no member sum that is always present/,
    ],
    [
      "a signal whose schema is outside the subset",
      planning((program) => ({ a: program.signal("a", z.date()).output })),
      "DEFINITION_INVALID",
      /schema at \/a/,
    ],
    [
      "two states with one id",
      planning((program) => ({ a: nothingTo(program).output, b: program.step("b", other, { input: { terms: [] } }).output })),
      "REGISTRY_CONFLICT",
      /two different states are called test.kernel\/add-up@1/,
    ],
    [
      "two ops with one id",
      planning((program) => ({
        a: program.child("a", double, { amount: 1n }).output,
        b: program.child("b", doubleLike(), { amount: 1n }).output,
      })),
      "REGISTRY_CONFLICT",
      /two different ops are called test.kernel\/double@1/,
    ],
    [
      "a child without a declared output",
      planning((program) => ({ a: program.child("a", audit as never, { account: "alice" }).output })),
      "DEFINITION_INVALID",
      /declares its output schema/,
    ],
    [
      "the same key for two included ops",
      planning((program) => ({ a: program.include("in", audit, { account: "a" }).report, b: program.include("in", hello, {}).greeting })),
      "PLAN_FAILED",
      /the key in is used for two included ops/,
    ],
    ["a config that is not the op's", () => planOp(audit, { account: "alice", extra: 1 }), "VALUE_INVALID", /config is not valid: \/extra/],
  ];
  for (const [name, work, code, words] of cases) it(name, () => refused(work, code, words));

  it("a handle, or a step to be done before, of another program", () => {
    let kept: StepRef<{ total: bigint }> | undefined;
    planning((program) => ({ a: (kept = nothingTo(program)).output }))();
    const stale = kept;
    assert.ok(stale !== undefined);
    refused(
      planning((program) => ({ a: program.step("a", addUp, { input: { terms: [stale.output.at("total")] } }).output })),
      "PLAN_FAILED",
      /the handle of step sum belongs to another program/,
    );
    refused(
      planning(() => ({ a: stale.output })),
      "PLAN_FAILED",
      /the handle of step sum belongs to another program/,
    );
    refused(
      planning((program) => ({ a: program.wait("a", 0, { after: [stale] }).output })),
      "PLAN_FAILED",
      /the step sum belongs to another program/,
    );
  });

  it("more steps than a spec may have", () => {
    const many = planning((program) => {
      for (let index = 0; index <= limits.stepsPerSpec; index++) program.wait(`wait/${index}`, 0);
      return {};
    });
    refused(many, "PLAN_FAILED", /more than 10000 steps: use child runs/);
  });
});

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

  it("the specRef of the op in the box is fixed", () => {
    assert.equal(planOp(hello, {}).specRef, "sha256:f6d434ece72289656ede210f60ab9d1a7e852e78d6a28e29605090d0fce27582");
    assert.equal(planOp(hello, { names: ["Ada"] }).specRef, "sha256:0c0dc46a5691172776d265cf061999a9ae1d21dc1f3ad2cc6dc06109e980ea8c");
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

function addUpLike(): { id: string; effect: "pure"; input: typeof addUp.schemas.input; run: () => { total: bigint } } {
  return { id: addUp.use.id, effect: "pure", input: addUp.schemas.input, run: () => ({ total: 0n }) };
}

function doubleLike() {
  return defineOp({
    id: double.id,
    config: z.strictObject({ amount: uint256, more: z.int().optional() }),
    output: z.strictObject({ doubled: z.strictObject({ total: uint256 }) }),
    plan: (program) => ({ doubled: nothingTo(program).output }),
  });
}

function fail(what: string): never {
  // oxlint-disable-next-line typescript/only-throw-error -- that is the point
  throw what;
}
