/** Lifecycles on a real node, signed by a real vault: what is deployed is what was meant, once, and whoever comes again does nothing. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ContractFactory, JsonRpcProvider, Wallet, getCreateAddress, keccak256 } from "ethers";
import { deterministicFactory } from "../../src/states/contracts/create2-address.ts";
import { type LifecycleRequest } from "../../src/ops/contracts/lifecycle-config.ts";
import { anvilAccount, deploys, terms, vault, vaultPlan, counting } from "../contracts/plans.ts";
import { openZeppelin } from "../contracts/trial.ts";
import { Workshop } from "../contracts/workshop.ts";

type Hex = `0x${string}`;

let shop: Workshop;
before(async () => {
  shop = await Workshop.open();
});
after(() => shop.close());

const addressIn = ({ contracts }: { readonly contracts: readonly { readonly name: string; readonly address: Hex }[] }, name: string): Hex =>
  contracts.find((contract) => contract.name === name)?.address ?? "0x";
const codeHash = async (address: string): Promise<string> => keccak256(await shop.node.rpc<string>("eth_getCode", address, "latest"));

describe("a contract lifecycle on a chain", () => {
  it("deploys, configures and validates, each contract at the address that its nonce leads to", async () => {
    const first = await shop.nonce();
    const report = await shop.report("vault", vaultPlan(shop.from));
    assert.equal((await shop.nonce()) - first, 4);
    assert.deepEqual(
      report.validated?.assertions.map(({ result }) => result.kind),
      Array(7).fill("held"),
    );
    assert.equal(report.configured[0]?.done.outcome.kind, "sent");
    const derived = [0, 1, 2, 3].map((step) => getCreateAddress({ from: shop.from, nonce: first + step }));
    for (const name of ["math", "vault", "proxy"]) assert.ok(derived.includes(addressIn(report, name)), name);
  });

  it("puts the code on the chain that another tool puts there from the same artifacts", async () => {
    const report = await shop.report("timelock", {
      network: "eip155:31337",
      sender: { from: shop.from, terms },
      contracts: [deploys("timelock", openZeppelin("TimelockController"), [60, [shop.from], [shop.from], shop.from])],
    });
    const provider = new JsonRpcProvider(shop.node.url, 31337, { staticNetwork: true });
    const { abi, bytecode } = openZeppelin("TimelockController") as { abi: object[]; bytecode: string };
    const wallet = new Wallet("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d", provider);
    const other = await new ContractFactory(abi, bytecode, wallet).deploy(60n, [shop.from], [shop.from], shop.from);
    await other.waitForDeployment();
    provider.destroy();
    assert.equal(await codeHash(addressIn(report, "timelock")), await codeHash(await other.getAddress()));
  });

  it("deployed through the factory is at its derived address, and is not deployed again by another run", async () => {
    const create2 = { salt: `0x${"07".padStart(64, "0")}`, factory: deterministicFactory } as const;
    const request: LifecycleRequest = {
      network: "eip155:31337",
      sender: { from: shop.from, terms },
      contracts: [
        deploys("math", counting(), [], { create2 }),
        deploys("vault", vault(), [[shop.from, 5], 1], { libraries: { Counting: "math" }, create2 }),
      ],
      validate: {
        block: { kind: "tag", tag: "latest" },
        assertions: ["math", "vault"].map((contract) => ({ kind: "code", name: contract, contract, metadata: "same" as const })),
      },
    };
    const first = await shop.report("create2", request);
    const nonce = await shop.nonce();
    const second = await shop.report("create2 again", request);
    assert.equal(await shop.nonce(), nonce);
    assert.deepEqual(second.contracts, first.contracts);
    assert.deepEqual(
      [first, second].map(({ deployments }) => deployments.map(({ done }) => done.outcome.kind)),
      [
        ["sent", "sent"],
        ["skipped", "skipped"],
      ],
    );
  });

  it("skips a call whose end holds already", async () => {
    const plan = vaultPlan(shop.from);
    const address = addressIn(await shop.report("vault", plan), "vault");
    const request: LifecycleRequest = {
      ...plan,
      contracts: [{ kind: "existing", name: "vault", address }],
      validate: { block: { kind: "tag", tag: "latest" }, assertions: [] as never },
    };
    const { validate: _validate, ...configureOnly } = request;
    const nonce = await shop.nonce();
    const report = await shop.report("configure again", configureOnly);
    assert.deepEqual([report.configured[0]?.done.outcome.kind, await shop.nonce()], ["skipped", nonce]);
  });

  it("stops with CONFIGURATION_NOT_HELD where a call did not bring about what it was to", async () => {
    const { validate: _validate, configure = [], ...plan } = vaultPlan(shop.from);
    const [increase] = configure;
    assert.ok(increase?.ensures !== undefined);
    const twice = { ...increase, name: "again", ensures: { ...increase.ensures, returns: "42" } };
    const { outcome } = await shop.run("configure wrongly", {
      ...plan,
      configure: [increase, { ...twice, unless: { ...twice.ensures, returns: "9" } }],
    });
    assert.deepEqual(outcome.run.failure, { step: "ensure/again", code: "CONFIGURATION_NOT_HELD" });
  });

  it("sends nothing where a call would revert", async () => {
    const libraries = { Counting: "math" };
    const contracts = [deploys("math", counting(), []), deploys("vault", vault(), [[anvilAccount, 1], 1], { libraries })];
    const refused = { name: "refused", contract: "vault", signature: "increase(string)", args: '["not by its keeper"]', value: "0" };
    const nonce = await shop.nonce();
    const { outcome } = await shop.run("refused", {
      network: "eip155:31337",
      sender: { from: shop.from, terms },
      contracts,
      configure: [refused],
    });
    assert.deepEqual(outcome.run.failure, { step: "configure/refused", code: "SIMULATION_REVERTED" });
    assert.equal(await shop.nonce(), nonce + 2);
  });

  it("ends with VALIDATION_FAILED where something is not as asserted, and its outputs say what was found", async () => {
    const address = addressIn(await shop.report("vault", vaultPlan(shop.from)), "vault");
    const { outcome, history } = await shop.run("validate", {
      network: "eip155:31337",
      contracts: [{ kind: "existing", name: "vault", address }],
      validate: {
        block: { kind: "tag", tag: "latest" },
        assertions: [{ kind: "call", name: "count", contract: "vault", signature: "count() returns (uint256)", args: "[]", returns: "43" }],
      },
    });
    assert.equal(outcome.run.status, "failed");
    assert.ok(outcome.run.failure?.code === "VALIDATION_FAILED");
    const wanted = '{"evidence":"reported","expected":"\\"43\\"","found":"\\"42\\"","kind":"failed","subject":"vault: count()"}';
    assert.ok([...history.artifacts.values()].includes(wanted));
  });
});
