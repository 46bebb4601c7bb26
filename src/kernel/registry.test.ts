/** The registry: what it gathers from modules, and that one id means one definition. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addUp, audit, chain, double, flakyChain, readBalance, readTwice } from "../../test/kernel/samples.ts";
import { defineOp } from "./op.ts";
import { Registry } from "./registry.ts";
import { defineState } from "./state.ts";

describe("registry", () => {
  it("gathers definitions, and what modules export beside other things", () => {
    const module = { addUp, audit, chain, helper: () => 7, text: "state", nothing: undefined, list: [1] };
    const registry = new Registry(readBalance, module, { readTwice, double }, flakyChain());
    assert.deepEqual([...registry.states.keys()].sort(), [addUp.use.id, readBalance.use.id, readTwice.use.id]);
    assert.deepEqual([...registry.ops.keys()].sort(), [audit.id, double.id]);
    assert.deepEqual([...registry.backends.keys()], [chain.id]);
    assert.equal(registry.size, 6);
  });

  it("takes the same definition twice, and refuses another of the same id", () => {
    assert.equal(new Registry(addUp, { again: addUp, sum: addUp }).size, 1);
    const other = defineState({ id: addUp.use.id, effect: "pure", output: addUp.schemas.output, run: () => ({ total: 0n }) });
    assert.throws(() => new Registry(addUp, other), {
      code: "REGISTRY_CONFLICT",
      message: /two definitions are called test.kernel\/add-up@1/,
    });
    const op = defineOp({ id: audit.id, plan: () => ({}) });
    assert.throws(() => new Registry(audit, { op }), { code: "REGISTRY_CONFLICT" });
    assert.throws(() => new Registry(flakyChain(), flakyChain()), { code: "REGISTRY_CONFLICT" });
  });

  it("leaves alone what only looks like a definition", () => {
    const action = { type: "state", payload: 7 };
    assert.equal(new Registry({ action, op: { type: "op" }, backend: { type: "backend", capability: null }, other: { type: 7 } }).size, 0);
  });

  it("an unknown op is refused with the ids there are", () => {
    assert.throws(() => new Registry(audit, double).op("test.kernel/audti@1"), {
      code: "OP_UNKNOWN",
      details: { op: "test.kernel/audti@1", known: [audit.id, double.id] },
    });
    assert.equal(new Registry(audit).op(audit.id), audit);
  });
});
