/** Assertions about real contracts on a real node, which another tool (ethers) deployed from the same artifacts. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ContractFactory, Interface, JsonRpcProvider, ZeroHash, getCreateAddress, id, keccak256 } from "ethers";
import { lowerValidation } from "../../src/ops/contracts/lower-validation.ts";
import { Lowering } from "../../src/ops/contracts/lower-lifecycle.ts";
import type { LifecycleConfig, Validation } from "../../src/ops/contracts/lifecycle-config.ts";
import { readArtifact } from "../../src/ops/contracts/artifact-formats.ts";
import { linkArtifact } from "../../src/ops/contracts/link.ts";
import { assertCall } from "../../src/states/contracts/assert-call.ts";
import { assertCode } from "../../src/states/contracts/assert-code.ts";
import { assertLog } from "../../src/states/contracts/assert-log.ts";
import { assertStorage, proxySlot } from "../../src/states/contracts/assert-storage.ts";
import type { Assertion } from "../../src/states/contracts/assertion.ts";
import { pinAfter } from "../../src/states/contracts/pin-after.ts";
import { pinBlock } from "../../src/states/evm/pin-block.ts";
import type { Pinned } from "../../src/states/evm/pinned.ts";
import { type Facts, runState } from "../../src/testing/run-state.ts";
import { asFoundry, asHardhat2, openZeppelin, solcContract, trialOutput } from "../contracts/trial.ts";
import { type Anvil, startAnvil } from "../evm/anvil.ts";
import { type EvmClient, asking, providerAt } from "../evm/asking.ts";

type Hex = `0x${string}`;
const network = "eip155:31337";

interface World {
  readonly node: Anvil;
  readonly chain: EvmClient;
  readonly pin: Pinned;
  readonly contracts: LifecycleConfig["contracts"];
  /** The transaction that increased the vault's count. */
  readonly increase: Hex;
  readonly admin: Hex;
  readonly keeper: Hex;
}

let world: World;
let stop: () => Promise<void> = async () => undefined;

async function setWorld(): Promise<World> {
  const node = await startAnvil();
  stop = () => node.stop();
  const ethers = new JsonRpcProvider(node.url, 31337, { staticNetwork: true });
  const signer = await ethers.getSigner(0);
  const keeper = (await signer.getAddress()) as Hex;
  const deploy = async (artifact: { abi: unknown; bytecode: string }, ...args: unknown[]): Promise<Hex> => {
    const contract = await new ContractFactory(artifact.abi as never, artifact.bytecode, signer).deploy(...args);
    await contract.waitForDeployment();
    return (await contract.getAddress()) as Hex;
  };
  const output = trialOutput();
  const [library, vault] = [solcContract(output, "src/Counting.sol", "Counting"), solcContract(output, "src/Vault.sol", "Vault")];
  const math = await deploy({ abi: library.abi, bytecode: library.evm.bytecode.object });
  const linked = vault.evm.bytecode.object.replaceAll(/__\$.{34}\$__/g, math.slice(2).toLowerCase());
  const vaultAddress = await deploy({ abi: vault.abi, bytecode: linked }, [keeper, 1000n], 41n);
  const sent = await signer.sendTransaction({
    to: vaultAddress,
    data: new Interface(vault.abi).encodeFunctionData("increase", ["first"]),
  });
  await sent.wait();
  const timelock = await deploy(openZeppelin("TimelockController") as never, 60n, [keeper], [keeper], keeper);
  const proxy = await deploy(
    openZeppelin("TransparentUpgradeableProxy") as never,
    vaultAddress,
    timelock,
    new Interface(vault.abi).encodeFunctionData("count"),
  );
  await node.rpc("anvil_mine", "0x3");
  ethers.destroy();
  const provider = providerAt(node.url);
  stop = async () => {
    await provider.close();
    await node.stop();
  };
  const { chain } = asking([provider]);
  const existing = (name: string, address: Hex, json: unknown, libraries: Record<string, string> = {}) => ({
    kind: "existing" as const,
    name,
    address,
    runtime: linkArtifact(readArtifact(json, { file: name, contract: undefined }), libraries).runtime,
  });
  return {
    node,
    chain,
    pin: await runState(pinBlock, {
      config: { network, block: { kind: "tag", tag: "latest" }, onSourceFailure: "pause" },
      facts: { chain: { block: (request) => chain.block(request) } },
    }),
    contracts: [
      existing("math", math, asFoundry(library)),
      existing("vault", vaultAddress, asFoundry(vault), { Counting: "math" }),
      // Hardhat 2 does not say where immutables are.
      { ...existing("vaultOfHardhat2", vaultAddress, asHardhat2("src/Vault.sol", "Vault", vault), { Counting: "math" }) },
      existing("timelock", timelock, openZeppelin("TimelockController")),
      existing("wrong", timelock, openZeppelin("AccessManager")),
      { kind: "existing", name: "proxy", address: proxy },
      {
        kind: "existing",
        name: "nobody",
        address: "0x000000000000000000000000000000000000dEaD",
        runtime: existing("x", math, asFoundry(library)).runtime,
      },
    ],
    increase: sent.hash as Hex,
    admin: getCreateAddress({ from: proxy, nonce: 1 }) as Hex,
    keeper,
  };
}

/** Each assertion as the op lowers it, its state asking the node. */
async function look(assertion: DistributiveOmit<Validation, "name">, only: Partial<EvmClient> = {}): Promise<Assertion> {
  const { contracts, pin } = world;
  const lowering = new Lowering({ contracts });
  const config = {
    network,
    contracts,
    validate: { block: { kind: "tag", tag: "latest" }, assertions: [{ ...assertion, name: "it" }] },
  } as const;
  const [check] = lowerValidation(lowering, config as never);
  lowering.finish();
  assert.ok(check !== undefined);
  const addresses = Object.fromEntries(contracts.map((entry) => [entry.name, entry.kind === "existing" ? entry.address : "0x"])) as Record<
    string,
    Hex
  >;
  const chain = { ...world.chain, ...only };
  const facts: Facts<typeof assertLog.needs> = {
    chain: {
      call: (request) => chain.call(request),
      code: (request) => chain.code(request),
      proof: (request) => chain.proof(request),
      receipt: (request) => chain.receipt(request),
      block: (request) => chain.block(request),
    },
  };
  switch (check.kind) {
    case "call":
      return runState(assertCall, { config: check.expectation, input: { pin, addresses }, facts });
    case "code":
      return runState(assertCode, { config: check.expectation, input: { pin, addresses }, facts });
    case "storage":
      return runState(assertStorage, { config: check.expectation, input: { pin, addresses }, facts });
    case "log": {
      const { transaction } = check;
      assert.ok(transaction.kind === "named");
      return runState(assertLog, { config: check.expectation, input: { pin, addresses, transaction }, facts });
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

before(async () => {
  world = await setWorld();
});
after(() => stop());

describe("assertions about contracts", () => {
  it("hold of code that another tool deployed from the same artifact, immutables masked, library and own address compared", async () => {
    for (const contract of ["math", "vault", "timelock"]) {
      const { kind, evidence, found } = await look({ kind: "code", contract, metadata: "same" });
      assert.deepEqual([kind, evidence, found], ["held", "proven", "the same"], contract);
    }
  });

  it("fail of other code, of none, and where nothing says which places are immutable", async () => {
    for (const [contract, found] of [
      ["wrong", /other code, of \d{4} bytes/],
      ["nobody", /no code/],
      ["vaultOfHardhat2", /other code/],
    ] as const) {
      const result = await look({ kind: "code", contract, metadata: "any" });
      assert.equal(result.kind, "failed");
      assert.match(result.found, found);
    }
  });

  it("take a code hash", async () => {
    const hash = keccak256(await world.node.rpc<string>("eth_getCode", addressIn("timelock"), "latest")) as Hex;
    assert.equal((await look({ kind: "code_hash", contract: "timelock", hash })).kind, "held");
    const other = await look({ kind: "code_hash", contract: "timelock", hash: ZeroHash as Hex });
    assert.deepEqual([other.kind, other.found], ["failed", hash]);
  });

  it("prove what a proxy is, and read it by a call where nodes prove nothing", async () => {
    const withoutProofs = { proof: async () => ({ kind: "unsupported" }) as const };
    for (const [slot, value] of [
      ["implementation", { $ref: "vault" }],
      ["admin", world.admin],
      ["beacon", "0x0000000000000000000000000000000000000000"],
    ] as const) {
      const asked = { kind: "proxy", contract: "proxy", slot, value: JSON.stringify(value) } as const;
      const [proven, reported] = [await look(asked), await look(asked, withoutProofs)];
      assert.deepEqual([proven.kind, proven.evidence, reported.kind, reported.evidence], ["held", "proven", "held", "reported"]);
      assert.equal(proven.found, reported.found);
    }
    const wrong = await look({
      kind: "slot",
      contract: "proxy",
      slot: proxySlot("admin"),
      type: "address",
      value: JSON.stringify(world.keeper),
    });
    assert.deepEqual([wrong.kind, wrong.found], ["failed", `0x${world.admin.slice(2).toLowerCase().padStart(64, "0")}`]);
  });

  it("know slots by the numbers of EIP-1967", () => {
    assert.equal(proxySlot("implementation"), "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
    assert.equal(proxySlot("admin"), "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103");
    assert.equal(proxySlot("beacon"), "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50");
  });

  it("hold of roles that are held, and fail of those that are not", async () => {
    const role = (name: string, account: unknown, holds: boolean) =>
      look({ kind: "role", contract: "timelock", role: name, account: JSON.stringify(account), holds });
    for (const name of ["PROPOSER_ROLE", "EXECUTOR_ROLE", "DEFAULT_ADMIN_ROLE", id("CANCELLER_ROLE")])
      assert.equal((await role(name, world.keeper, true)).kind, "held", name);
    assert.equal((await role("PROPOSER_ROLE", { $ref: "vault" }, false)).kind, "held");
    const { kind, expected, found } = await role("PROPOSER_ROLE", { $ref: "vault" }, true);
    assert.deepEqual([kind, expected, found], ["failed", "true", "false"]);
  });

  it("say what a call returned, or why it returned nothing", async () => {
    const call = (contract: string, signature: string, args: unknown, returns: unknown) =>
      look({ kind: "call", contract, signature, args: JSON.stringify(args), returns: JSON.stringify(returns) });
    assert.equal((await call("vault", "count() returns (uint256)", [], 42)).kind, "held");
    assert.equal((await call("vault", "keeper() returns (address)", [], world.keeper)).kind, "held");
    for (const [contract, signature, found] of [
      ["vault", "count() returns (uint8[])", "what is no value of its types"],
      ["vault", "cap() returns (uint256)", "1000"],
      ["nobody", "count() returns (uint256)", "nothing: no code, or no such function"],
      ["vault", "decimals() returns (uint8)", "a revert: without a reason"],
    ] as const) {
      const result = await call(contract, signature, [], signature.includes("[]") ? [1] : 7);
      assert.equal(result.kind, "failed");
      assert.ok(result.found.includes(found), `${result.found} is not ${found}`);
    }
  });

  it("find an event with its arguments, indexed and not", async () => {
    const signature = "event Counted(address indexed by, string note, uint256 count)";
    const log = (args: unknown, transactionHash = world.increase, contract = "vault") =>
      look({ kind: "log", contract, signature, args: JSON.stringify(args), transaction: { kind: "named", transactionHash } });
    for (const args of [{ by: world.keeper }, { note: "first", count: "42" }, [world.keeper, "first", 42], {}])
      assert.equal((await log(args)).kind, "held", JSON.stringify(args));
    assert.equal((await log({ note: "second" })).found, `emitted with {"by":"${world.keeper}","count":"42","note":"first"}`);
    assert.equal((await log({ by: { $ref: "vault" } })).kind, "failed");
    assert.equal((await log({}, world.increase, "proxy")).found, "not emitted");
    assert.match((await log({}, ZeroHash as Hex)).found, /no such transaction/);
  });

  it("are read at a block that stands on everything before: until there is one, it is waited for", async () => {
    assert.ok(world.pin.kind === "pinned");
    const pinAt = (since: bigint) =>
      runState(pinAfter, {
        config: { network, block: { kind: "tag", tag: "finalized" } },
        input: { since: [{ number: since, hash: ZeroHash as Hex }] },
        facts: { chain: { block: (request) => world.chain.block(request) } },
      });
    const { number } = world.pin.block;
    await assert.rejects(pinAt(number), { code: "NOT_FINAL_YET" });
    await world.node.rpc("anvil_mine", "0x80");
    const pin = await pinAt(number);
    assert.ok(pin.kind === "pinned" && pin.block.number >= number);
  });

  it("do not say failed of a pin that was lost: the run ends with PIN_LOST", async () => {
    const lost = { call: async () => ({ kind: "block_lost" }) as const };
    const asked = { kind: "call", contract: "vault", signature: "count() returns (uint256)", args: "[]", returns: "42" } as const;
    await assert.rejects(look(asked, lost), { code: "PIN_LOST" });
    const silent = { call: async () => ({ kind: "source_failed" as const, failures: [] }) };
    await assert.rejects(look(asked, silent), { code: "SOURCE_FAILED" });
    const nothingShown = { proof: async () => ({ kind: "unsupported" }) as const, call: async () => ({ kind: "no_overrides" }) as const };
    const slot = { kind: "proxy", contract: "proxy", slot: "admin", value: JSON.stringify(world.admin) } as const;
    await assert.rejects(look(slot, nothingShown), { code: "STORAGE_UNREADABLE" });
  });
});

function addressIn(name: string): Hex {
  const found = world.contracts.find((entry) => entry.name === name);
  return found?.kind === "existing" ? found.address : "0x";
}
