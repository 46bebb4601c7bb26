/** Facts: questions and the answers that were recorded for them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { chain } from "../../test/kernel/samples.ts";
import { digestOf, toCanonical } from "./canonical.ts";
import type { FactUse } from "./events.ts";
import { Questions, answerFromFacts, areSorted, encodeFact, factUseOf, sortFacts } from "./facts.ts";

const ask = (questions: Questions, account: string): ReturnType<Questions["ask"]> =>
  questions.ask("chain", chain, "getBalance", { account });

/** Facts as a step records them: for each account asked, in order, the answer. */
function recorded(answers: readonly (readonly [string, bigint])[]): { uses: FactUse[]; texts: Map<string, string> } {
  const questions = new Questions();
  const texts = new Map<string, string>();
  const uses = answers.map(([account, answer]) => {
    const question = ask(questions, account);
    const text = encodeFact(question, JSON.stringify(String(answer)), "primary");
    texts.set(digestOf(text), text);
    return factUseOf(question, digestOf(text));
  });
  return { uses: sortFacts(uses), texts };
}

describe("questions", () => {
  it("equal ones are told apart by their order, whoever else asks in between", () => {
    const questions = new Questions();
    const occurrences = ["alice", "bob", "alice", "alice", "bob"].map((account) => ask(questions, account).occurrence);
    assert.deepEqual(occurrences, [0, 0, 1, 2, 1]);
    assert.equal(questions.ask("node", chain, "getBalance", { account: "alice" }).occurrence, 0);
    assert.equal(questions.ask("chain", chain, "blockNumber", {}).occurrence, 0);
  });

  it("a request that does not match the capability's schema is refused, and an unknown method is a defect", () => {
    assert.throws(() => new Questions().ask("chain", chain, "getBalance", { account: 7 }), {
      code: "VALUE_INVALID",
      message: /the request of test.kernel\/chain@1 getBalance/,
    });
    assert.throws(() => new Questions().ask("chain", chain, "getCode", {}), { code: "INTERNAL" });
  });
});

describe("facts", () => {
  it("the bytes of a fact are fixed, and canonical", () => {
    const text = encodeFact(ask(new Questions(), "Zoë"), '"5"', 'a "ref"');
    assert.equal(
      text,
      '{"capability":"test.kernel/chain@1","format":"mfm-fact/1","method":"getBalance","request":{"account":"Zoë"},"response":"5","source":"a \\"ref\\""}',
    );
    assert.equal(text, toCanonical(JSON.parse(text) as never));
  });

  it("stand in the order of their questions, whatever the order of the answers", () => {
    const { uses } = recorded([
      ["b", 1n],
      ["a", 2n],
      ["b", 3n],
      ["c", 4n],
      ["a", 5n],
    ]);
    assert.ok(areSorted(uses));
    fc.assert(
      fc.property(fc.shuffledSubarray(uses, { minLength: uses.length }), (shuffled) => {
        assert.deepEqual(sortFacts(shuffled), uses);
        assert.equal(areSorted(shuffled), JSON.stringify(shuffled) === JSON.stringify(uses));
      }),
    );
    assert.equal(areSorted([...uses, ...uses.slice(-1)]), false);
    assert.ok(areSorted([]));
    assert.deepEqual(sortFacts(uses.slice(0, 2).toReversed()), uses.slice(0, 2));
  });
});

describe("answerFromFacts", () => {
  const { uses, texts } = recorded([
    ["alice", 1n],
    ["bob", 2n],
    ["alice", 3n],
  ]);
  const replay = (given = uses, known = texts): ReturnType<typeof answerFromFacts> =>
    answerFromFacts(given, (digest) => known.get(digest) ?? assert.fail());

  it("answers by question and occurrence, in any order", async () => {
    const { caller, settle } = replay();
    assert.equal(await caller("chain", chain, "getBalance", { account: "bob" }), 2n);
    assert.equal(await caller("chain", chain, "getBalance", { account: "alice" }), 1n);
    assert.throws(settle, { code: "HISTORY_INVALID", message: /the step's code does not ask this question/ });
    assert.equal(await caller("chain", chain, "getBalance", { account: "alice" }), 3n);
    settle();
  });

  it("has no answer to what was not asked, or not as often, or under another name", async () => {
    for (const [need, account, times] of [
      ["chain", "carol", 1],
      ["chain", "bob", 2],
      ["node", "bob", 1],
    ] as const) {
      const { caller } = replay();
      for (let time = 1; time < times; time++) await caller(need, chain, "getBalance", { account });
      await assert.rejects(caller(need, chain, "getBalance", { account }), { code: "FACT_MISSING" });
    }
  });

  it("does not forget a fact that answers another question, though the code may", async () => {
    const [first, ...rest] = uses;
    assert.ok(first !== undefined && rest[0] !== undefined);
    const { caller, settle } = replay([{ ...first, fact: rest[0].fact }, ...rest]);
    for (const account of ["alice", "alice", "bob"]) await caller("chain", chain, "getBalance", { account }).catch(() => undefined);
    assert.throws(settle, { code: "HISTORY_INVALID", message: /^data.facts.\d.fact: .*does not answer the question/ });
  });
});
