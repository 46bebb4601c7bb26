/** Certification of what a run owes: every finding, where it is and how to mend it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Mutable, put } from "../../../test/kernel/spec-json.ts";
import { operators } from "../../../test/kernel/people.ts";
import { payOrUndo, two, undoDefinitions } from "../../../test/kernel/undo.ts";
import { type FindingCode, inspectSpec } from "../certify.ts";
import { defineEffect } from "../effects/kind.ts";
import { planOp } from "../op.ts";
import { Registry } from "../registry.ts";
import { defineState } from "../state.ts";
import * as z from "zod";

const registry = new Registry(undoDefinitions);
const plan = planOp(payOrUndo, { payments: two, policy: "compensate", isWell: true });
const manual = planOp(payOrUndo, { payments: two, policy: "manual", isWell: true });

/** A kind that cannot say what people would agree to. */
const mute = defineEffect({
  id: "test.kernel/mute@1",
  intent: z.strictObject({}),
  envelope: z.strictObject({}),
  evidence: z.strictObject({}),
  settlement: z.strictObject({}),
  covers: () => true,
  identify: () => "it",
  weigh: () => ({ kind: "superseded" }),
});
const muteState = defineState({
  id: "test.kernel/zz-mute@1",
  effect: "write",
  needs: { mute },
  output: z.strictObject({}),
  intend: () => ({}),
  conclude: () => ({}),
});
/** A step of that kind, which people have to agree to. */
function withMute(spec: Mutable): void {
  spec["states"]?.push(muteState.use as never);
  const step = { ...plan.spec.steps[0], key: "mute", state: muteState.use.id, config: {}, approval: { operators, quorum: 1 } };
  spec["steps"]?.push(step as never);
}

type Change = (spec: Mutable) => void;
const all =
  (...changes: readonly Change[]): Change =>
  (spec) =>
    changes.forEach((change) => change(spec));

/** The spec's steps: pay/ada, pay/ada/undo, pay/alan, pay/alan/undo, sum, check. */
const cases: readonly (readonly [name: string, change: Change, code: FindingCode, path: string, fix: RegExp, manual?: true])[] = [
  [
    "compensate where nothing undoes",
    all(put("/steps/3", undefined), put("/steps/1", undefined)),
    "SAGA_INVALID",
    "/saga/policy",
    /: give a write step an undo, or use/,
  ],
  ["an undo under manual", put("/saga/policy", "manual"), "SAGA_INVALID", "/saga/policy", /: use compensate, or leave the undo steps out/],
  ["an undo under fail", put("/saga", { policy: "fail" }), "SAGA_INVALID", "/saga/policy", /: use compensate, or leave the undo steps out/],
  [
    "no-writes although a step writes",
    put("/saga", { policy: "no-writes" }),
    "SAGA_INVALID",
    "/saga/policy",
    /: use fail, compensate or manual/,
  ],
  ["a policy without people", put("/saga/operators", undefined), "SPEC_SHAPE", "/saga/operators", /: plan the op again/],
  ["people under fail", put("/saga/policy", "fail"), "SPEC_SHAPE", "/saga/operators", /: plan the op again/, true],
  ["nobody who decides", put("/saga/operators", []), "QUORUM_INVALID", "/saga/operators", /: name who decides/],
  ["a quorum of none", put("/saga/quorum", 0), "QUORUM_INVALID", "/saga/quorum", /: from 1 to all of them/],
  ["a quorum of more than there are", put("/saga/quorum", 4), "QUORUM_INVALID", "/saga/quorum", /: from 1 to all of them/, true],
  ["somebody twice", put("/saga/operators/1", operators[0]), "QUORUM_INVALID", "/saga/operators/1", /: name each once/],
  ["people out of order", put("/saga/operators", operators.toReversed()), "LIST_NOT_SORTED", "/saga/operators/1", /: plan the op again/],
  ["an undo of nothing", put("/steps/1/undoes", "nowhere"), "UNDO_INVALID", "/steps/1/undoes", /: correct the key/],
  ["an undo of what does not write", put("/steps/1/undoes", "sum"), "UNDO_INVALID", "/steps/1/undoes", /does not write.*: leave it out/],
  ["an undo of an undo", put("/steps/1/undoes", "pay/alan/undo"), "UNDO_INVALID", "/steps/1/undoes", /: leave it out/],
  ["a second undo", put("/steps/3/undoes", "pay/ada"), "UNDO_INVALID", "/steps/3/undoes", /: leave one of them out/],
  [
    "an undo that does not write",
    put("/steps/1/state", "test.kernel/check@1"),
    "UNDO_INVALID",
    "/steps/1/state",
    /: use a state that writes/,
  ],
  ["an undo that waits", put("/steps/1/after", ["pay/ada"]), "UNDO_INVALID", "/steps/1/after", /: leave it out/],
  [
    "an undo with input that may not be there",
    put("/steps/1/input/object/total/from", "pay/alan"),
    "UNDO_INVALID",
    "/steps/1/input",
    /the step pay\/alan may not be done by then: take input from pay\/ada and/,
  ],
  ["a step that needs an undo", put("/steps/5/after", ["pay/ada/undo"]), "UNDO_INVALID", "/steps/5", /: take it from another step/],
  [
    "an output from an undo",
    put("/output/binding/object/checked/from", "pay/ada/undo"),
    "UNDO_INVALID",
    "/output/binding",
    /: take it from another step/,
  ],
  [
    "an approval of what does not write",
    put("/steps/5/approval", { operators, quorum: 1 }),
    "APPROVAL_INVALID",
    "/steps/5/approval",
    /: leave it out/,
  ],
  ["an approval of what says nothing", withMute, "APPROVAL_INVALID", "/steps/6/approval", /: give the kind `states`, or leave it out/],
  [
    "an approval of nobody",
    put("/steps/0/approval", { operators: [], quorum: 1 }),
    "QUORUM_INVALID",
    "/steps/0/approval/operators",
    /: name who decides/,
  ],
];

describe("certify: what a run owes", () => {
  for (const [name, change, code, path, fix, isManual] of cases) {
    it(`finds ${name}`, () => {
      const spec = JSON.parse(isManual === true ? manual.text : plan.text) as Mutable;
      change(spec);
      const found = inspectSpec(spec, new Registry(undoDefinitions, { muteState }));
      const one = found.find((finding) => finding.code === code && finding.path === path);
      assert.ok(one !== undefined, `${code} at ${path} is not among ${JSON.stringify(found)}`);
      assert.match(one.message, fix);
    });
  }

  it("finds nothing against an undo with input from its step and from those before it", () => {
    const spec = JSON.parse(plan.text) as Mutable;
    put("/steps/3/input/object/total/from", "pay/ada")(spec);
    assert.deepEqual(inspectSpec(spec, registry), []);
    assert.deepEqual(inspectSpec(manual.spec, registry), []);
  });

  it("finds nothing against an approval of what says what it is", () => {
    const spec = JSON.parse(plan.text) as Mutable;
    for (const step of ["/steps/0", "/steps/1"]) put(`${step}/approval`, { operators, quorum: 3 })(spec);
    assert.deepEqual(inspectSpec(spec, registry), []);
  });
});
