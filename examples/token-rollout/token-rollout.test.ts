/** The rollout on a real node: what it leaves is looked at by another library; a rollout that fails takes back the roles it gave. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Contract, JsonRpcProvider, ZeroHash, id } from "ethers";
import { type LifecycleFile, readLifecycleFile } from "../../src/app/contracts/lifecycle-file.ts";
import { artifactsBeside } from "../../src/app/contracts/load-artifacts.ts";
import { readInput } from "../../src/app/op-input.ts";
import type { LifecycleRequest } from "../../src/ops/contracts/lifecycle-config.ts";
import { terms } from "../../test/contracts/plans.ts";
import { Workshop } from "../../test/contracts/workshop.ts";
import { root } from "../../test/docs/pages.ts";

const file = `${root}examples/token-rollout/rollout.toml`;
const abi = ["function hasRole(bytes32 role, address account) view returns (bool)", "function symbol() view returns (string)"];

let shop: Workshop;
let ethers: JsonRpcProvider;
before(async () => {
  shop = await Workshop.open();
  ethers = new JsonRpcProvider(shop.node.url, 31337, { staticNetwork: true });
});
after(async () => {
  ethers.destroy();
  await shop.close();
});

async function readRollout(): Promise<LifecycleRequest> {
  const data = await readInput({ file, value: undefined, set: [] }, { folder: root, readStdin: async () => "" });
  const read: LifecycleFile = readLifecycleFile(data, {
    load: artifactsBeside(file),
    sender: shop.from,
    block: { kind: "tag", tag: "latest" },
  });
  const { approval: _approval, ...request } = read;
  return { ...request, network: "eip155:31337", sender: { from: shop.from, terms } };
}

async function countRevoked(): Promise<number> {
  return (await ethers.getLogs({ topics: [id("RoleRevoked(bytes32,address,address)")], fromBlock: 0 })).length;
}

describe("the token rollout", () => {
  it("leaves a token that its timelock alone decides about", async () => {
    const report = await shop.report("rollout", await readRollout());
    assert.equal(report.validated?.assertions.length, 9);
    const at = new Map(report.contracts.map(({ name, address }) => [name, address]));
    const token = new Contract(at.get("token") ?? "", abi, ethers);
    assert.equal(await token["symbol"]?.(), "ROLL");
    const roles = [
      [id("MINTER_ROLE"), at.get("timelock"), true],
      [ZeroHash, at.get("timelock"), true],
      [ZeroHash, shop.from, false],
    ] as const;
    for (const [role, account, holds] of roles) assert.equal(await token["hasRole"]?.(role, account), holds);
    const admin = new Contract(at.get("token_admin") ?? "", ["function owner() view returns (address)"], ethers);
    assert.equal(await admin["owner"]?.(), at.get("timelock"));
  });

  it("that fails takes back the roles it gave, and leaves what cannot be undone to people", async () => {
    const request = await readRollout();
    const revoked = await countRevoked();
    const [minter, admin] = request.configure ?? [];
    assert.ok(minter !== undefined && admin !== undefined);
    // The sender has no right to mint.
    const mint = { name: "mint", contract: "token", signature: "mint(address, uint256)", args: '["$sender", 1]', value: "0" };
    const { validate: _validate, ...rest } = request;
    const { outcome, history } = await shop.run("failing", {
      ...rest,
      configure: [minter, admin, { ...mint, args: JSON.stringify([shop.from, "1"]) }],
    });
    assert.equal(outcome.run.status, "blocked");
    assert.deepEqual(outcome.run.failure, { step: "configure/mint", code: "SIMULATION_REVERTED" });
    const done = history.events.flatMap(({ event }) => (event.type === "StepCompleted" ? [event.data.step] : []));
    assert.deepEqual(done.slice(-2), ["configure/admin/undo", "configure/minter/undo"]);
    assert.equal((await countRevoked()) - revoked, 2);
  });
});
