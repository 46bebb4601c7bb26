/** Verification with code that is not what it was, or that hides what goes wrong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { type RecordOptions, record } from "../../../test/kernel/record.ts";
import { chain, flakyChain, readBalance } from "../../../test/kernel/samples.ts";
import { artifactAt, assertRefused, withArtifact } from "../../../test/kernel/tamper.ts";
import { StepFailure } from "../execute.ts";
import { defineOp, planOp } from "../op.ts";
import { Registry } from "../registry.ts";
import { defineState } from "../state.ts";
import { verifyHistory } from "./verify.ts";

/** A run of a state alone. */
function alone(state: typeof readBalance): RecordOptions {
  const op = defineOp({
    id: "test.verify/alone@1",
    plan: (program) => ({ out: program.step("only", state, { config: { account: "alice" } }).output }),
  });
  const planned = planOp(op, {});
  return { registry: new Registry(state, op, flakyChain()), spec: planned.spec, configText: planned.configText };
}

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
    for (const [state, field, words] of cases) await assertRefused(history, [2, field, words], new Registry(state, op));
  });

  it("another declaration under the same id is refused with the spec", async () => {
    const options = alone(readBalance);
    const other = defineState({
      ...base,
      output: z.strictObject({ balance: readBalance.schemas.output.shape.balance, more: z.int().optional() }),
      run: () => ({ balance: 1n }),
    });
    await assertRefused(
      await record(options),
      [0, "data.spec.digest", /STATE_DIFFERENT/],
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
    const fact = artifactAt(second, 1, "data.facts.0.fact");
    const forged = withArtifact(
      withArtifact(second, 1, "data.facts.0.fact", { ...fact, request: { account: "bob" } }),
      1,
      "data.output.digest",
      { balance: "0" },
    );
    await assertRefused(forged, [1, "data.facts.0.fact", /does not answer the question/], options.registry);
  });
});
