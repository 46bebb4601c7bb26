import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { type Outcome, type OutputOf, Registry, Runtime, digestOf, readHistory, toCanonical, verifyHistory } from "mfm";
import { openModelStore } from "mfm/testing";
import { payOverHttp } from "./backend.ts";
import * as ops from "./index.ts";
import { bodyOf } from "./kind.ts";
import { Bank, type Fate } from "./server.ts";

type Paid = Outcome<OutputOf<ReturnType<typeof ops.payOut.plan>>>;

const open: Bank[] = [];

async function openBank(name: string, ...fates: readonly Fate[]): Promise<{ readonly bank: Bank; readonly address: string }> {
  const bank = new Bank(name, fates);
  open.push(bank);
  return { bank, address: await bank.open() };
}

/** Time passes faster here, so that a bank that never answers is not waited for long. */
const haste = 40;
const now = (): number => Date.now() * haste;

function runtimeFor(addressOf: (bank: string) => string | undefined): Runtime {
  const { payments: _own, ...definitions } = ops;
  return new Runtime({
    store: openModelStore({ clock: now }),
    registry: new Registry(definitions, payOverHttp(addressOf)),
    clock: { now, timer: (milliseconds, callback) => stopper(setTimeout(callback, milliseconds / haste)) },
    random: () => 0,
    owner: "test",
  });
}

function stopper(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer);
}

const lines = [
  { to: "ada", amount: 12n },
  { to: "alan", amount: 30n },
];

async function payOut(runtime: Runtime, given = lines): Promise<Paid> {
  const outcome = await runtime.start(ops.payOut, { bank: "acme", lines: given }, { key: "may" });
  const report = await verifyHistory(await readHistory(runtime.store, outcome.run.runId), runtime.registry);
  assert.equal(report.result, "verified");
  return outcome;
}

describe("idempotent-http", () => {
  afterEach(async () => {
    for (const bank of open.splice(0)) await bank.close();
  });

  const fates: readonly (readonly Fate[])[] = [
    ["accept"],
    ["refuse", "refuse", "refuse"],
    ["accept and hang"],
    ["accept and fail", "accept and fail", "refuse"],
    ["pend", "accept and hang"],
  ];
  for (const some of fates) {
    it(`pays each once by the bank's own books, where it has a mind to ${some.join(", then ")}`, async () => {
      const { bank, address } = await openBank("acme", ...some);
      const outcome = await payOut(runtimeFor(() => address));
      assert.ok(outcome.kind === "succeeded", JSON.stringify(outcome.run));
      assert.equal(outcome.output.receipt.total, 42n);
      const moved = bank.movements.map(({ to, amount }) => ({ to, amount }));
      assert.deepEqual(
        moved.toSorted((left, right) => (left.to < right.to ? -1 : 1)),
        lines,
      );
    });
  }

  it("fails with what the bank refused for good, and nothing was paid", async () => {
    const { bank, address } = await openBank("acme");
    const { run } = await payOut(
      runtimeFor(() => address),
      [{ to: "ada", amount: 2_000_000n }],
    );
    assert.deepEqual([run.status, run.failure], ["failed", { step: "pay/0", code: "EFFECT_REVERTED" }]);
    assert.deepEqual(bank.movements, []);
  });

  it("does not pay at another bank than the one that was intended", async () => {
    const { bank, address } = await openBank("other");
    const { run } = await payOut(runtimeFor(() => address));
    assert.deepEqual([run.status, run.waitingFor], ["paused", [{ kind: "resume", code: "RETRIES_EXHAUSTED", step: "pay/0" }]]);
    assert.equal(bank.posts.size, 0);
  });

  it("says so where somebody else used the key: nobody can tell what was paid", async () => {
    const { address } = await openBank("acme");
    const runtime = runtimeFor(() => address);
    const { run } = await runtime.start(ops.payOut, { bank: "acme", lines: [{ to: "ada", amount: 1n }] }, { key: "june", detach: true });
    // An effect's id follows from its run and step, so an impostor who knows those can be first.
    const key = digestOf(toCanonical({ domain: "mfm-effect/1", run: run.runId, step: "pay/0" }));
    const init = { method: "POST", headers: { "idempotency-key": key }, body: bodyOf({ to: "eve", amount: 5n }) };
    await fetch(new URL("/payments", address), init);
    const ended = await runtime.drive(run.runId, { idle: "stay", signal: new AbortController().signal });
    assert.deepEqual(ended.failure, { step: "pay/0", code: "EFFECT_AMBIGUOUS" });
  });
});
