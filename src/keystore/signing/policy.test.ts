import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { base, policyOf, spender, token } from "./evaluate.test.support.ts";
import { policyDigest, policyJson, readPolicy } from "./policy.ts";

describe("policy document", () => {
  it("is the same after it was stored, and has the digest of what it says", () => {
    const policy = policyOf({ unlimitedApprovals: [spender], typedData: [{ name: "thing" }], messages: "text" });
    assert.deepEqual(readPolicy(policyJson(policy)), policy);
    assert.equal(policyDigest(readPolicy(policyJson(policy))), policyDigest(policy));
    assert.notEqual(policyDigest(policyOf()), policyDigest(policy));
  });

  const wrong: readonly (readonly [string, object])[] = [
    ["another format", { format: "mfm-policy/2" }],
    ["a member that nobody knows", { chain: [] }],
    ["a chain twice", { chains: [base.chains[0], base.chains[0]] }],
    ["a chain without caps", { chains: [{ chainId: 1 }] }],
    ["a selector of three bytes", { chains: [{ ...base.chains[0], destinations: [{ address: token, selectors: ["0x123456"] }] }] }],
    ["a destination twice", { chains: [{ ...base.chains[0], destinations: [{ address: token }, { address: token.toLowerCase() }] }] }],
    ["an address with a wrong checksum", { unlimitedApprovals: [token.replace("E4", "e4")] }],
    ["a rule for domains that fits every domain", { typedData: [{ primaryTypes: ["Permit"] }] }],
    ["a float", { chains: [{ ...base.chains[0], maxValue: 1.5 }] }],
  ];
  for (const [name, change] of wrong) {
    it(`is refused with ${name}`, () => {
      assert.throws(
        () => readPolicy({ ...base, ...change }),
        (error) => error instanceof MfmError && error.code === "POLICY_INVALID",
      );
    });
  }
});
