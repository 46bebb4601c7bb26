/** Lanes that do not get on, as people see them: what is shown, and that the next step which the words name works. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PaymentScene, addressOf, sender } from "../chain/payment-scene.ts";
import { startSendProxy } from "../evm/send-proxy.ts";
import { SignerHome } from "../keystore/signer-home.ts";
import { type Fields, member, text } from "./mfm.ts";

const [alice = "", bob = "", carol = ""] = ["01", "02", "03"].map((first) => addressOf(`0x${first}${"5a".repeat(18)}11`));

describe("a lane that does not get on", () => {
  let scene: PaymentScene;
  let home: SignerHome;

  before(async () => {
    [scene, home] = await Promise.all([PaymentScene.set(), SignerHome.openTreasury()]);
  });
  after(async () => {
    home.remove();
    await scene.end();
  });

  const rpc = <T = unknown>(method: string, ...params: unknown[]): Promise<T> => scene.node.rpc<T>(method, ...params);
  const flags = ["--from", sender, "--network", "eip155:31337", "--no-policy", "--yes"];
  const count = async (): Promise<number> => Number(await rpc<string>("eth_getTransactionCount", sender, "latest"));
  const balanceOf = async (account: string): Promise<bigint> => BigInt(await rpc<string>("eth_getBalance", account, "latest"));

  /** From a wallet with the same key. */
  async function sendBeside(): Promise<void> {
    await rpc("eth_sendTransactionSync", { from: sender, to: bob, value: "0x7" });
  }

  it("after a reorg below what is final, in which somebody else took the nonce: the next process that sends tells it (case 36)", async () => {
    const env = { MFM_RPC_EIP155_31337: scene.node.url };
    const pay = (amount: string) => home.unlocked(["evm", "transfer", carol, amount, ...flags], { env });
    const settled = await pay("1");
    assert.equal(settled.code, 0, settled.err);
    const [{ transactionHash, block }] = member(settled.data, "output", "payments") as readonly [Fields];
    await rpc("anvil_reorg", 1, []);
    await sendBeside();
    const { warnings, code, err } = (await pay("2")) as unknown as { warnings: readonly Fields[]; code: number; err: string };
    assert.equal(code, 0, err);
    assert.deepEqual(
      warnings.map(({ details }) => [member(details, "kind"), member(details, "transactions"), member(details, "block", "hash")]),
      [["settled_block_lost", [transactionHash], member(block, "hash")]],
    );
    const offered = async (...words: readonly string[]): Promise<string> => (await home.call(["complete", "--", ...words])).out;
    assert.match(await offered("lane", "show", ""), new RegExp(`^eip155:31337/${sender}\t0 under way, 0 waiting\n:4\n$`));
    assert.match(
      await offered("tx", "show", String(transactionHash).slice(0, 6)),
      new RegExp(`^${String(transactionHash)}\tpay/0001 settled\n:4\n$`),
    );
  });

  it("because a nonce below is missing shows which one, and goes on once that is sent (case 75)", async () => {
    const env = { MFM_RPC_EIP155_31337: scene.node.url };
    const missing = await count();
    await sendBeside();
    await rpc("evm_setAutomine", false);
    const waiting = home.start(["evm", "transfer", alice, "1", ...flags, ...home.unlock], { env });
    waiting.type("");
    await waiting.says("err", /waits for effect pay\/0001: accepted/);
    // The wallet's transaction is gone, and the node does not have it any more.
    await rpc("anvil_reorg", 1, []);
    await rpc("anvil_mine", "0x4");
    let lane = await home.data(["lane", "show", sender]);
    while (member(lane, "gap") === null) lane = await home.data(["lane", "show", sender]);
    assert.deepEqual(member(lane, "gap"), [missing]);
    const shown = await home.call(["lane", "show", sender]);
    assert.match(shown.out, new RegExp(`gap +nothing is under way with nonce ${missing}: whatever is sent from the account next`));
    const next = home.start(["evm", "transfer", bob, "2", ...flags, ...home.unlock], { env });
    next.type("");
    await next.says("err", /waits for effect pay\/0001/);
    await rpc("evm_setAutomine", true);
    await rpc("evm_mine");
    const ended = [await next.ended, await waiting.ended];
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0],
      ended.map(({ err }) => err).join("\n"),
    );
    assert.deepEqual([await count(), await balanceOf(alice)], [missing + 2, 10n ** 18n]);
    assert.equal(member(await home.data(["lane", "show", sender]), "gap"), null);
  });

  it("because the signer signed what was never sent waits for that nonce, also when it is explained, and says how it ends (case 47)", async () => {
    const signed = await count();
    const proxy = await startSendProxy(scene.node.url);
    proxy.onSend(() => ({ fault: "drop" }));
    const elsewhere = { MFM_STORE_URL: `sqlite:${home.path("elsewhere.db")}`, MFM_RPC_EIP155_31337: proxy.url };
    const lost = home.start(["evm", "transfer", alice, "3", ...flags, ...home.unlock], { env: elsewhere });
    lost.type("");
    while (proxy.sends.length === 0) await rpc("eth_chainId");
    lost.child.kill("SIGKILL");
    await lost.ended;
    await proxy.stop().catch(() => undefined);
    const env = { MFM_RPC_EIP155_31337: scene.node.url };
    const refused = await home.unlocked(["evm", "transfer", bob, "4", ...flags], { env });
    assert.equal(refused.code, 5, refused.err);
    const runId = text(member(refused.data, "run"), "runId");
    assert.match((await home.call(["run", "status", runId])).out, /because +LANE_QUARANTINED in step pay\/0001\nhint +See `mfm lane show/);
    assert.match(
      (await home.call(["lane", "show", sender])).out,
      /^quarantined +what was signed, or is on the chain, is not known here[^]*resume: RETRIES_EXHAUSTED, because of LANE_QUARANTINED/m,
    );
    const said = await home.call(["lane", "explain", sender, "--next", String(signed + 1), "--reason", "it was never sent"]);
    assert.equal(said.code, 0, said.err);
    assert.match(said.out, /if it waits +a nonce below \d+ is still free on the chain: .* or send anything with it from a wallet/);
    const resumed = home.start(["run", "resume", runId, "--no-policy", ...home.unlock], { env });
    resumed.type("");
    // Nothing is sent above it.
    await resumed.says("err", /nonces that settled transactions used up, or an explained lane says are used up, are free/);
    assert.equal(await count(), signed);
    await sendBeside();
    const { code, err } = await resumed.ended;
    assert.equal(code, 0, err);
    assert.equal(await count(), signed + 2);
  });

  it("because a lower one of ours was lost says which run to resume, and goes on once it is (case 75)", async () => {
    const env = { MFM_RPC_EIP155_31337: scene.node.url };
    const [from, had] = [await count(), await balanceOf(alice)];
    await rpc("evm_setAutomine", false);
    const lost = home.start(["evm", "transfer", alice, "5", ...flags, ...home.unlock], { env });
    lost.type("");
    await lost.says("err", /waits for effect pay\/0001: accepted/);
    lost.child.kill("SIGKILL");
    const [, runId = ""] = /^started (run:[0-9a-f]{64})$/m.exec((await lost.ended).err) ?? [];
    await rpc("anvil_dropAllTransactions");
    const waiting = home.start(["evm", "transfer", bob, "6", ...flags, ...home.unlock], { env });
    waiting.type("");
    await waiting.says("err", /waits for effect pay\/0001: accepted/);
    await rpc("anvil_mine", "0x4");
    let lane = await home.data(["lane", "show", sender]);
    while (member(lane, "gap") === null) lane = await home.data(["lane", "show", sender]);
    assert.deepEqual(member(lane, "gap"), []);
    const { out } = await home.call(["lane", "show", sender]);
    const [, named = ""] = /^gap .*: mfm run resume (\S+)$/m.exec(out) ?? [];
    assert.ok(named !== "" && runId.startsWith(named), out);
    await rpc("evm_setAutomine", true);
    const resumed = home.start(["run", "resume", named, "--no-policy", ...home.unlock], { env });
    resumed.type("");
    for (const { code, err } of [await resumed.ended, await waiting.ended]) assert.equal(code, 0, err);
    assert.deepEqual([await count(), (await balanceOf(alice)) - had], [from + 2, 5n * 10n ** 18n]);
  });
});
