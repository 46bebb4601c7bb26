import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { planOp } from "../../kernel/op.ts";
import { readArtifact } from "../../ops/contracts/artifact-formats.ts";
import { contractLifecycle } from "../../ops/contracts/lifecycle.ts";
import { counting, terms, vault, vaultPlan } from "../../../test/contracts/plans.ts";
import { openZeppelin } from "../../../test/contracts/trial.ts";
import { type LifecycleFile, readLifecycleFile } from "./lifecycle-file.ts";

const sender = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const artifacts: { readonly [path: string]: () => unknown } = {
  "Counting.json": counting,
  "Vault.json": vault,
  "Proxy.json": () => openZeppelin("TransparentUpgradeableProxy"),
};
const read = (data: object): LifecycleFile =>
  readLifecycleFile(data, {
    load: (path, contract) => readArtifact(artifacts[path]?.(), { file: path, contract }),
    sender,
    block: { kind: "tag", tag: "latest" },
  });

const contracts = {
  vault: {
    artifact: "Vault.json",
    args: { terms: { keeper: "$sender", cap: "1000" }, first: 41 },
    libraries: { Counting: "math" },
  },
  math: { artifact: "Counting.json" },
  proxy: { artifact: "Proxy.json", abi: "Vault.json", args: [{ $ref: "vault" }, "$sender", { $call: "count()" }] },
  admin: { created_by: "proxy" },
};
const counted = { call: "count", returns: "42" };
const configure = [{ name: "increase", contract: "vault", call: "increase", args: ["first"], unless: counted, ensures: counted }];
const assertions = [
  { name: "vault-code", kind: "code", contract: "vault" },
  { name: "math-code", kind: "code", contract: "math" },
  { name: "implementation", kind: "proxy", contract: "proxy", value: { $ref: "vault" } },
  { name: "admin", kind: "proxy", contract: "proxy", slot: "admin", value: { $ref: "admin" } },
  { name: "owner", kind: "call", contract: "admin", call: "owner() returns (address)", returns: "$sender" },
  { name: "count", kind: "call", contract: "vault", call: "count", returns: "42" },
  {
    name: "counted",
    kind: "log",
    contract: "vault",
    event: "Counted",
    args: { note: "first", count: 42n },
    transaction: { configure: "increase" },
  },
];

describe("a lifecycle file", () => {
  it("says the same as a config in which everything is spelled out", () => {
    const { approval, ...file } = read({ contracts, configure, validate: { assertions } });
    assert.equal(approval, undefined);
    const steps = (config: unknown) =>
      planOp(contractLifecycle, config).spec.steps.map((step) => [step.key, "input" in step ? step.input : null]);
    assert.deepEqual(steps({ ...file, network: "eip155:31337", sender: { from: sender, terms } }), steps(vaultPlan()));
  });

  it("takes contracts that are there, people who decide, and a block by its number", () => {
    const {
      contracts: known,
      validate,
      onFailure,
      approval,
    } = read({
      contracts: { usd: { address: sender } },
      approval: { operators: [sender] },
      on_failure: { policy: "manual", operators: [sender], quorum: 1 },
      validate: { block: 7n, assertions: [{ name: "c", kind: "code_hash", contract: "usd", hash: `0x${"00".repeat(32)}` }] },
    });
    assert.deepEqual(known, [{ kind: "existing", name: "usd", address: sender }]);
    assert.deepEqual([validate?.block, onFailure?.policy, approval?.quorum], [{ kind: "number", number: "7" }, "manual", 1]);
  });

  it("is refused with everything that is wrong, each by its path", () => {
    const wrong = {
      contract: {},
      contracts: {
        a: { artifact: "Vault.json" },
        b: { adress: sender },
        c: { address: sender, args: [1] },
        d: { artifact: "Counting.json", create2: {}, value: 1.5 },
      },
      configure: [
        { name: "one", contract: "a", call: "nothing" },
        { contract: "c", call: "f" },
        { name: "two", contract: "c", call: "f(uint8)", args: [1.5] },
      ],
      validate: {
        block: "newest",
        assertions: [
          { name: "x", kind: "cod", contract: "a" },
          { name: "y", kind: "role", contract: "a", role: 7 },
        ],
      },
      on_failure: { policy: "compensate" },
    };
    assert.throws(
      () => read(wrong),
      (error) => {
        assert.ok(error instanceof MfmError && error.code === "LIFECYCLE_INVALID");
        const issues = error.details["issues"] as { readonly path: string; readonly problem: string }[];
        const expected = [
          ["contract", /did you mean contracts\?/],
          ["contracts.a.libraries", /Counting is not given/],
          ["contracts.b.adress", /did you mean address\?/],
          ["contracts.b", /artifact/],
          ["contracts.c.args", /there already/],
          ["contracts.d.value", /wei/],
          ["contracts.d.create2.salt", /is missing/],
          ["configure.0.call", /no function nothing/],
          ["configure.1.name", /is missing/],
          ["configure.1.call", /whole signature/],
          ["configure.2.args", /fractions/],
          ["validate.block", /finalized, safe, latest/],
          ["validate.assertions.0.kind", /did you mean code\?/],
          ["validate.assertions.1.role", /a number/],
          ["validate.assertions.1.account", /is missing/],
          ["on_failure.operators", /is missing/],
        ] as const;
        for (const [path, reason] of expected) {
          const found = issues.filter((issue) => issue.path === path).map(({ problem }) => problem);
          assert.match(found.join(" "), reason, path);
        }
        return true;
      },
    );
  });
});
