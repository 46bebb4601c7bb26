/** The development chain as tests and commands use it: what stands on it, how finality moves, and that it ends with its owner. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { decodeFunctionResult, encodeFunctionData, type Hex, parseAbi, toFunctionSelector } from "viem";
import { findAnvil } from "../../src/app/dev-chain/anvil-binary.ts";
import { holdDevChain } from "../../src/app/dev-chain/open.ts";
import { type DevChain, startDevChain } from "../../src/testing/index.ts";

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function heightOf(chain: DevChain, tag: string): Promise<number> {
  return Number(((await chain.rpc("eth_getBlockByNumber", [tag, false])) as { readonly number: string }).number);
}

describe("development chain", () => {
  it("has everything in a finalized block, and finality that moves with the head", async () => {
    const chain = await startDevChain();
    try {
      for (const { address } of [...chain.tokens, ...chain.feeds, { address: chain.multicall3 }])
        assert.notEqual(await chain.rpc("eth_getCode", [address, "finalized"]), "0x");
      assert.equal(
        Number(await chain.rpc("eth_call", [{ to: chain.multicall3, data: toFunctionSelector("getChainId()") }, "finalized"])),
        31337,
      );
      const [from, to] = chain.accounts;
      const seen: number[][] = [];
      for (let block = 0; block < 2; block++) {
        await chain.rpc("eth_sendTransactionSync", [{ from, to, value: "0x1" }]);
        seen.push([await heightOf(chain, "latest"), await heightOf(chain, "safe"), await heightOf(chain, "finalized")]);
      }
      assert.deepEqual(seen, [
        [4, 3, 2],
        [5, 4, 3],
      ]);
    } finally {
      await chain.stop();
    }
    assert.ok(!isAlive(chain.pid));
    await assert.rejects(chain.rpc("eth_chainId"), { code: "DEV_CHAIN_GONE" });
  });

  it("has price feeds that answer what they are set to, round by round", async () => {
    const chain = await startDevChain();
    try {
      const [feed] = chain.feeds;
      const abi = parseAbi([
        "function set(uint80 id, int256 answer, uint256 updatedAt, uint80 answeredInRound)",
        "function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)",
        "function getRoundData(uint80 id) view returns (uint80, int256, uint256, uint256, uint80)",
      ]);
      const read = async (data: Hex): Promise<Hex> => (await chain.rpc("eth_call", [{ to: feed?.address, data }, "latest"])) as Hex;
      const first = encodeFunctionData({ abi, functionName: "getRoundData", args: [1n] });
      const latest = encodeFunctionData({ abi, functionName: "latestRoundData" });
      assert.equal(await read(first), await read(latest));
      const before = await read(first);
      const data = encodeFunctionData({ abi, functionName: "set", args: [2n, -5n, 1_700_000_000n, 1n] });
      await chain.rpc("eth_sendTransactionSync", [{ from: chain.accounts[0], to: feed?.address, data }]);
      const round = decodeFunctionResult({ abi, functionName: "latestRoundData", data: await read(latest) });
      assert.deepEqual(round, [2n, -5n, 1_700_000_000n, 1_700_000_000n, 1n]);
      assert.equal(await read(first), before);
      assert.equal(decodeFunctionResult({ abi, functionName: "latestRoundData", data: before })[1], feed?.answer);
    } finally {
      await chain.stop();
    }
  });

  it("takes a chain id and a port, and says when it cannot have the port", async () => {
    const chain = await startDevChain({ chainId: 4242 });
    try {
      assert.equal(await chain.rpc("eth_chainId"), "0x1092");
      await assert.rejects(startDevChain({ port: Number(new URL(chain.url).port) }), { code: "DEV_CHAIN_FAILED" });
      await assert.rejects(chain.rpc("eth_noSuchThing"), { code: "DEV_CHAIN_CALL_FAILED" });
    } finally {
      await chain.stop();
    }
  });

  it("mines in an interval where it is asked to", async () => {
    const chain = await startDevChain({ blockTime: 1 });
    try {
      const start = await heightOf(chain, "latest");
      while ((await heightOf(chain, "latest")) === start);
    } finally {
      await chain.stop();
    }
  });

  it("ends when its owner is killed", async () => {
    const library = new URL("../../src/testing/index.js", import.meta.url).href;
    const program = `const { startDevChain } = await import(${JSON.stringify(library)}); console.log((await startDevChain()).pid);`;
    const owner = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(owner.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    assert.ok(isAlive(pid));
    owner.kill("SIGKILL");
    while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
  });

  it("is missed by whoever holds it, when it ends by itself", async () => {
    const chain = await startDevChain();
    const held = holdDevChain(chain, new AbortController().signal);
    process.kill(chain.pid, "SIGKILL");
    await assert.rejects(held, { code: "DEV_CHAIN_FAILED" });
  });

  it("says where anvil is missing", () => {
    assert.throws(() => findAnvil({ os: "sunos", cpu: "x64" }), { code: "DEV_CHAIN_UNAVAILABLE" });
    const foreign = process.platform === "win32" ? { os: "linux", cpu: "x64" } : { os: "win32", cpu: "x64" };
    assert.throws(() => findAnvil(foreign), { code: "DEV_CHAIN_UNAVAILABLE" });
  });
});
