/** A store that is older than what was sent, as after a backup was restored, on a real node with the real command: nothing is paid again. */
import assert from "node:assert/strict";
import { chmodSync, cpSync, existsSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { PaymentScene, addressOf, sender } from "../chain/payment-scene.ts";
import { SignerHome } from "../keystore/signer-home.ts";
import { type Fields, member, text } from "./mfm.ts";

const alice = addressOf(`0x01${"5a".repeat(18)}11`);
const files = ["", "-wal"];

describe("a store that is older than what was sent", () => {
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
  const balanceOf = async (account: string): Promise<bigint> => BigInt(await rpc<string>("eth_getBalance", account, "latest"));
  const storeAt = (name: string) => ({ MFM_RPC_EIP155_31337: scene.node.url, MFM_STORE_URL: `sqlite:${home.path(name)}` });
  const flags = ["--from", sender, "--network", "eip155:31337", "--no-policy", "--yes"];

  it("learns from the signer what it paid since: the runs of the backup, and those that are started again, come to the same (case 47)", async () => {
    const env = storeAt("paying.db");
    const mfm = (...args: readonly string[]) => home.unlocked(args, { env });
    const pay = (to: string, key: string, ...more: readonly string[]) => mfm("evm", "transfer", to, "3", ...flags, "--key", key, ...more);
    const [first, second] = [1, 2].map((end) => addressOf(`0x02${"5b".repeat(18)}0${end}`)) as [`0x${string}`, `0x${string}`];
    const begun = await pay(first, "first", "--detach");
    const runId = text(member(begun.data, "run"), "runId");
    await home.data(["store", "backup", home.path("backup.db")], 0, { env });
    const hashes = async (): Promise<unknown> => {
      const rows = member(await home.data(["tx", "list"], 0, { env }), "transactions") as readonly Fields[];
      return rows
        .map(({ step, identity, state, slot }) => [step, identity, state, slot])
        .toSorted((left, right) => Number(left[3]) - Number(right[3]));
    };
    // The run that was started later has the lower nonce.
    for (const ended of [await pay(second, "second"), await mfm("run", "resume", runId, "--no-policy")])
      assert.equal(ended.code, 0, ended.err);
    const before = await hashes();
    for (const end of ["", "-wal", "-shm"]) rmSync(home.path(`paying.db${end}`), { force: true });
    cpSync(home.path("backup.db"), home.path("paying.db"));
    for (const ended of [await mfm("run", "resume", runId, "--no-policy"), await pay(second, "second")])
      assert.equal(ended.code, 0, ended.err);
    assert.deepEqual([await balanceOf(first), await balanceOf(second)], [3n * 10n ** 18n, 3n * 10n ** 18n]);
    assert.deepEqual(await hashes(), before);
    await home.data(["run", "replay", runId], 0, { env });
  });

  /** Sends this, and loses that it was replaced: what is mined is the replacement, and the store that is put back is older. Ends with the run as that goes on. */
  const loseReplacement = async (args: readonly string[], db: string) => {
    const env = storeAt(`${db}.db`);
    const keep = (from: string, to: string): void => {
      for (const file of [...files, "-shm"]) rmSync(home.path(`${to}${file}`), { force: true });
      for (const file of files) if (existsSync(home.path(`${from}${file}`))) cpSync(home.path(`${from}${file}`), home.path(`${to}${file}`));
    };
    await rpc("evm_setAutomine", false);
    const started = home.start([...args, ...flags, ...home.unlock], { env });
    started.type("");
    await started.says("err", /waits for effect \S+: accepted/);
    started.child.kill("SIGKILL");
    const [, runId = ""] = /^started (run:[0-9a-f]{64})$/m.exec((await started.ended).err) ?? [];
    keep(`${db}.db`, "backup.db");

    const [{ identity }] = member(await home.data(["tx", "list"], 0, { env }), "transactions") as [Fields];
    await home.data(["tx", "replace", String(identity), "--reason", "slow"], 0, { env });
    const resumed = home.start(["run", "resume", runId, "--no-policy", ...home.unlock], { env });
    resumed.type("");
    const candidatesOf = async (): Promise<readonly Fields[]> =>
      member(await home.data(["tx", "show", String(identity)], 0, { env }), "candidates") as readonly Fields[];
    const isReplaced = async (): Promise<boolean> => {
      const hash = (await candidatesOf())[1]?.["hash"] ?? null;
      return hash !== null && (await rpc("eth_getTransactionByHash", hash)) !== null;
    };
    while (!(await isReplaced()));
    const lost = String((await candidatesOf())[1]?.["hash"]);
    await rpc("evm_setAutomine", true);
    await rpc("evm_mine");
    const first = await resumed.ended;
    assert.equal(first.code, 0, first.err);

    keep("backup.db", `${db}.db`);
    const again = await home.unlocked(["run", "resume", runId, "--no-policy"], { env });
    const { blockNumber, blockHash } = await rpc<Readonly<Record<string, string>>>("eth_getTransactionReceipt", lost);
    const said = `${lost} used up nonce [0-9]+ in block ${Number(blockNumber)} ${blockHash}, which is final, and is none that was sent from here\\.`;
    const says = new RegExp(
      `^evidence +${said} It does exactly what was intended: this may be done already; .*\\n +env +it is at block `,
      "m",
    );
    return { again, runId, env, identity: String(identity), says };
  };

  it("pays nothing again where it lost a replacement: what has the nonce does what was intended, so people decide (case 80)", async () => {
    const paid = () => balanceOf(alice);
    const { again, runId, env, identity, says } = await loseReplacement(["evm", "transfer", alice, "5"], "runs");
    assert.deepEqual([again.code, await paid()], [4, 5n * 10n ** 18n], again.err);
    const run = member(again.data, "run") as Fields;
    assert.deepEqual([text(run, "status"), member(run, "failure")], ["failed", { step: "pay/0001", code: "EFFECT_AMBIGUOUS" }]);
    await rpc("anvil_mine", "0x4");
    assert.equal(await paid(), 5n * 10n ** 18n);
    assert.match((await home.call(["tx", "show", identity], { env })).out, says);
    await home.data(["run", "replay", runId], 0, { env });
  });

  it("tells the people who decide, in words, what has the nonce and where (case 80)", async () => {
    const plan = home.write(
      "grant.toml",
      `on_failure = { policy = "manual", operators = ["${sender}"], quorum = 1 }
[contracts.token]
address = "${scene.at.PlainToken}"
[[configure]]
name = "grant"
contract = "token"
call = "transfer(address to, uint256 value)"
args = ["${alice}", "7"]
`,
    );
    const { again, runId, env, identity, says } = await loseReplacement(["evm", "lifecycle", plan], "grants");
    assert.deepEqual([again.code, member(again.data, "run", "status")], [5, "blocked"], again.err);
    const { out } = await home.call(["run", "obligations", runId], { env });
    assert.match(out, says);
    assert.match(out, /^what +nobody can say whether it took effect/m);
    assert.match((await home.call(["tx", "show", identity], { env })).out, says);
    assert.match(
      (await home.call(["lane", "show", sender], { env })).out,
      /^undecided +what was seen of [0-9]+ contradicts itself, so it keeps its place; /m,
    );
    // For programs the evidence is there as it was recorded.
    const [open] = member(await home.data(["run", "obligations", runId], 0, { env }), "obligations") as [Fields];
    const consumer = member(open, "evidence", "said", "consumed", "consumer");
    assert.match(out, new RegExp(text(consumer, "hash")));
    assert.match(text(open, "contradiction", "what"), new RegExp(`^${text(consumer, "hash")} used up nonce`));
  });

  it("says that it was signed, and not that nothing was sent, where the signer would not sign it again (case 47)", async () => {
    const env = storeAt("strict.db");
    const to = addressOf(`0x03${"5c".repeat(18)}01`);
    const begun = await home.unlocked(["evm", "transfer", to, "3", ...flags, "--key", "strict", "--detach"], { env });
    const runId = text(member(begun.data, "run"), "runId");
    await home.data(["store", "backup", home.path("strict-backup.db")], 0, { env });
    assert.equal((await home.unlocked(["run", "resume", runId, "--no-policy"], { env })).code, 0);
    for (const end of ["", "-wal", "-shm"]) rmSync(home.path(`strict.db${end}`), { force: true });
    cpSync(home.path("strict-backup.db"), home.path("strict.db"));
    home.write("strict.toml", strictPolicy);
    assert.equal((await home.unlocked(["keystore", "policy", "set", "treasury", "--policy", "strict.toml"])).code, 0);
    assert.equal((await home.unlocked(["signer", "start"])).code, 0);
    const standing = async (): Promise<unknown> => {
      const shown = member(await home.data(["lane", "show", sender], 0, { env }), "signed") as readonly Fields[];
      // Of other stores of this account there are some too.
      return shown.flatMap(({ of }) => (of === null ? [] : [[(of as Fields)["step"], (of as Fields)["is"]]]));
    };
    try {
      const resumed = await home.json(["run", "resume", runId], { env });
      assert.equal(resumed.code, 5, resumed.out);
      const status = await home.call(["run", "status", runId], { env });
      assert.match(status.out, /because +SIGNED_OTHERWISE in step pay\/0001/);
      assert.deepEqual(await standing(), [["pay/0001", "intended"]]);
      await home.data(["run", "cancel", runId, "--reason", "it is paid"], 0, { env });
      assert.deepEqual(await standing(), [["pay/0001", "abandoned"]]);
      // What is paid since passes over the nonce, and hides nothing.
      const more = await home.json(["evm", "transfer", alice, "0.000000000000000001", ...flags.slice(0, 4), "--yes"], { env });
      assert.equal(more.code, 0, more.out);
      assert.ok(Number(member(await home.data(["lane", "show", sender], 0, { env }), "next")) > 0);
      assert.deepEqual(await standing(), [["pay/0001", "abandoned"]]);
      const table = await home.call(["lane", "show", sender], { env });
      assert.match(
        table.out,
        /^signed, and not under way here: .*\nNONCE +RUN +STEP +STANDS HERE\n(?:.*\n)*[0-9]+ +\S+ +pay\/0001 +abandoned$/m,
      );
      chmodSync(home.signerFolder, 0o755);
      assert.match((await home.call(["lane", "show", sender], { env })).out, /^signed beside +unknown: FILE_UNSAFE: /m);
      chmodSync(home.signerFolder, 0o700);
    } finally {
      await home.data(["signer", "stop"], 0);
    }
    assert.match((await home.call(["lane", "show", sender], { env })).out, /^signed beside +unknown: the signer process/m);
    assert.equal(await balanceOf(to), 3n * 10n ** 18n);
  });
});

/** Of less than what was paid. */
const strictPolicy = `format = "mfm-policy/1"
[[chains]]
chainId = 31337
maxValue = "1"
maxValuePerDay = "1000000000000000000000"
maxFeePerGas = "1000000000000"
maxGas = "1000000"
`;
