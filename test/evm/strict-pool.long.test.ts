/** A node with a real pool's rules, Hardhat's, where anvil takes what others refuse. It is installed on demand, as for the bench. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Wallet } from "ethers";
import { installDeployers } from "../../bench/peers/crash-matrix/deployers.ts";
import type { EffectBackend } from "../../src/kernel/effects/backend.ts";
import { SignerLab, senderOf } from "../keystore/signer-lab.ts";
import { providerAt } from "./asking.ts";
import { target } from "./scene.ts";
import { Sending, intentOf, submitterOver } from "./sending.ts";

const gwei = 1_000_000_000n;
const root = new URL("../../../bench/peers/deployers/", import.meta.url);
const wallet = new Wallet(`0x${"01".repeat(32)}`);

describe("a pool with strict rules", () => {
  let node: ChildProcess;
  let url: string;
  let lab: Awaited<ReturnType<typeof SignerLab.open>>;
  let from: `0x${string}`;
  let backend: EffectBackend;
  const rpc = async (method: string, ...params: unknown[]): Promise<unknown> =>
    providerAt(url).request(method, params, new AbortController().signal);
  before(async () => {
    await installDeployers();
    const command = fileURLToPath(new URL("node_modules/hardhat/internal/cli/bootstrap.js", root));
    node = spawn(process.execPath, [command, "--network", "hardhat", "node", "--hostname", "127.0.0.1", "--port", "0"], {
      cwd: fileURLToPath(new URL("project/", root)),
      stdio: ["ignore", "pipe", "inherit"],
      // The project's configuration wants a node and a key to deploy with; here it is the node.
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], PEER_RPC_URL: "http://127.0.0.1:1", PEER_KEY: wallet.privateKey },
    });
    url = await addressOf(node);
    lab = await SignerLab.open();
    from = await senderOf(lab.signer);
    await rpc("hardhat_setBalance", from, "0xde0b6b3a7640000");
    await rpc("evm_setAutomine", false);
    backend = submitterOver([providerAt(url)], { signer: lab.signer });
  });
  after(async () => {
    await lab.close();
    node.kill("SIGKILL");
  });

  const count = async (): Promise<number> => Number(await rpc("eth_getTransactionCount", from, "latest"));
  const sending = (name: string, change: Parameters<typeof intentOf>[1] = {}): Sending =>
    new Sending(name, intentOf(from, change), backend);

  const sendBeside = async (nonce: number): Promise<void> => {
    const fees = { maxFeePerGas: 20n * gwei, maxPriorityFeePerGas: 5n * gwei };
    const transaction = { type: 2, chainId: 31_337, nonce, to: from, gasLimit: 21_000n, ...fees };
    await rpc("eth_sendRawTransaction", await wallet.signTransaction(transaction));
  };

  it("takes every replacement of ours, a cancel too, and knows what it has (case 33)", async () => {
    const payment = sending("replaced");
    await payment.make();
    assert.equal((await payment.dispatch()).kind, "accepted");
    assert.equal((await payment.dispatch()).kind, "accepted");
    assert.deepEqual(payment.answers, [{ source: "node", answer: "known" }]);
    for (const role of ["replacement", "replacement", "replacement", "cancel", "cancel"] as const) {
      await payment.make(role);
      assert.equal((await payment.dispatch()).kind, "accepted");
      assert.deepEqual(payment.answers, [{ source: "node", answer: "accepted" }]);
    }
    await rpc("evm_mine");
    assert.deepEqual(await payment.look(), { kind: "final", status: "cancelled", candidate: 5 });
    assert.equal(BigInt((await rpc("eth_getBalance", target, "latest")) as string), 0n);
  });

  it("refuses what is outbid in it; a block later better terms compete, and win (case 41)", async () => {
    const nonce = await count();
    await sendBeside(nonce);
    const payment = sending("competing", { replaceAfterBlocks: 1, fees: { ...intentOf(from).fees, minPriorityFeePerGas: 5n * gwei } });
    payment.slot = nonce;
    await payment.make();
    assert.deepEqual(await payment.dispatch(), { kind: "stuck", why: "REPLACEMENT_UNDERPRICED", next: "send" });
    let reading = await payment.dispatch();
    for (let blocks = 0; reading.kind === "stuck" && blocks < 10; blocks++) {
      // Too much for both of them.
      await rpc("hardhat_setNextBlockBaseFeePerGas", `0x${(30n * gwei).toString(16)}`);
      await rpc("evm_mine");
      assert.deepEqual({ ...(await payment.dispatch()), why: "" }, { kind: "stuck", why: "", next: "replace" });
      await payment.make("replacement");
      reading = await payment.dispatch();
    }
    assert.equal(reading.kind, "accepted");
    await rpc("evm_mine");
    await rpc("evm_mine");
    assert.equal((await payment.look()).kind, "final");
  });

  it("says in its own words that the nonce was used up, that there are no funds, and that the gas is too much (cases 39 and 48)", async () => {
    const nonce = await count();
    await rpc("hardhat_setNextBlockBaseFeePerGas", `0x${gwei.toString(16)}`);
    await sendBeside(nonce);
    await rpc("evm_mine");
    const late = sending("late", { finality: { kind: "depth", blocks: 50 } });
    late.slot = nonce;
    await late.make();
    assert.equal((await late.dispatch()).kind, "unknown");
    assert.deepEqual(late.answers, [{ source: "node", answer: "nonce_too_low" }]);
    const heavy = sending("heavy", { gas: 2n ** 24n + 1n });
    await heavy.make();
    assert.deepEqual(await heavy.dispatch(), { kind: "stuck", why: "GAS_TOO_HIGH", next: "send" });
    await rpc("hardhat_setBalance", from, "0x1");
    const poor = sending("poor");
    poor.slot = nonce + 2;
    await poor.make();
    assert.deepEqual(await poor.dispatch(), { kind: "stuck", why: "INSUFFICIENT_FUNDS", next: "send" });
  });
});

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`hardhat ended with ${code ?? "a signal"}`)));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const found = /server at (http:\/\/[\d.]+:\d+)/.exec(said)?.[1];
      if (found === undefined) return;
      child.stdout?.removeAllListeners("data").resume();
      resolve(found);
    });
  });
}
