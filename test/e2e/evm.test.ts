/** The commands that send, as programs call them, on a real node: planned, refused, sent once, gone on with after a kill, looked at and replaced. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PaymentScene, addressOf, sender } from "../chain/payment-scene.ts";
import { startAnvil } from "../evm/anvil.ts";
import { type Misbehaviour, faults, startFaultServer } from "../evm/fault-server.ts";
import { startSendProxy } from "../evm/send-proxy.ts";
import { SignerHome } from "../keystore/signer-home.ts";
import { type Document, type Ended, type Fields, member, text } from "./mfm.ts";

const recipients = Array.from({ length: 12 }, (_, index) =>
  addressOf(`0x${(index + 1).toString(16).padStart(2, "0")}${"5a".repeat(18)}${(index + 17).toString(16)}`),
);
const [alice = "", bob = ""] = recipients;

describe("mfm evm", () => {
  let scene: PaymentScene;
  let home: SignerHome;

  before(async () => {
    [scene, home] = await Promise.all([PaymentScene.set(), SignerHome.openTreasury()]);
  });
  after(async () => {
    await home.close();
    await scene.end();
  });

  const env = () => ({ MFM_RPC_EIP155_31337: scene.node.url });
  const flags = ["--from", sender, "--network", "eip155:31337"];
  const plan = (...args: readonly string[]): Promise<Ended & Document> => home.json(["evm", ...args, ...flags, "--plan"], { env: env() });
  const send = (...args: readonly string[]): Promise<Ended & Document> =>
    home.unlocked(["evm", ...args, ...flags, "--no-policy"], { env: env() });
  const balanceOf = async (account: string): Promise<bigint> => BigInt(await scene.node.rpc<string>("eth_getBalance", account, "latest"));
  const codeOf = ({ error, code }: Ended & Document): readonly unknown[] => [error.code, code];

  it("plans: every transaction simulated, what is spent, and the spec; nothing is sent or stored", async () => {
    const nonce = await scene.node.rpc<string>("eth_getTransactionCount", sender, "latest");
    home.write("payout.csv", `recipient,amount,id\n${alice},1.5,a\n${bob},0.25,b\n`);
    const { data, code } = await plan("transfer", "--file", "payout.csv");
    assert.equal(code, 0);
    const transactions = member(data, "transactions") as readonly Fields[];
    assert.deepEqual(
      transactions.map(({ title, to, value, problem }) => [title, to, value, problem]),
      [
        ["line 2 (a)", alice, "1500000000000000000", null],
        ["line 3 (b)", bob, "250000000000000000", null],
      ],
    );
    assert.match(text(data, "specRef"), /^sha256:/);
    assert.equal(await scene.node.rpc<string>("eth_getTransactionCount", sender, "latest"), nonce);
    assert.deepEqual(member(await home.data(["run", "list"]), "runs"), []);
  });

  it("plans within what mfm.toml says of the network; flags are over it", async () => {
    home.write(
      "fees.toml",
      '[network.local]\nid = "eip155:31337"\nfees = { min_priority_fee_per_gas = "3gwei", max_fee_per_gas = "70gwei" }\n',
    );
    const fees = async (...more: readonly string[]) => {
      const { data } = await plan("transfer", alice, "1", "--config-file", "fees.toml", ...more);
      return ["priorityFeePerGas", "tipFrom", "ceiling"].map((name) => member(data, "fees", name));
    };
    assert.deepEqual(await fees(), ["3000000000", "policy", "70000000000"]);
    assert.deepEqual(await fees("--max-fee-per-gas", "60gwei"), ["3000000000", "policy", "60000000000"]);
  });

  it("shows people the plan as a table, with decoded arguments", async () => {
    const shown = await home.call(["evm", "transfer", alice, "7", "--token", scene.at.PlainToken, ...flags, "--plan"], { env: env() });
    // The token has no decimals() to read.
    assert.match(shown.err, /TOKEN_REFUSED/);
    const called = await home.call(["evm", "call", scene.at.Counter, "add(uint256 by, string note)", "3", "three", ...flags, "--plan"], {
      env: env(),
    });
    assert.match(called.out, /add\(by = 3, note = three\)/);
    assert.match(called.out, /SPENT AT MOST/);
  });

  it("plans with what the node suggests where it keeps no history of fees, says so, and refuses a chain without base fees", async () => {
    const proxy = await startFaultServer(scene.node.url);
    const lacking = faults.refuses({ code: -32601, message: "the method does not exist/is not available" }, "eth_feeHistory");
    proxy.misbehave(lacking);
    const shown = await home.call(["evm", "transfer", alice, "1", ...flags, "--plan"], { env: { MFM_RPC_EIP155_31337: proxy.url } });
    assert.match(shown.out, /tip [\d.]+ gwei as the node suggests \(maxPriorityFeePerGas\)/);
    await proxy.stop();
    const old = await startAnvil("--hardfork", "berlin");
    const refused = await home.json(["evm", "transfer", alice, "1", ...flags, "--plan"], { env: { MFM_RPC_EIP155_31337: old.url } });
    await old.stop();
    assert.deepEqual(codeOf(refused), ["BASE_FEE_MISSING", 1]);
  });

  it("names every line that cannot be paid, and does not plan", async () => {
    home.write("wrong.csv", `recipient,amount\n${alice},0\n${sender},1\n0x12,1\n`);
    const refused = await plan("transfer", "--file", "wrong.csv");
    assert.deepEqual(codeOf(refused), ["PAYOUT_INVALID", 2]);
    assert.match(refused.error.message, /line 2: .*line 3: .*line 4: /);
  });

  it("refuses to start what the simulation shows to fail, with the contract's reason", async () => {
    const signature = "add(uint256 by, string note)";
    const refused = await send(
      "call",
      scene.at.Counter,
      signature,
      "11",
      "x",
      "--abi",
      "error TooMuch(uint256 given, uint256 most)",
      "--yes",
    );
    assert.deepEqual(codeOf(refused), ["PLAN_WOULD_FAIL", 1]);
    assert.match(refused.error.message, /SIMULATION_REVERTED: .*TooMuch\(given = 11, most = 10\)/);
    const poor = await plan("transfer", alice, "20000");
    assert.equal(poor.code, 1);
    assert.match(JSON.stringify(member(poor.data, "problems")), /FUNDS_INSUFFICIENT/);
  });

  it("starts nothing that is not confirmed, and nothing but what was planned", async () => {
    assert.deepEqual(codeOf(await send("transfer", alice, "1")), ["CONFIRMATION_NEEDED", 2]);
    const other = `sha256:${"0".repeat(64)}`;
    assert.deepEqual(codeOf(await send("transfer", alice, "1", "--yes", "--expect-spec", other)), ["SPEC_UNEXPECTED", 2]);
  });

  it("pays each line once, also when the command is killed; another goes on, and the history verifies", async () => {
    home.write("many.csv", `recipient,amount\n${recipients.map((recipient, index) => `${recipient},0.${index + 1}`).join("\n")}\n`);
    const args = [
      "evm",
      "transfer",
      "--file",
      "many.csv",
      ...flags,
      "--no-policy",
      "--yes",
      "--key",
      "payroll",
      "--window",
      "4",
      ...home.unlock,
    ];
    const killed = home.start(args, { env: env() });
    killed.type("");
    const [, runId = ""] = await killed.says("err", /started (run:[0-9a-f]+)[^]*waits for effect/);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const resumed = await home.unlocked(["run", "resume", runId, "--no-policy"], { env: env() });
    assert.equal(resumed.code, 0, resumed.err);
    // The key names the run that was started: nothing is planned or paid again.
    const { code, data, err } = await home.json(args, { env: env() });
    assert.equal(code, 0, err);
    assert.equal(text(member(data, "run") as Fields, "runId"), runId);
    assert.match((await home.call(args, { env: env() })).out, / 0\.12 ETH /);
    for (const [index, recipient] of recipients.entries())
      assert.equal(await balanceOf(recipient), (BigInt(`${index + 1}`) * 10n ** 18n) / 10n ** BigInt(String(index + 1).length));
    await home.data(["run", "replay", runId]);
  });

  it("replaces and shows what does not get on, and shows its lane", async () => {
    await scene.node.rpc("evm_setAutomine", false);
    const running = home.start(["evm", "transfer", alice, "1", ...flags, "--no-policy", "--yes", ...home.unlock], { env: env() });
    running.type("");
    await running.says("err", /waits for effect pay\/0001: accepted/);
    const [first] = member(await home.data(["tx", "list", "--limit", "1"]), "transactions") as readonly Fields[];
    const hash = text(first ?? {}, "identity");
    const low = await home.json(["tx", "replace", hash.slice(0, 12), "--reason", "slow", "--max-fee-per-gas", "1gwei"]);
    assert.deepEqual(codeOf(low), ["FEE_TERMS_REFUSED", 2]);
    assert.match(low.err, /from [\d.]+gwei on/);
    await home.data(["tx", "replace", hash.slice(0, 12), "--reason", "slow"]);
    const lane = await home.data(["lane", "show", sender]);
    assert.equal((member(lane, "taken") as readonly Fields[]).length, 1);
    let shown = await home.data(["tx", "show", hash]);
    while ((member(shown, "candidates") as readonly Fields[]).length < 2) shown = await home.data(["tx", "show", hash]);
    await scene.node.rpc("evm_setAutomine", true);
    await scene.node.rpc("evm_mine");
    const { code, err } = await running.ended;
    assert.equal(code, 0, err);
    shown = await home.data(["tx", "show", hash]);
    const candidates = member(shown, "candidates") as readonly Fields[];
    assert.deepEqual(
      candidates.map(({ role }) => role),
      ["first", "replacement"],
    );
    assert.equal(text(member(shown, "receipt") as Fields, "status"), "success");
    assert.deepEqual((member(shown, "vouchedBy") as readonly string[]).length, 1);
    assert.match(JSON.stringify(member(shown, "happened")), /replacement asked for by .*: slow/);
  });

  it("says of a payout that did not succeed which lines were paid, and which were not", async () => {
    await scene.node.rpc("evm_setAutomine", false);
    home.write("three.csv", `recipient,amount,id\n${alice},0.1,may/a\n${bob},0.2,may/b\n${recipients[2] ?? ""},0.3,may/c\n`);
    const running = home.start(["evm", "transfer", "--file", "three.csv", ...flags, "--no-policy", "--yes", ...home.unlock], {
      env: env(),
    });
    running.type("");
    const listed = async (): Promise<readonly Fields[]> =>
      member(await home.data(["tx", "list", "--state", "dispatched"]), "transactions") as readonly Fields[];
    let rows = await listed();
    while (rows.length < 3) rows = await listed();
    const second = rows.find(({ step }) => step === "pay/0002") ?? {};
    await home.data(["tx", "cancel", text(second, "identity"), "--reason", "not due"]);
    const isInPool = async (): Promise<boolean> => {
      const candidates = member(await home.data(["tx", "show", text(second, "effect")]), "candidates") as readonly Fields[];
      const hash = candidates[1]?.["hash"] ?? null;
      return hash !== null && (await scene.node.rpc("eth_getTransactionByHash", hash)) !== null;
    };
    while (!(await isInPool()));
    await scene.node.rpc("evm_setAutomine", true);
    await scene.node.rpc("evm_mine");
    const { code, out } = await running.ended;
    assert.equal(code, 4, out);
    for (const words of [
      /1 +may\/a +0x\w+ +0\.1 ETH +paid +0x/,
      /2 +may\/b +0x\w+ +0\.2 ETH +not paid: cancelled/,
      /3 +may\/c +0x\w+ +0\.3 ETH +paid +0x/,
    ])
      assert.match(out, words);
  });

  it("shows what became of the one that was replaced, where the chain takes that", async () => {
    await scene.node.rpc("evm_setAutomine", false);
    const proxy = await startSendProxy(scene.node.url);
    let first: string | undefined;
    // The node never takes the replacement.
    proxy.onSend(({ hash }) => ({ fault: (first ??= hash) === hash ? "accept" : "refuse" }));
    const running = home.start(["evm", "transfer", alice, "1", ...flags, "--no-policy", "--yes", ...home.unlock], {
      env: { MFM_RPC_EIP155_31337: proxy.url },
    });
    running.type("");
    await running.says("err", /waits for effect pay\/0001: accepted/);
    await home.data(["tx", "replace", first ?? "", "--reason", "slow"]);
    while (proxy.sends.every(({ hash }) => hash === first)) await scene.node.rpc("eth_chainId");
    await scene.node.rpc("evm_setAutomine", true);
    await scene.node.rpc("evm_mine");
    const { code, err } = await running.ended;
    await proxy.stop();
    assert.equal(code, 0, err);
    const shown = await home.data(["tx", "show", first ?? ""]);
    assert.equal((member(shown, "candidates") as readonly Fields[]).length, 2);
    assert.deepEqual([member(shown, "receipt", "transactionHash"), member(shown, "receipt", "status")], [first, "success"]);
    assert.deepEqual(member(shown, "comparison", "agrees"), true);
  });

  it("tells programs what nobody may miss in the one document, with no log file", async () => {
    const proxy = await startFaultServer(scene.node.url);
    let lies = 2;
    // As a provider that fell behind what is settled.
    const answer: Misbehaviour["answer"] = async ({ method, params }, upstream) =>
      method === "eth_getTransactionCount" && lies-- > 0
        ? { result: `0x${(Number(await upstream<string>(method, ...params)) - 1).toString(16)}` }
        : undefined;
    proxy.misbehave({ answer });
    const sent = await home.unlocked(["evm", "transfer", alice, "1", ...flags, "--no-policy", "--yes"], {
      env: { MFM_RPC_EIP155_31337: proxy.url },
    });
    await proxy.stop();
    assert.equal(sent.code, 0, sent.err);
    const { warnings } = sent as unknown as { readonly warnings: readonly Fields[] };
    assert.deepEqual(
      warnings.map(({ details }) => [member(details, "kind"), member(details, "account")]),
      [["nonces_free", sender]],
    );
  });

  it("says which transactions and lanes it does not know", async () => {
    assert.deepEqual(codeOf(await home.json(["tx", "show", "0xdeadbeef"])), ["TRANSACTION_UNKNOWN", 2]);
    assert.deepEqual(codeOf(await home.json(["lane", "show", "nobody"])), ["LANE_UNKNOWN", 2]);
    const explain = (next: string) => home.json(["lane", "explain", sender, "--next", next, "--reason", "none"]);
    assert.deepEqual(codeOf(await explain("1000000")), ["LANE_NOT_AWAITED", 1]);
    // What settled transactions used up is known.
    assert.deepEqual(codeOf(await explain("1")), ["USAGE", 2]);
  });

  it("refuses a call where there is no contract, and a tip that is more than the fee", async () => {
    const { data } = await plan("call", alice, "set(uint256 value)", "1");
    assert.deepEqual(
      (member(data, "problems") as readonly Fields[]).map(({ code }) => code),
      ["CONTRACT_MISSING"],
    );
    const fees = ["--max-fee-per-gas", "1gwei", "--max-priority-fee-per-gas", "2gwei"];
    assert.deepEqual(codeOf(await home.json(["tx", "replace", "0x1", ...fees, "--reason", "none"])), ["USAGE", 2]);
    assert.deepEqual(codeOf(await plan("transfer", alice, "1", "--expect-spec", "nonsense")), ["USAGE", 2]);
  });

  it("plans with what the signer process that runs would refuse, whatever the account is called", async () => {
    const problemsFor = async (from: string): Promise<readonly unknown[]> => {
      const args = ["evm", "transfer", alice, "1", "--from", from, "--network", "eip155:31337", "--plan"];
      const { data, err } = await home.json(args, { env: env() });
      assert.equal(err, "");
      return (member(data, "problems") as readonly Fields[]).map(({ code }) => code);
    };
    const listed = await home.unlocked(["keystore", "list"]);
    const [{ id }] = member(listed.data, "entries") as [{ readonly id: string }];
    assert.deepEqual(await problemsFor(sender), []);
    assert.equal((await home.unlocked(["signer", "start"])).code, 0);
    for (const from of [sender, sender.toLowerCase(), "treasury", id.slice(0, 8)])
      assert.deepEqual(await problemsFor(from), ["POLICY_MISSING"], from);
    assert.deepEqual(await problemsFor("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"), []);
  });
});
