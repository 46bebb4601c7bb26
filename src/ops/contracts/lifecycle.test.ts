import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certify } from "../../kernel/certify.ts";
import { MfmError } from "../../kernel/errors.ts";
import { planOp } from "../../kernel/op.ts";
import { Registry } from "../../kernel/registry.ts";
import { counting, deploys, anvilAccount as sender, terms, vault, vaultPlan } from "../../../test/contracts/plans.ts";
import { openZeppelin } from "../../../test/contracts/trial.ts";
import { contractLifecycle, lifecycleDefinitions } from "./lifecycle.ts";
import type { LifecycleRequest } from "./lifecycle-config.ts";

const registry = new Registry(lifecycleDefinitions);
const nobody = "0x000000000000000000000000000000000000dEaD";

function stepsOf(request: LifecycleRequest): Map<string, readonly string[]> {
  const { spec } = planOp(contractLifecycle, request);
  certify(spec, registry);
  return new Map(
    spec.steps.map((step) => {
      const from = new Set(
        [...JSON.stringify("input" in step ? step.input : {}).matchAll(/"from":"([^"]+)"/g)].map(([, key]) => key ?? ""),
      );
      return [step.key, [...from, ...step.after].sort()];
    }),
  );
}

const token = { kind: "existing", name: "token", address: sender } as const;
const count = { kind: "call", name: "count", contract: "token", signature: "count() returns (uint256)", args: "[]", returns: "1" } as const;
const latest = { kind: "tag", tag: "latest" } as const;

describe("a contract lifecycle", () => {
  it("deploys what others name first, configures in order, and reads everything at one block", () => {
    const steps = stepsOf(vaultPlan());
    assert.deepEqual(steps.get("deploy/math"), []);
    assert.deepEqual(steps.get("deploy/vault"), ["deploy/math"]);
    assert.deepEqual(steps.get("deploy/proxy"), ["deploy/vault"]);
    assert.deepEqual(steps.get("derive/admin"), ["deploy/proxy"]);
    assert.deepEqual(steps.get("configure/increase"), ["deploy/math", "deploy/proxy", "deploy/vault"]);
    assert.deepEqual(steps.get("ensure/increase"), ["configure/increase", "deploy/vault"]);
    assert.deepEqual(steps.get("pin"), ["configure/increase", "deploy/math", "deploy/proxy", "deploy/vault", "ensure/increase"]);
    assert.deepEqual(steps.get("validate/admin"), ["deploy/proxy", "derive/admin", "pin"]);
    assert.deepEqual(steps.get("validate/counted"), ["configure/increase", "deploy/vault", "pin"]);
    assert.equal([...steps.keys()].filter((key) => key.startsWith("validate/")).length, 7);
  });

  it("plans the same bytes for the same config", () => {
    assert.equal(planOp(contractLifecycle, vaultPlan()).specRef, planOp(contractLifecycle, vaultPlan()).specRef);
  });

  it("can be any end of itself, on contracts that are there", () => {
    const validate = { block: latest, assertions: [count] };
    assert.deepEqual([...stepsOf({ network: "eip155:1", contracts: [token], validate }).keys()].sort(), [
      "pin",
      "report",
      "validate/count",
    ]);
    const { contracts, network, sender: from } = vaultPlan();
    assert.ok(!stepsOf({ network, contracts, sender: from }).has("pin"));
    const configure = [{ name: "stop", contract: "token", signature: "pause()", args: "[]", value: "0" }];
    assert.ok(stepsOf({ network, contracts: [token], sender: { from: sender, terms }, configure }).has("configure/stop"));
  });

  it("deploys contracts that do not name each other at once", () => {
    const contracts = ["one", "two"].map((name) => deploys(name, counting(), []));
    const steps = stepsOf({ network: "eip155:1", contracts, sender: { from: sender, terms } });
    assert.deepEqual([steps.get("deploy/one"), steps.get("deploy/two")], [[], []]);
  });

  it("undoes what was configured, with what was there before it", () => {
    const plan = vaultPlan();
    const [increase] = plan.configure ?? [];
    assert.ok(increase !== undefined);
    const { signature, args, value } = increase;
    const steps = stepsOf({
      ...plan,
      configure: [{ ...increase, undo: { contract: "admin", signature, args, value } }],
      onFailure: { policy: "compensate", operators: [sender], quorum: 1 },
    });
    assert.deepEqual(steps.get("configure/increase/undo"), ["configure/increase", "derive/admin"]);
    assert.equal(steps.get("configure/increase")?.includes("derive/admin"), true);
  });

  it("refuses an empty phase by its schema", () => {
    for (const empty of [{ configure: [] }, { validate: { block: latest, assertions: [] } }])
      assert.throws(() => planOp(contractLifecycle, { ...vaultPlan(), ...empty }), { code: "VALUE_INVALID" });
  });

  const proxy = (of: unknown, name = "proxy") => deploys(name, openZeppelin("TransparentUpgradeableProxy"), [of, sender, "0x00"]);
  const calls = { name: "set", contract: "token", signature: "set(uint8 value)", args: "[1]", value: "0" } as const;
  const { name: _name, ...undo } = calls;
  const people = { policy: "compensate" as const, operators: [sender], quorum: 1 };
  const sends = { sender: { from: sender, terms } };
  type Refused = readonly [what: string, request: Omit<LifecycleRequest, "network">, path: string, reason: RegExp];
  const refused: readonly Refused[] = [
    ["nothing to do", { contracts: [token] }, "/validate", /nothing is deployed/],
    ["a deployment by nobody", { contracts: [deploys("one", counting(), [])] }, "/sender", /needed/],
    ["a sender of nothing", { contracts: [token], ...sends, validate: { block: latest, assertions: [count] } }, "/sender", /not needed/],
    [
      "a name twice",
      { contracts: [token, { ...token, address: nobody }], validate: { block: latest, assertions: [count] } },
      "/contracts/1/name",
      /already/,
    ],
    [
      "a name that is no part of a key",
      { contracts: [{ ...token, name: "a/b" }], validate: { block: latest, assertions: [{ ...count, contract: "a/b" }] } },
      "/contracts/0/name",
      /letters/,
    ],
    [
      "deployments that need each other",
      { contracts: [proxy({ $ref: "other" }), proxy({ $ref: "proxy" }, "other")], ...sends },
      "/contracts",
      /each other: proxy, other/,
    ],
    [
      "a reference to nobody",
      { contracts: [proxy({ $ref: "tokne" })], ...sends },
      "/contracts/0/args",
      /\/0: expected the name of a contract: proxy/,
    ],
    [
      "a library that is nobody",
      { contracts: [deploys("v", vault(), [[sender, 1], 1], { libraries: { Counting: "maths" } })], ...sends },
      "/contracts/0/creation",
      /maths/,
    ],
    [
      "value for a constructor that takes none",
      { contracts: [deploys("one", counting(), [], { value: "1" })], ...sends },
      "/contracts/0/value",
      /payable/,
    ],
    [
      "a creator that is created by its creature",
      {
        contracts: [
          token,
          { kind: "created_by", name: "a", creator: "b", nonce: 1 },
          { kind: "created_by", name: "b", creator: "a", nonce: 1 },
        ],
        validate: { block: latest, assertions: [count] },
      },
      "/contracts/1/creator",
      /each other/,
    ],
    [
      "value for a function that takes none",
      { contracts: [token], ...sends, configure: [{ ...calls, value: "1" }] },
      "/configure/0/value",
      /payable/,
    ],
    ["arguments that do not fit", { contracts: [token], ...sends, configure: [{ ...calls, args: "[256]" }] }, "/configure/0/args", /2\^8/],
    ["arguments that are no JSON", { contracts: [token], ...sends, configure: [{ ...calls, args: "[" }] }, "/configure/0/args", /./],
    [
      "a call of an event",
      { contracts: [token], ...sends, configure: [{ ...calls, signature: "event Set(uint8)" }] },
      "/configure/0/signature",
      /of a event/,
    ],
    [
      "a check that says not what is returned",
      {
        contracts: [token],
        ...sends,
        configure: [{ ...calls, unless: { contract: "token", signature: "value()", args: "[]", returns: "1" } }],
      },
      "/configure/0/unless/signature",
      /append returns/,
    ],
    [
      "the code of a contract without an artifact",
      { contracts: [token], validate: { block: latest, assertions: [{ kind: "code", name: "c", contract: "token", metadata: "same" }] } },
      "/validate/assertions/0/contract",
      /artifact/,
    ],
    [
      "a role of nobody",
      {
        contracts: [token],
        validate: {
          block: latest,
          assertions: [{ kind: "role", name: "r", contract: "token", role: "MINTER_ROLE", account: '"0x1"', holds: true }],
        },
      },
      "/validate/assertions/0/args",
      /address/,
    ],
    [
      "the event of a call that is not made",
      {
        contracts: [token],
        validate: {
          block: latest,
          assertions: [
            {
              kind: "log",
              name: "l",
              contract: "token",
              signature: "event Set(uint8 value)",
              args: "{}",
              transaction: { kind: "configure", call: "set" },
            },
          ],
        },
      },
      "/validate/assertions/0/transaction/call",
      /set/,
    ],
    [
      "an argument that the event has not",
      {
        contracts: [token],
        validate: {
          block: latest,
          assertions: [
            {
              kind: "log",
              name: "l",
              contract: "token",
              signature: "event Set(uint8 value)",
              args: '{"valeu":1}',
              transaction: { kind: "named", transactionHash: `0x${"00".repeat(32)}` },
            },
          ],
        },
      },
      "/validate/assertions/0/args/valeu",
      /no such argument/,
    ],
    [
      "an undo without a policy",
      { contracts: [token], ...sends, configure: [{ ...calls, undo: { ...undo } }] },
      "/onFailure",
      /say compensate/,
    ],
    [
      "a policy that undoes nothing",
      { contracts: [token], ...sends, configure: [calls], onFailure: people },
      "/onFailure/policy",
      /no call has an undo/,
    ],
    [
      "a quorum of more than there are",
      { contracts: [token], ...sends, configure: [{ ...calls, undo }], onFailure: { ...people, quorum: 2 } },
      "/onFailure/quorum",
      /more than/,
    ],
  ];
  for (const [what, request, path, reason] of refused)
    it(`refuses ${what}`, () => {
      assert.throws(
        () => planOp(contractLifecycle, { network: "eip155:1", ...request }),
        (error) => {
          assert.ok(error instanceof MfmError && error.code === "LIFECYCLE_INVALID", String(error));
          const issues = error.details["issues"] as { readonly path: string; readonly reason: string }[];
          const found = issues.find((issue) => issue.path === path);
          assert.ok(found !== undefined, error.message);
          assert.match(found.reason, reason);
          return true;
        },
      );
    });
});
