/** Whatever is done to a good spec: it is refused in order, or it is certified and then it runs to success and verifies. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { mutated } from "../../test/kernel/mutate.ts";
import { randomSpec } from "../../test/kernel/random-spec.ts";
import { record } from "../../test/kernel/record.ts";
import { audit, registryWithChain } from "../../test/kernel/samples.ts";
import { calm, simulate } from "../../test/kernel/simulate.ts";
import { toCanonical } from "./canonical.ts";
import { type CertifiedSpec, type Finding, certify, findingTable } from "./certify.ts";
import { MfmError } from "./errors.ts";
import type { Json } from "./json.ts";
import { planOp } from "./op.ts";
import { verifyHistory } from "./verify/verify.ts";

const registry = registryWithChain();
const plan = planOp(audit, { account: "alice" });

/** The certified spec, or undefined where it is refused in order. */
function certifyOrRefuse(data: Json): CertifiedSpec | undefined {
  try {
    return certify(data, registry);
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    assert.equal(error.code, "CERTIFICATION_FAILED");
    const findings = error.details["findings"] as unknown as readonly Finding[];
    assert.ok(findings.length > 0);
    for (const finding of findings) {
      assert.ok(Object.hasOwn(findingTable, finding.code), finding.code);
      assert.match(finding.path, /^\//);
      assert.notEqual(finding.message, "");
    }
    return undefined;
  }
}

/** A certified spec runs, by the fold alone and with the code of its states, and what is recorded verifies. */
async function assertRuns(certified: CertifiedSpec, data: Json): Promise<void> {
  assert.equal(certified.text, toCanonical(data));
  const { fold } = simulate(certified.spec, 1, calm);
  assert.equal(fold.run().status, "succeeded");
  // A mutation may name another op, which the config of this plan is not for.
  if (certified.spec.op !== plan.spec.op) return;
  const history = await record({ registry, spec: certified.spec, configText: plan.configText });
  const report = await verifyHistory(history, registry);
  assert.deepEqual([report.result, report.run.status], ["verified", "succeeded"]);
}

describe("certify: laws", () => {
  it("a mutated spec is refused with findings, or runs to success and verifies", async () => {
    let certified = 0;
    await fc.assert(
      fc.asyncProperty(mutated(JSON.parse(plan.text) as Json), async (data) => {
        const accepted = certifyOrRefuse(data);
        if (accepted === undefined) return;
        certified++;
        await assertRuns(accepted, data);
      }),
      { numRuns: 2000 },
    );
    assert.ok(certified > 50, `only ${certified} were certified: the law was not tested`);
  });

  it("so is a random spec with random mutations", async () => {
    const random = randomSpec({ kinds: ["pure", "read", "wait", "signal", "child"], maxSteps: 6 });
    await fc.assert(
      fc.asyncProperty(
        random.chain((spec) => mutated(spec as unknown as Json)),
        async (data) => {
          const accepted = certifyOrRefuse(data);
          if (accepted !== undefined) assert.equal(simulate(accepted.spec, 1, calm).fold.run().status, "succeeded");
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("any JSON at all is refused in order", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        try {
          assert.equal(certifyOrRefuse(data as Json), undefined);
        } catch (error) {
          assert.ok(error instanceof MfmError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
