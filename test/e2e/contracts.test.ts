/** `mfm evm lifecycle` and `mfm evm deploy` as people type them, on a real node, with a vault that signs. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ZeroHash, id, keccak256 } from "ethers";
import { toCanonical } from "../../src/kernel/canonical.ts";
import type { Json } from "../../src/kernel/json.ts";
import { root } from "../docs/pages.ts";
import { type Anvil, startAnvil } from "../evm/anvil.ts";
import { faults, startFaultServer } from "../evm/fault-server.ts";
import { people, sign } from "../kernel/people.ts";
import { KeystoreHome, testAddress, testKey } from "./keystore-home.ts";
import { member, text } from "./mfm.ts";

const rollout = `${root}examples/token-rollout/rollout.toml`;
const artifacts = `${root}node_modules/@openzeppelin/contracts/build/contracts`;

interface Plan {
  readonly specRef: string;
  readonly transactions: readonly {
    readonly step: string;
    readonly to: string | null;
    readonly gas: string | null;
    readonly problem: { readonly code: string; readonly message: string } | null;
    readonly unforeseen: { readonly why: string; readonly after: string } | null;
  }[];
  readonly problems: readonly { readonly code: string }[];
  readonly moved: unknown;
}

/** A timelock that is deployed, and calls of it: by anybody but itself its delay is not changed. */
const locked = (...calls: readonly string[]): string => `
[contracts.lock]
artifact = "${artifacts}/TimelockController.json"
args = { minDelay = 60, proposers = ["$sender"], executors = [], admin = "$sender" }
${calls.map((call) => `[[configure]]\ncontract = "lock"\n${call}\n`).join("")}`;
const proposer = `{ "$keccak" = "PROPOSER_ROLE" }, "$sender"`;
const grant = `name = "grant"\ncall = "grantRole"\nargs = [${proposer}]`;
const change = `name = "change"\ncall = "updateDelay"\nargs = [1]`;

describe("contracts on the command line", () => {
  let node: Anvil;
  let home: KeystoreHome;
  let common: readonly string[];
  before(async () => {
    [node, home] = [await startAnvil(), new KeystoreHome({}, "warm")];
    await home.init();
    assert.equal((await home.import("privatekey", testKey, "--label", "deployer")).code, 0);
    const rules = {
      chainId: 31_337,
      creation: "allow",
      maxValue: "0",
      maxValuePerDay: "0",
      maxFeePerGas: "500000000000",
      maxGas: "16000000",
    };
    const policy = { format: "mfm-policy/1", chains: [rules] };
    const set = ["keystore", "policy", "set", "deployer", "--policy", "-", ...home.unlock];
    assert.equal((await home.json(set, { input: JSON.stringify(policy) })).code, 0);
    common = ["--from", testAddress, "--rpc", node.url, "--chain-id", "31337", "--finality", "1"];
  });
  after(async () => {
    home.remove();
    await node.stop();
  });

  const nonce = async (): Promise<number> => Number(await node.rpc<string>("eth_getTransactionCount", testAddress, "latest"));

  it("are paid in the network's own asset", async () => {
    const deploy = ["evm", "deploy", `${artifacts}/ERC1967Proxy.json`, testAddress, "0x", "--value", "0.5", ...common, "--plan"];
    // The account that it names is no contract: the plan says so, and what it would be paid.
    const { data, err } = await home.json(deploy);
    const { transactions = [] } = data as unknown as { readonly transactions?: readonly { readonly value: string }[] };
    assert.deepEqual(
      transactions.map(({ value }) => value),
      ["500000000000000000"],
      err,
    );
  });

  it("are planned as a table before anything is sent, and started only as planned", async () => {
    const shown = await home.call(["evm", "lifecycle", rollout, ...common, "--plan"]);
    assert.equal(shown.code, 0, shown.err);
    for (const words of ["deploy timelock", "minDelay = 172800", "initialize", "grantRole(role = keccak256 of MINTER_ROLE", "specRef"])
      assert.ok(shown.out.includes(words), `${words} in ${shown.out}`);
    const plan = (await home.data(["evm", "lifecycle", rollout, ...common, "--plan"])) as unknown as Plan;
    assert.deepEqual(plan.problems, []);
    // What stands on a contract that is not there yet is simulated after what would make it.
    assert.deepEqual(
      plan.transactions.map(({ step, gas, unforeseen }) => [step, gas !== null, unforeseen]),
      ["deploy/logic", "deploy/timelock", "deploy/token", "configure/minter", "configure/admin", "configure/leave"].map((step) => [
        step,
        true,
        null,
      ]),
    );
    const other = ["--expect-spec", `sha256:${"0".repeat(64)}`];
    assert.equal(
      (await home.json(["evm", "lifecycle", rollout, ...common, "--yes", ...other, ...home.unlock])).error.code,
      "SPEC_UNEXPECTED",
    );
    assert.equal(await nonce(), 0);
    const send = ["--yes", "--key", "rollout", "--expect-spec", plan.specRef, ...home.unlock];
    const ran = await home.call(["evm", "lifecycle", rollout, ...common, ...send]);
    assert.equal(ran.code, 0, ran.err);
    for (const words of [/token +0x[0-9a-fA-F]{40} +sent/, /minter +sent/, /proxy-admin +so +proven/]) assert.match(ran.out, words);
    assert.equal(await nonce(), 6);
    const again = await home.call(["evm", "lifecycle", rollout, ...common, ...send]);
    assert.deepEqual([again.code, await nonce()], [0, 6]);
  });

  it("are planned whole: a call that would revert on what is deployed before it is told with its reason, and nothing starts", async () => {
    home.write("locked.toml", locked(change, grant));
    const { data } = await home.json(["evm", "lifecycle", "locked.toml", ...common, "--plan"]);
    const { transactions, problems, moved } = data as unknown as Plan;
    // What stands on others is not simulated alone.
    assert.deepEqual(moved, { assets: [], unnamed: 0, unread: 2 });
    assert.deepEqual(
      transactions.map(({ step, gas, problem, unforeseen }) => [step, gas !== null, problem?.code, unforeseen]),
      [
        ["deploy/lock", true, undefined, null],
        ["configure/change", false, "SIMULATION_REVERTED", null],
        ["configure/grant", false, undefined, { why: "fails_before", after: "configure/change" }],
      ],
    );
    assert.match(transactions[1]?.problem?.message ?? "", /TimelockUnauthorizedCaller\(caller = 0x/);
    assert.equal(problems.length, 1);
    const { error } = await home.json(["evm", "lifecycle", "locked.toml", ...common, "--yes", ...home.unlock]);
    assert.equal(error.code, "PLAN_WOULD_FAIL");
  });

  it("are planned as their steps would do it: what holds by then is not sent", async () => {
    home.write(
      "held.toml",
      locked(`${grant}\nunless = { call = "hasRole", args = [${proposer}], returns = true }`, grant.replace("grant", "again")),
    );
    const { data } = await home.json(["evm", "lifecycle", "held.toml", ...common, "--plan"]);
    assert.deepEqual(
      (data as unknown as Plan).transactions.map(({ gas, unforeseen }) => [gas !== null, unforeseen]),
      [
        [true, null],
        [false, { why: "holds_by_then", after: "deploy/lock" }],
        [true, null],
      ],
    );
  });

  it("are planned as far as it goes where the provider cannot simulate one after the other, and the plan says so", async () => {
    const proxy = await startFaultServer(node.url);
    proxy.misbehave(faults.refuses({ code: -32601, message: "the method does not exist/is not available" }, "eth_simulateV1"));
    home.write("granted.toml", locked(grant));
    const shown = await home.call(["evm", "lifecycle", "granted.toml", ...common.with(3, proxy.url), "--plan"]);
    await proxy.stop();
    assert.equal(shown.code, 0, shown.err);
    assert.match(shown.out, /grant: not simulated after deploy\/lock: the provider has no eth_simulateV1/);
  });

  it("are each deployed once, whoever is killed when: the same command goes on", async () => {
    const first = await nonce();
    const args = ["evm", "lifecycle", rollout, ...common, "--yes", "--key", "killed", ...home.unlock];
    const running = home.start(args);
    for (let tries = 0; (await nonce()) < first + 4 && tries < 2000; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    running.child.kill("SIGKILL");
    const { signal } = await running.ended;
    const ran = await home.call(args);
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual([signal, await nonce()], ["SIGKILL", first + 6]);
  });

  it("are deployed one by one from an artifact, and there already where their address follows from their code", async () => {
    const before = await nonce();
    const args = [`${artifacts}/TimelockController.json`, "60", "[]", "[]", testAddress, "--salt", `0x${"5".repeat(64)}`];
    for (const key of ["first", "second"]) {
      const ran = await home.call(["evm", "deploy", ...args, ...common, "--yes", "--key", key, ...home.unlock]);
      assert.equal(ran.code, 0, ran.err);
    }
    assert.equal(await nonce(), before + 1);
  });

  it("are not called where there is no contract", async () => {
    const call = `[contracts.gone]\naddress = "0x000000000000000000000000000000000000dEaD"\n[[configure]]\ncontract = "gone"\nname = "set"\ncall = "set(uint256 value)"\nargs = [1]\n`;
    home.write("gone.toml", call);
    const { data, code } = await home.json(["evm", "lifecycle", "gone.toml", ...common, "--plan"]);
    assert.deepEqual([(data as unknown as Plan).problems.map((problem) => problem.code), code], [["CONTRACT_MISSING"], 1]);
  });

  it("wait for people who have to agree, and are shown to them as they read them: the call decoded, what is paid, what it costs at most", async () => {
    home.write("agreed.toml", `[approval]\noperators = ["${people.ann.address}"]\n${locked(grant)}`);
    const started = await home.json(["evm", "lifecycle", "agreed.toml", ...common, "--yes", ...home.unlock]);
    const run = text(member(started.data, "run"), "runId");
    const until = ["--until", new Date(Math.ceil(Date.now() / 1000 + 3600) * 1000).toISOString()];
    const agree = async (): Promise<number | null> => {
      const asked = await home.data(["run", "approve", run, "--document", ...until]);
      const signature = await sign(people.ann, toCanonical(member(asked, "document") as Json));
      const agreed = await home.json(["run", "approve", run, "--signature", signature, ...until]);
      assert.equal(agreed.code, 0, agreed.err);
      return (await home.call(["run", "resume", run, ...home.unlock], { env: { MFM_RPC_EIP155_31337: node.url } })).code;
    };
    assert.match(
      (await home.call(["run", "approve", run])).out,
      /deploy\/lock\n[^]*\ndeploys +lock, of [^]*\npays +0 ETH\nfee +at most [\d.]+ ETH\n/,
    );
    assert.equal(await agree(), 5);
    const { out } = await home.call(["run", "approve", run]);
    for (const words of [/^calls +grantRole\(bytes32,address\)$/m, new RegExp(`^ +role +${id("PROPOSER_ROLE")}$`, "m"), /^pays +0 ETH$/m])
      assert.match(out, words);
    assert.equal(await agree(), 0);
  });

  it("are validated without a sender or a vault; what is not so is shown with what was found", async () => {
    const assertion = (name: string, hash: string) =>
      `[[validate.assertions]]\nname = "${name}"\nkind = "code_hash"\ncontract = "factory"\nhash = "${hash}"\n`;
    const factory = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
    const hash = keccak256(await node.rpc<string>("eth_getCode", factory, "latest"));
    const file = `[contracts.factory]\naddress = "${factory}"\n${assertion("right", hash)}${assertion("wrong", ZeroHash)}`;
    home.write("validate.toml", file);
    const ended = await home.call(["evm", "lifecycle", "validate.toml", ...common.slice(2)]);
    assert.equal(ended.code, 4, ended.err);
    assert.match(ended.out, /right +so +proven\nwrong +not so +proven/);
    assert.ok(ended.out.includes(`expected  ${ZeroHash}\n  found     ${hash}`), ended.out);
    assert.match(ended.out, /VALIDATION_FAILED in step report/);
  });

  it("say what is wrong with a file, an artifact or arguments before a signer is asked", async () => {
    home.write("wrong.toml", '[contracts.token]\nartifact = "nowhere.json"\n[[configure]]\nname = "x"\n');
    home.write(
      "typo.toml",
      `[contracts.token]\nartefact = "x"\n[contracts.lock]\nartifact = "${artifacts}/TimelockController.json"\nargs = [60]\n`,
    );
    for (const [args, code, words] of [
      [["lifecycle", "wrong.toml"], "FILE_UNREADABLE", /nowhere.json/],
      [["lifecycle", "typo.toml"], "LIFECYCLE_INVALID", /contracts.token.artefact: no such key; did you mean artifact\?/],
      [["deploy", `${artifacts}/IERC20.json`], "ARTIFACT_HAS_NO_CODE", /IERC20/],
      [["deploy", `${artifacts}/TimelockController.json`, "60"], "LIFECYCLE_INVALID", /4 values, found 1/],
    ] as const) {
      const { error } = await home.json(["evm", ...args, ...common, "--plan"]);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
    }
  });
});
