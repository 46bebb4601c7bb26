/** What certification says of several findings, and of specs that are just within bounds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { audit, registry } from "../../test/kernel/samples.ts";
import { type Mutable, manyWaits, put } from "../../test/kernel/spec-json.ts";
import { toCanonical } from "./canonical.ts";
import { type Finding, certify, inspectSpec } from "./certify.ts";
import { MfmError } from "./errors.ts";
import { limits } from "./json.ts";
import { planOp } from "./op.ts";

const plan = planOp(audit, { account: "alice" });
const [balance, twice, pause, bonus, child, report] = [0, 1, 2, 3, 4, 5] as const;

function found(change: (spec: Mutable) => void): readonly Finding[] {
  const spec = JSON.parse(plan.text) as Mutable;
  change(spec);
  return inspectSpec(spec, registry);
}

describe("certify: says", () => {
  it("everything at once, with all of it in the error", () => {
    const spec = JSON.parse(plan.text) as Mutable;
    const changes = [
      put(`/steps/${balance}/config`, {}),
      put(`/steps/${twice}/retry/factor`, 0),
      put(`/steps/${pause}/durationMs`, 367 * 86_400_000),
      put(`/steps/${bonus}/after`, ["nowhere"]),
      put(`/steps/${child}/config/object/amount`, { value: 1 }),
      put(`/steps/${report}/key`, "the report"),
      put("/output/binding/object/report/from", "bonus"),
    ];
    for (const change of changes) change(spec);
    assert.throws(
      () => certify(spec, registry),
      (error) => {
        assert.ok(error instanceof MfmError && error.code === "CERTIFICATION_FAILED");
        const findings = error.details["findings"] as unknown as readonly Finding[];
        assert.deepEqual(
          findings.map((finding) => finding.code),
          [
            "STEP_KEY_INVALID",
            "CONFIG_INVALID",
            "RETRY_INVALID",
            "TIME_INVALID",
            "PREDECESSOR_UNKNOWN",
            "BINDING_INVALID",
            "OUTPUT_INVALID",
          ],
        );
        for (const finding of findings) assert.ok(error.message.includes(finding.path) && error.message.includes(finding.code));
        return true;
      },
    );
  });

  it("nothing in a good spec, whatever the order of its members", () => {
    assert.deepEqual(inspectSpec(plan.spec, registry), []);
    const certified = certify(Object.fromEntries(Object.entries(plan.spec).toReversed()), registry);
    assert.deepEqual([certified.text, certified.specRef, certified.spec], [plan.text, plan.specRef, plan.spec]);
    assert.equal(toCanonical(certified.spec as never), plan.text);
  });

  it("nothing in what is just within its bounds", () => {
    const retry = { factor: 100, firstDelayMs: 86_400_000, jitterPercent: 100, maxAttempts: 1000, maxDelayMs: 86_400_000 };
    const least = { factor: 1, firstDelayMs: 0, jitterPercent: 0, maxAttempts: 1, maxDelayMs: 0 };
    for (const [pointer, value] of [
      ["/steps/0/retry", retry],
      ["/steps/0/retry", least],
      ["/steps/2/durationMs", 366 * 86_400_000],
      ["/steps/2/durationMs", 0],
      ["/steps/0/timeLimitMs", 1],
    ] as const) {
      assert.deepEqual(found(put(pointer, value)), []);
    }
    assert.deepEqual(
      found((spec) => void spec["steps"]?.push(...(manyWaits.slice(0, limits.stepsPerSpec - 6) as unknown as Mutable[]))),
      [],
    );
  });

  it("more than the message has room for: it says how many", () => {
    const bad = (count: number): RegExp => new RegExp(`^(?!.*and)|and ${count - 10} more$`);
    for (const count of [10, 11, 25]) {
      const spec = JSON.parse(plan.text) as Mutable;
      spec["steps"]?.push(
        ...(manyWaits
          .slice(0, count)
          .map((wait) => Object.assign({ ...(wait as object) }, { durationMs: 367 * 86_400_000 })) as unknown as Mutable[]),
      );
      assert.throws(
        () => certify(spec, registry),
        (error) => error instanceof MfmError && error.message.endsWith(" more") === count > 10 && bad(count).test(error.message),
      );
    }
  });

  it("what is no data, or none at all", () => {
    for (const data of [undefined, null, 7, "spec", [], () => plan.spec, new Map(), { spec: 7n }]) {
      assert.throws(() => certify(data, registry), { code: "CERTIFICATION_FAILED", message: /\[SPEC_SHAPE\]/ });
    }
  });
});
