/** Executing states: what goes in, what comes out, and how failures are named. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { addUp, chain, readBalance, readTwice } from "../../test/kernel/samples.ts";
import { uint256 } from "./codecs.ts";
import { MfmError } from "./errors.ts";
import type { Json } from "./json.ts";
import { type Caller, StepFailure, executeState, failureOf } from "./execute.ts";
import { type State, defineState } from "./state.ts";

const { signal } = new AbortController();
const nobody: Caller = () => assert.fail("nobody should be asked");
const pure = { id: "test.execute/pure@1", effect: "pure", output: z.strictObject({ total: uint256 }) } as const;

function execute(state: State, caller: Caller = nobody, input: Json = {}): Promise<string> | string {
  const executed = executeState(state, { config: {}, input }, caller, signal);
  return executed instanceof Promise ? executed.then(({ text }) => text) : executed.text;
}

describe("executeState", () => {
  it("decodes config and input, and returns the canonical text of the output", () => {
    assert.equal(execute(addUp, nobody, { terms: ["1", "2"] }), '{"total":"3"}');
  });

  it("asks by the name in needs, at the same time where the code does", async () => {
    const asked: unknown[] = [];
    const caller: Caller = async (need, capability, method, request) => {
      asked.push([need, capability.id, method, request]);
      return BigInt(asked.length);
    };
    assert.equal(
      (await executeState(readTwice, { config: { account: "alice" }, input: {} }, caller, signal)).text,
      '{"block":"3","first":"1","second":"2"}',
    );
    const id = chain.id;
    assert.deepEqual(asked, [
      ["chain", id, "getBalance", { account: "alice" }],
      ["chain", id, "getBalance", { account: "alice" }],
      ["chain", id, "blockNumber", {}],
    ]);
  });

  it("gives no capability that is not declared, and hides a request where the method takes none", async () => {
    let given: object = {};
    const nosy = defineState({
      ...pure,
      effect: "read",
      needs: { chain },
      async run(all) {
        given = all;
        return { total: await (all.chain.blockNumber as (request: unknown) => Promise<bigint>)({ secret: 1 }) };
      },
    });
    const requests: unknown[] = [];
    await execute(nosy, async (_need, _capability, _method, request) => BigInt(requests.push(request)));
    assert.deepEqual([Object.keys(given).sort(), requests], [["chain", "config", "input", "signal"], [{}]]);
  });

  it("throws at once, or later, what the code throws", async () => {
    assert.throws(() => execute(defineState({ ...pure, run: () => assert.fail("now") })), /now/);
    await assert.rejects(async () => execute(defineState({ ...pure, run: async () => Promise.reject(new Error("later")) })), /later/);
  });

  it("refuses a config, an input or an output that does not match", async () => {
    assert.throws(() => executeState(readBalance, { config: {}, input: {} }, nobody, signal), { code: "VALUE_INVALID" });
    assert.throws(() => executeState(addUp, { config: {}, input: { terms: [1.5] } }, nobody, signal), { code: "VALUE_INVALID" });
    const outputs: readonly unknown[] = [
      undefined,
      null,
      7,
      { total: -1n },
      { total: "1" },
      { total: 1n, more: 1 },
      { total: Number.NaN },
      [],
    ];
    for (const output of outputs) {
      assert.throws(() => execute(defineState({ ...pure, run: () => output as never })), { code: "STEP_RESULT_INVALID" });
      await assert.rejects(async () => execute(defineState({ ...pure, run: async () => output as never })), {
        code: "STEP_RESULT_INVALID",
      });
    }
    const huge = defineState({ ...pure, output: z.strictObject({ text: z.string() }), run: () => ({ text: "x".repeat(1_048_576) }) });
    assert.throws(() => execute(huge), { code: "STEP_RESULT_INVALID", message: /at most 1048576/ });
  });

  it("a call that the code does not wait for ends nothing when it fails", async () => {
    const careless = defineState({
      ...pure,
      effect: "read",
      needs: { chain },
      run({ chain: asked }) {
        void asked.blockNumber();
        return { total: 1n };
      },
    });
    assert.equal(await execute(careless, async () => Promise.reject(new Error("nobody hears this"))), '{"total":"1"}');
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("failures", () => {
  const cases: readonly (readonly [string, unknown, string, string])[] = [
    ["a state's own", new StepFailure("PRICE_TOO_OLD", "safe", "from yesterday"), "PRICE_TOO_OLD", "safe"],
    ["one of the table", new MfmError("CAPABILITY_FAILED", "no answer"), "CAPABILITY_FAILED", "safe"],
    ["one that is not of the table", new MfmError("MADE_UP" as never, "what"), "STEP_THREW", "never"],
    ["one with a name that every object has", new MfmError("constructor" as never, "what"), "STEP_THREW", "never"],
    ["any error", new TypeError("undefined is not a function"), "STEP_THREW", "never"],
    ["no error at all", "what", "STEP_THREW", "never"],
    ["nothing", undefined, "STEP_THREW", "never"],
  ];
  for (const [name, thrown, code, advice] of cases) it(name, () => assert.deepEqual(failureOf(thrown), { code, advice }));

  it("a state's failure has a code like PRICE_TOO_OLD, and advice of three kinds", () => {
    for (const code of ["", "price", "1ST", "A B", "X".repeat(65), "PREIS_Ä"])
      assert.throws(() => new StepFailure(code, "never"), { code: "DEFINITION_INVALID" });
    assert.throws(() => new StepFailure("X", "sometimes" as never), { code: "DEFINITION_INVALID" });
    assert.deepEqual([new StepFailure("X".repeat(64), "reconcile").advice, new StepFailure("X", "never").message], ["reconcile", "X"]);
  });
});
