/** Unit-testing states: five lines, typed by the capability, and clear where the test itself is wrong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addUp, chain, readBalance, readTwice } from "../../test/kernel/samples.ts";
import { sendMoney } from "../../test/kernel/writes.ts";
import { MfmError } from "../kernel/errors.ts";
import { StepFailure } from "../kernel/execute.ts";
import { defineState } from "../kernel/state.ts";
import { type Asked, runConclusion, runIntent, runState } from "./run-state.ts";

const account = "alice";
const config = { account };

describe("runState", () => {
  it("reads a balance, in five lines", async () => {
    const output = await runState(readBalance, { config: { account: "alice" }, facts: { chain: { getBalance: [{ answer: 5n }] } } });
    assert.deepEqual(output, { balance: 5n });
  });

  it("runs a pure state on its input alone", async () => {
    assert.deepEqual(await runState(addUp, { input: { terms: [1n, 2n] } }), { total: 3n });
  });

  it("answers call by call, and says what was asked", async () => {
    const asked: Asked[] = [];
    const facts = { chain: { getBalance: [{ request: { account }, answer: 1n }, { answer: 2n }], blockNumber: [{ answer: 9n }] } };
    assert.deepEqual(await runState(readTwice, { config, facts, asked }), { first: 1n, second: 2n, block: 9n });
    const balance = { capability: "chain", method: "getBalance", request: { account } };
    assert.deepEqual(asked, [balance, balance, { capability: "chain", method: "blockNumber", request: {} }]);
  });

  it("answers by a function of the request, at once or later", async () => {
    const facts = { chain: { getBalance: ({ account: who }: { account: string }) => BigInt(who.length), blockNumber: async () => 9n } };
    assert.deepEqual(await runState(readTwice, { config, facts }), { first: 5n, second: 5n, block: 9n });
  });

  it("a function that throws fails the call as a backend does", async () => {
    const down = (): never => assert.fail("the node is not there");
    await assert.rejects(runState(readBalance, { config, facts: { chain: { getBalance: down } } }), {
      code: "CAPABILITY_FAILED",
      message: /facts.chain.getBalance failed/,
    });
    const busy = (): never => {
      throw new MfmError("CAPABILITY_ANSWER_INVALID", "nonsense");
    };
    await assert.rejects(runState(readBalance, { config, facts: { chain: { getBalance: busy } } }), { code: "CAPABILITY_ANSWER_INVALID" });
    const patient = defineState({
      ...base,
      run: async ({ chain: asked }) => ({ balance: await asked.getBalance({ account }).catch(() => 0n) }),
    });
    assert.deepEqual(await runState(patient, { facts: { chain: { getBalance: down } } }), { balance: 0n });
  });

  it("passes on what the code throws, and refuses an output that does not match", async () => {
    const failing = defineState({ ...base, run: () => Promise.reject(new StepFailure("PRICE_TOO_OLD", "safe")) });
    await assert.rejects(runState(failing), { code: "PRICE_TOO_OLD", advice: "safe" });
    await assert.rejects(runState(defineState({ ...base, run: () => ({ balance: -1n }) })), { code: "STEP_RESULT_INVALID" });
  });

  it("gives the signal it is given", async () => {
    const stopped = defineState({ ...base, run: ({ signal }) => ({ balance: signal.aborted ? 1n : 0n }) });
    assert.deepEqual(
      [await runState(stopped), await runState(stopped, { signal: AbortSignal.abort() })],
      [{ balance: 0n }, { balance: 1n }],
    );
  });
});

describe("runState: a test that is wrong", () => {
  const swallowing = defineState({
    ...base0(),
    run: async ({ chain: asked }) => ({ balance: await asked.getBalance({ account }).catch(() => 0n) }),
  });

  it("a call without an answer is named, though the code goes on without one", async () => {
    const missing = { code: "FACT_MISSING", message: 'call 1 of facts.chain.getBalance has no answer; it asks {"account":"alice"}' };
    await assert.rejects(runState(readBalance, { config }), missing);
    await assert.rejects(runState(readBalance, { config, facts: { chain: { getBalance: [] } } }), missing);
    await assert.rejects(runState(swallowing), missing);
    const one = { chain: { getBalance: [{ answer: 1n }], blockNumber: [{ answer: 9n }] } };
    await assert.rejects(runState(readTwice, { config, facts: one }), {
      code: "FACT_MISSING",
      message: /call 2 of facts.chain.getBalance/,
    });
  });

  it("an answer that is never asked for", async () => {
    const facts = { chain: { getBalance: [{ answer: 1n }, { answer: 2n }] } };
    await assert.rejects(runState(readBalance, { config, facts }), {
      code: "VALUE_INVALID",
      message: "facts.chain.getBalance has 2 answers, and 1 were asked for",
    });
  });

  it("an answer to another request, or of another type", async () => {
    const other = { chain: { getBalance: [{ request: { account: "bob" }, answer: 1n }] } };
    await assert.rejects(runState(readBalance, { config, facts: other }), {
      code: "VALUE_INVALID",
      message: /asks {"account":"alice"}, not {"account":"bob"}/,
    });
    const negative = { chain: { getBalance: [{ answer: -1n }] } };
    await assert.rejects(runState(readBalance, { config, facts: negative }), {
      code: "VALUE_INVALID",
      message: /the answer of facts.chain.getBalance is not valid/,
    });
    await assert.rejects(runState(swallowing, { facts: negative }), { code: "VALUE_INVALID" });
  });

  it("a config or an input that does not match", async () => {
    await assert.rejects(runState(readBalance, { config: { account: "" } }), { code: "VALUE_INVALID", message: /^config is not valid/ });
    await assert.rejects(runState(addUp, { input: { terms: [-1n] } }), { code: "VALUE_INVALID", message: /^input is not valid/ });
  });

  it("a request that does not match its schema fails the call, as it does live", async () => {
    const asking = defineState({ ...base0(), run: async ({ chain: asked }) => ({ balance: await asked.getBalance({ account: "" }) }) });
    await assert.rejects(runState(asking, { facts: { chain: { getBalance: () => 1n } } }), {
      code: "VALUE_INVALID",
      message: /the request of test.kernel\/chain@1 getBalance/,
    });
  });
});

const base = base0();

function base0() {
  return { id: "test.testing/base@1", effect: "read", needs: { chain }, output: readBalance.schemas.output } as const;
}

/** Never called: only compiled. */
export async function doesNotCompile(): Promise<void> {
  const output = await runState(readBalance, { config, facts: { chain: { getBalance: [{ answer: 5n }] } } });
  const balance: bigint = output.balance;
  // @ts-expect-error -- an output of another type
  const text: string = output.balance;
  // @ts-expect-error -- no config
  await runState(readBalance, { facts: {} });
  // @ts-expect-error -- no options where there must be a config
  await runState(readBalance);
  // @ts-expect-error -- no input
  await runState(addUp, {});
  // @ts-expect-error -- an input of another type
  await runState(addUp, { input: { terms: [1] } });
  // @ts-expect-error -- an answer of another type
  await runState(readBalance, { config, facts: { chain: { getBalance: [{ answer: "5" }] } } });
  // @ts-expect-error -- an expected request of another type
  await runState(readBalance, { config, facts: { chain: { getBalance: [{ request: { owner: "alice" }, answer: 5n }] } } });
  // @ts-expect-error -- a function that answers with another type
  await runState(readBalance, { config, facts: { chain: { getBalance: () => "5" } } });
  // @ts-expect-error -- a function that reads what the request does not have
  await runState(readBalance, { config, facts: { chain: { getBalance: ({ owner: _owner }) => 5n } } });
  // @ts-expect-error -- a method that the capability does not have
  await runState(readBalance, { config, facts: { chain: { getCode: [] } } });
  // @ts-expect-error -- a capability that the state does not need
  await runState(readBalance, { config, facts: { clock: {} } });
  // @ts-expect-error -- facts for a state that needs nothing
  await runState(addUp, { input: { terms: [] }, facts: { chain: {} } });
  void [balance, text];
}

describe("runIntent and runConclusion", () => {
  const payment = { to: "ada", amount: 5n };

  it("a write state's intent, from its config and what it reads", async () => {
    const facts = { chain: { blockNumber: [{ answer: 1n }] } };
    assert.deepEqual(await runIntent(sendMoney, { config: payment, facts }), payment);
    await assert.rejects(async () => runIntent(sendMoney, { config: payment }), { code: "FACT_MISSING" });
  });

  it("its output, from what came of that", () => {
    assert.deepEqual(runConclusion(sendMoney, { config: payment, intent: payment, settlement: { block: 2 } }), { total: 7n });
    const wrong = { config: payment, intent: payment, settlement: { block: 0.5 } };
    assert.throws(() => runConclusion(sendMoney, wrong), { code: "VALUE_INVALID" });
  });

  it("are for write states, and runState is for the others", async () => {
    await assert.rejects(async () => runState(sendMoney, { config: payment }), { code: "VALUE_INVALID", message: /runIntent/ });
    await assert.rejects(async () => runIntent(addUp, { input: { terms: [] } }), { code: "VALUE_INVALID", message: /runState/ });
    assert.throws(() => runConclusion(addUp, { input: { terms: [] }, intent: undefined, settlement: undefined }), {
      code: "VALUE_INVALID",
    });
  });
});
