/** What cannot be declared as an op, and what cannot be planned. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { addUp, audit, double, readBalance } from "../../test/kernel/samples.ts";
import { uint256 } from "./codecs.ts";
import { MfmError } from "./errors.ts";
import { limits } from "./json.ts";
import { type Outputs, type Program, type StepRef, defineOp, planOp } from "./op.ts";
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
    ["an empty list of outputs, which has no type", planning(() => ({ sums: [] })), "PLAN_FAILED", /output "sums" must be a handle/],
    [
      "a list of handles of different types",
      planning((program) => ({ sums: [nothingTo(program).output, program.wait("pause", "1s").output] })),
      "PLAN_FAILED",
      /output "sums" must be .* a list of handles of one type/,
    ],
    [
      "a list that holds something else",
      planning((program) => ({ sums: [nothingTo(program).output, 1] }) as never),
      "PLAN_FAILED",
      /output "sums" must be/,
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
      planning((program) => ({
        a: program.include("in", audit, { account: "a" }).report,
        b: program.include("in", audit, { account: "b" }).report,
      })),
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
