/** Certification: every finding, where it is and how to mend it; what is not certified cannot pass for it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { audit, definitions, registry } from "../../test/kernel/samples.ts";
import { type Mutable, manyWaits, put } from "../../test/kernel/spec-json.ts";
import { sendMoney } from "../../test/kernel/writes.ts";
import { digestOf } from "./canonical.ts";
import { type Finding, type FindingCode, inspectSpec } from "./certify.ts";
import { type Json, limits } from "./json.ts";
import { planOp } from "./op.ts";
import { Registry } from "./registry.ts";

const plan = planOp(audit, { account: "alice" });
const balance = 0;

/** The good spec with something done to it, and everything that is then found. */
function found(change: (spec: Mutable) => void, known: Registry = registry): readonly Finding[] {
  const spec = JSON.parse(plan.text) as Mutable;
  change(spec);
  return inspectSpec(spec, known);
}

const writing = new Registry(...definitions, sendMoney);
const sending: Json = {
  after: [],
  config: { amount: "1", to: "ada" },
  input: { value: {} },
  key: "send",
  kind: "state",
  retry: (plan.spec.steps[balance] as { retry: Json } | undefined)?.retry ?? null,
  state: sendMoney.use.id,
  timeLimitMs: 1000,
};
/** A spec with a write step, under a policy. */
function withWrite(policy: string): (spec: Mutable) => void {
  return (spec) => {
    // Its place by id is after the reads.
    spec["states"]?.push(sendMoney.use as never);
    spec["steps"]?.push(sending as never);
    put("/saga/policy", policy)(spec);
  };
}
interface Case {
  readonly change: (spec: Mutable) => void;
  readonly path: string;
  /** How to mend it. */
  readonly fix: RegExp;
  readonly registry?: Registry;
}

const again = /: plan the op again/;
const fits = /: wire something that fits$/;
const lineage = { config: plan.configDigest, key: "in", op: audit.id };
/** What a run owes has cases of its own, in `saga/certify.test.ts`. */
type OwingCode = "APPROVAL_INVALID" | "QUORUM_INVALID" | "UNDO_INVALID";
const cases: { readonly [code in Exclude<FindingCode, OwingCode>]: readonly Case[] } = {
  SPEC_SHAPE: [
    { change: put("/format", "mfm-spec/2"), path: "/format", fix: again },
    { change: put("/note", "hello"), path: "/note", fix: again },
    { change: put("/steps/2/durationMs", undefined), path: "/steps/2/durationMs", fix: again },
    { change: put("/steps/2/durationMs", -1), path: "/steps/2/durationMs", fix: again },
    { change: put("/steps/2/kind", "pause"), path: "/steps/2/kind", fix: again },
    { change: put("/saga/policy", "undo"), path: "/saga/policy", fix: again },
    { change: put("/steps/5/input", { from: "a", value: 1 }), path: "/steps/5/input", fix: again },
    {
      change: put("/steps/5/input/object/terms/array/0", { from: "twice", path: [1] }),
      path: "/steps/5/input/object/terms/array/0",
      fix: again,
    },
    { change: put("/steps/5/input/object/a~1b", 7), path: "/steps/5/input/object/a~01b", fix: again },
    { change: put("/steps/3/payload", { kind: "json" }), path: "/steps/3/payload", fix: again },
    { change: put("/steps/3/payload", { kind: "integer", max: 1, min: 2 }), path: "/steps/3/payload", fix: again },
    { change: put("/steps/3/payload", { fields: {}, kind: "object", optional: ["a"] }), path: "/steps/3/payload", fix: again },
    {
      change: put("/steps/3/payload", { cases: { a: { kind: "boolean" } }, kind: "variant", on: "kind" }),
      path: "/steps/3/payload/cases/a",
      fix: again,
    },
    { change: put("/children/0/output/fields/doubled", { kind: "float" }), path: "/children/0/output/fields/doubled", fix: again },
    { change: put("/output/type", { kind: "boolean" }), path: "/output/type", fix: again },
    { change: put("/steps/0/config", 1.5), path: "/steps/0/config", fix: again },
    { change: (spec) => void (spec["steps"] = undefined as never), path: "/steps", fix: again },
  ],
  SPEC_TOO_LARGE: [
    { change: put("/steps", manyWaits), path: "/steps", fix: /: move part of the work to child runs/ },
    { change: put("/steps/0/config/account", "x".repeat(limits.artifactBytes)), path: "/", fix: /: move part of the work to child runs/ },
  ],
  OP_ID_INVALID: [
    { change: put("/op", "audit"), path: "/op", fix: /: rename it/ },
    { change: put("/lineage/-", { ...lineage, op: "audit" }), path: "/lineage/0/op", fix: /: rename it/ },
  ],
  STEP_KEY_INVALID: [
    { change: put("/steps/0/key", "the balance"), path: "/steps/0/key", fix: /: rename it/ },
    { change: put("/lineage/-", { ...lineage, key: "" }), path: "/lineage/0/key", fix: /: rename it/ },
  ],
  STEP_KEY_DUPLICATE: [
    { change: put("/steps/1/key", "balance"), path: "/steps/1/key", fix: /: give this step another/ },
    {
      change: (spec) => void spec["lineage"]?.push(lineage as never, lineage as never),
      path: "/lineage/1/key",
      fix: /: include this op under another/,
    },
  ],
  STATE_UNKNOWN: [
    { change: put("/states/0/id", "test.kernel/aaa@1"), path: "/states/0", fix: /: export it from the module/ },
    { change: () => undefined, path: "/states/0", fix: /: export it from the module/, registry: new Registry() },
  ],
  STATE_DIFFERENT: [
    { change: put("/states/0/descriptor", digestOf("other")), path: "/states/0", fix: /a changed state is a new @version/ },
    { change: put("/states/0/effect", "read"), path: "/states/0", fix: /a changed state is a new @version/ },
    { change: put("/states/1/capabilities", {}), path: "/states/1", fix: /a changed state is a new @version/ },
  ],
  STATE_NOT_LISTED: [{ change: put("/states/1", undefined), path: "/steps/0/state", fix: again }],
  STATE_UNUSED: [{ change: put("/steps/1/state", "test.kernel/read-balance@1"), path: "/states/2", fix: again }],
  LIST_NOT_SORTED: [
    { change: (spec) => void spec["states"]?.push(...spec["states"].splice(0, 1)), path: "/states/2/id", fix: again },
    { change: (spec) => void spec["children"]?.push(structuredClone(spec["children"][0]) as never), path: "/children/1/id", fix: again },
    { change: put("/steps/4/after", ["pause", "balance"]), path: "/steps/4/after", fix: again },
    { change: put("/steps/4/after", ["pause", "pause"]), path: "/steps/4/after", fix: again },
  ],
  SAGA_INVALID: [
    { change: withWrite("no-writes"), path: "/saga/policy", fix: /a step writes: use fail/, registry: writing },
    { change: put("/saga/policy", "fail"), path: "/saga/policy", fix: /no step writes: use no-writes/ },
  ],
  CHILD_UNKNOWN: [{ change: put("/children/0/id", "test.kernel/triple@1"), path: "/children/0", fix: /: export it from the module/ }],
  CHILD_DIFFERENT: [
    { change: put("/children/0/config/fields/amount/name", "bigint"), path: "/children/0", fix: /a changed op is a new @version/ },
    { change: put("/children/0/id", audit.id), path: "/children/0", fix: /a changed op is a new @version/ },
  ],
  CHILD_NOT_LISTED: [{ change: put("/children/0", undefined), path: "/steps/4/op", fix: again }],
  CHILD_UNUSED: [{ change: put("/steps/4/op", "test.kernel/triple@1"), path: "/children/0", fix: again }],
  CONFIG_INVALID: [
    { change: put("/steps/0/config", {}), path: "/steps/0/config", fix: /: correct the config that the plan gives to step balance/ },
    { change: put("/steps/0/config/account", ""), path: "/steps/0/config", fix: /: correct the config/ },
    { change: put("/steps/0/config/more", 1), path: "/steps/0/config", fix: /: correct the config/ },
  ],
  BINDING_INVALID: [
    { change: put("/steps/5/input", { value: {} }), path: "/steps/5/input", fix: fits },
    { change: put("/steps/5/input", { object: {} }), path: "/steps/5/input", fix: fits },
    { change: put("/steps/5/input", { array: [] }), path: "/steps/5/input", fix: fits },
    { change: put("/steps/5/input/object/more", { value: 1 }), path: "/steps/5/input", fix: fits },
    { change: put("/steps/5/input/object/terms", { object: {} }), path: "/steps/5/input/object/terms", fix: fits },
    { change: put("/steps/5/input/object/terms/array/3", { value: 1 }), path: "/steps/5/input/object/terms/array/3", fix: fits },
    { change: put("/steps/5/input/object/terms/array/3", { value: "01" }), path: "/steps/5/input/object/terms/array/3", fix: fits },
    {
      change: put("/steps/5/input/object/terms/array/1", { from: "pause", path: [] }),
      path: "/steps/5/input/object/terms/array/1",
      fix: fits,
    },
    { change: put("/steps/5/input/object/terms/array/0/path", ["third"]), path: "/steps/5/input/object/terms/array/0", fix: fits },
    { change: put("/steps/5/input/object/terms/array/0/path", []), path: "/steps/5/input/object/terms/array/0", fix: fits },
    { change: put("/steps/4/config/object/amount", { value: "-1" }), path: "/steps/4/config/object/amount", fix: fits },
    { change: put("/steps/3/payload", { kind: "boolean" }), path: "/steps/5/input/object/terms/array/1", fix: fits },
  ],
  PREDECESSOR_UNKNOWN: [
    { change: put("/steps/2/after", ["nowhere"]), path: "/steps/2", fix: /: correct the key or add the step/ },
    { change: put("/steps/5/input/object/terms/array/0/from", "nowhere"), path: "/steps/5", fix: /: correct the key or add the step/ },
    {
      change: put("/output/binding/object/report/from", "nowhere"),
      path: "/output/binding",
      fix: /the output needs the step nowhere.*: correct the key or add the step/,
    },
  ],
  CYCLE: [
    { change: put("/steps/0/after", ["balance"]), path: "/steps", fix: /balance.*: remove one of the dependencies/ },
    { change: put("/steps/0/after", ["report"]), path: "/steps", fix: /balance.*: remove one of the dependencies/ },
  ],
  RETRY_INVALID: [
    { change: put("/steps/0/retry/maxAttempts", 0), path: "/steps/0/retry/maxAttempts", fix: /must be from 1 to 1000/ },
    { change: put("/steps/0/retry/maxAttempts", 1001), path: "/steps/0/retry/maxAttempts", fix: /must be from 1 to 1000/ },
    { change: put("/steps/0/retry/factor", 0), path: "/steps/0/retry/factor", fix: /must be from 1 to 100/ },
    { change: put("/steps/0/retry/jitterPercent", 101), path: "/steps/0/retry/jitterPercent", fix: /must be from 0 to 100/ },
    { change: put("/steps/0/retry/firstDelayMs", 86_400_001), path: "/steps/0/retry/firstDelayMs", fix: /must be from 0 to 86400000/ },
    { change: put("/steps/0/retry/maxDelayMs", 86_400_001), path: "/steps/0/retry/maxDelayMs", fix: /must be from 0 to 86400000/ },
  ],
  TIME_INVALID: [
    {
      change: put("/steps/2/durationMs", 367 * 86_400_000),
      path: "/steps/2/durationMs",
      fix: /: use a shorter time, and start another run/,
    },
    { change: put("/steps/0/timeLimitMs", 367 * 86_400_000), path: "/steps/0/timeLimitMs", fix: /: use a shorter time/ },
    { change: put("/steps/0/timeLimitMs", 0), path: "/steps/0/timeLimitMs", fix: /: leave it out or raise it/ },
  ],
  OUTPUT_MISSING: [
    {
      change: put("/output", { binding: { value: {} }, type: { fields: {}, kind: "object", optional: [] } }),
      path: "/output",
      fix: /: return at least one handle from plan/,
    },
  ],
  OUTPUT_INVALID: [
    { change: put("/output/binding", { object: {} }), path: "/output/binding", fix: fits },
    { change: put("/output/binding/object/report", { from: "bonus", path: [] }), path: "/output/binding/object/report", fix: fits },
    { change: put("/output/type/fields/the report", { kind: "boolean" }), path: "/output/type/fields/the report", fix: /: rename it/ },
  ],
};

describe("certify: finds", () => {
  for (const code of Object.keys(cases) as (keyof typeof cases)[]) {
    it(code, () => {
      for (const { change, path, fix, registry: known } of cases[code]) {
        const all = found(change, known);
        const one = all.find((finding) => finding.code === code && finding.path === path);
        assert.ok(one !== undefined, `${path} is not among ${JSON.stringify(all)}`);
        assert.match(one.message, fix);
      }
    });
  }

  it("nothing about a write step under the policy fail", () => assert.deepEqual(found(withWrite("fail"), writing), []));
});
