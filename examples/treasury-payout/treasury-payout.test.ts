/** The example as its page tells it, with the real command and a real node. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Wallet } from "ethers";
import { type Fields, member, text } from "../../test/e2e/mfm.ts";
import { type Anvil, startAnvil } from "../../test/evm/anvil.ts";
import { SignerHome } from "../../test/keystore/signer-home.ts";

/** Anvil's accounts, known to everybody: the treasury, and the two who approve. */
const keys = {
  treasury: "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  ann: "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
  bob: "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
};
const approvers = [keys.ann, keys.bob].map((key) => new Wallet(key).address);
const hosting = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";
const start = 10_000n * 10n ** 18n;

const file = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../examples/treasury-payout/${name}`, import.meta.url)), "utf8");

describe("treasury-payout", () => {
  let node: Anvil;
  let home: SignerHome;
  before(async () => {
    node = await startAnvil();
    home = await SignerHome.open(
      Object.entries(keys).map(([label, key]) => ({ label, privateKey: Buffer.from(key.slice(2), "hex") })),
      "warm",
    );
    for (const name of ["payout.csv", "policy.toml", "mfm.toml"]) home.write(name, file(name));
    assert.equal((await mfm("keystore", "policy", "set", "treasury", "--policy", "policy.toml")).code, 0);
  });
  after(async () => {
    home.remove();
    await node.stop();
  });

  const mfm = (...args: readonly string[]) => home.unlocked(args, { env: { MFM_RPC_EIP155_31337: node.url } });
  const balanceOf = async (account: string): Promise<bigint> => BigInt(await node.rpc<string>("eth_getBalance", account, "latest"));
  const approving = [...approvers.map((approver) => `--approver=${approver}`), "--approve-from=10"];
  const flags = [
    "--from=treasury",
    "--network=eip155:31337",
    "--max-fee-per-gas=100gwei",
    "--max-priority-fee-per-gas=5gwei",
    ...approving,
  ];

  it("is refused where the policy does not know an address, before anything is signed", async () => {
    home.write("other.csv", `${file("payout.csv")}0x0000000000000000000000000000000000C0fFEe,1,x,\n`.replace("C0fFEe", "c0ffee"));
    const planned = await mfm("evm", "transfer", "--file", "other.csv", ...flags, "--plan");
    assert.equal(planned.code, 1);
    assert.match(JSON.stringify(member(planned.data, "problems")), /POLICY_REFUSED.*line 6/);
  });

  it("is refused where the run would ask nobody, or others than the policy, to agree to what is large", async () => {
    const asking = (...approvers: readonly string[]) =>
      mfm("evm", "transfer", "--file", "payout.csv", ...flags.slice(0, 4), ...approvers, "--plan");
    const other = "--approver=0x14dC79964da2C08b23698B3D3cc7Ca32193d9955";
    for (const wrong of [[], [other, "--approve-from=10"], [...approving, other, "--quorum=2"]]) {
      const planned = await asking(...wrong);
      assert.equal(planned.code, 1);
      assert.match(
        JSON.stringify(member(planned.data, "problems")),
        /^\[\{"code":"POLICY_REFUSED","message":"line 5 .*the signer signs what 2 of .* agreed to, and the run asks (?:nobody|[12] of)/,
      );
    }
  });

  it("is refused by the signer where a run was started that asks nobody", async () => {
    const [head, large] = [
      file("payout.csv").split("\n")[0],
      file("payout.csv")
        .split("\n")
        .find((line) => line.startsWith(hosting)),
    ];
    home.write("large.csv", `${head}\n${large}\n`);
    // Nobody who signs is there when it is planned.
    const begun = await mfm("evm", "transfer", "--file", "large.csv", ...flags.slice(0, 4), "--yes", "--detach", "--key", "unasked");
    assert.equal(begun.code, 0, begun.err);
    const ended = await mfm("run", "resume", text(member(begun.data, "run"), "runId"));
    assert.equal(ended.code, 4, ended.out);
    assert.match(ended.out, /POLICY_REFUSED/);
    assert.equal(await balanceOf(hosting), start);
  });

  it("pays what is small, waits for two people with what is large, and pays each line once", async () => {
    const planned = await mfm("evm", "transfer", "--file", "payout.csv", ...flags, "--plan");
    assert.equal(planned.code, 0, planned.out);
    const expected = `--expect-spec=${text(planned.data, "specRef")}`;
    const begun = await mfm("evm", "transfer", "--file", "payout.csv", ...flags, "--yes", "--key", "payout-2026-05", expected);
    assert.equal(begun.code, 5, begun.err);
    const run = member(begun.data, "run") as Fields;
    const runId = text(run, "runId");
    assert.equal(text(run, "status"), "blocked");
    assert.equal(await balanceOf(hosting), start);
    const asked = await mfm("run", "approve", runId);
    const [request] = member(asked.data, "requests") as readonly Fields[];
    assert.deepEqual(request?.["transaction"], { call: null, deploys: null, value: "20 ETH", feeAtMost: "0.00252 ETH" });
    for (const account of ["ann", "bob"]) assert.equal((await mfm("run", "approve", runId, "--account", account, "--no-policy")).code, 0);
    const ended = await mfm("run", "resume", runId);
    assert.equal(ended.code, 0, ended.err);
    const lines = file("payout.csv").trim().split("\n").slice(1);
    for (const line of lines) {
      const [recipient = "", amount = ""] = line.split(",");
      assert.equal(await balanceOf(recipient), start + BigInt(Number(amount) * 100) * 10n ** 16n, line);
    }
    await home.data(["run", "replay", runId]);
  });
});
