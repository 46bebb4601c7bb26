/** `mfm portfolio` through the real command on a real chain: what a person sees, what programs read, what never gets out. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import * as z from "zod";
import { tokenListOf } from "../../src/app/dev-chain/token-list.ts";
import { renderSnapshotSchema } from "../../src/app/portfolio/snapshot-schema.ts";
import { type DevChain, startDevChain } from "../../src/testing/index.ts";
import { root } from "../docs/pages.ts";
import { type FaultServer, faults, startFaultServer } from "../evm/fault-server.ts";
import { type Fields, Home, member, text } from "./mfm.ts";

describe("mfm portfolio", () => {
  let chain: DevChain;
  let server: FaultServer;
  const home = new Home({}, "warm");
  before(async () => {
    chain = await startDevChain();
    server = await startFaultServer(chain.url);
    home.write("tokens.json", tokenListOf(chain, Date.now()));
    home.write(
      "mfm.toml",
      `[network.local]
       id = "eip155:31337"
       native = { symbol = "ETH", decimals = 18 }
       finality = "latest"
       providers = [{ ref = "own-node", url = "${chain.url}" }]
       [portfolio."acme/primary"]
       networks = ["local"]
       accounts = [{ label = "treasury", address = "${chain.holder}" }]
       token_lists = ["tokens.json"]
       prices = [{ symbol = "ETH", quote = "USD", feed = "${chain.feeds[0]?.address ?? ""}" }, { symbol = "DUSD", quote = "USD", unit_price = "1" }]`,
    );
  });
  after(async () => {
    await server.stop();
    await chain.stop();
    home.remove();
  });

  const flags = (url: string): string[] => ["--rpc", url, "--chain-id", "31337", "--token-list", "tokens.json"];
  const snapshot = (...args: readonly string[]): string[] => ["portfolio", "snapshot", chain.holder, ...args];
  const runIdOf = (data: Fields): string => text(data, "run", "runId");

  it("shows where it was read, what is held and worth, and how to verify it", async () => {
    const { code, out, err } = await home.call(["portfolio", "snapshot", "acme/primary"]);
    assert.equal(code, 0, err);
    assert.match(out, /^NETWORK +CHAIN +BLOCK .*\nlocal +31337 +\d+ +0x[0-9a-f]{64} +[\d-]+ [\d:]+ +recomputed +1\n/);
    assert.match(
      out,
      new RegExp(`\\ntreasury ${chain.holder} on local\\nASSET +AMOUNT +USD +EVIDENCE +CONTRACT\\nETH +10000 +25000000 +attested\\n`),
    );
    assert.match(out, /\nDUSD +1234\.56 +1234\.56 +attested +0x/);
    assert.match(out, /\nTOTAL\nUSD {2}at least 25001234\.56\n/);
    const [, id = ""] = /\nverify +mfm run replay (run:[0-9a-f]{12})\n/.exec(out) ?? [];
    assert.equal(member(await home.data(["run", "replay", id]), "result"), "verified");
    assert.equal((await home.call(["portfolio", "show", id])).out, out);
  });

  it("needs no configuration for a chain of one's own, and gives programs what the published schema says", async () => {
    const elsewhere = new Home({ "tokens.json": home.read("tokens.json") }, "warm");
    try {
      const odd = Object.values(chain.oddTokens).flatMap((address) => ["--token", address]);
      const data = await elsewhere.data(snapshot(...flags(chain.url), ...odd, "--prove", "--csv", "holdings.csv"));
      z.fromJSONSchema(JSON.parse(renderSnapshotSchema()) as never).parse(data["output"]);
      const lines = elsewhere.read("holdings.csv").split("\r\n");
      assert.ok(lines.every((line) => !/(^|,)"?[=+@]/.test(line)));
      assert.ok(lines.some((line) => line.includes(",DUSD,Demo Dollar,6,ok,1234560000,1234.56,1,true,true,")));
      const again = await elsewhere.json(snapshot(...flags(chain.url), "--csv", "holdings.csv"));
      assert.deepEqual([again.error.code, again.code], ["FILE_EXISTS", 2]);
    } finally {
      elsewhere.remove();
    }
  });

  it("says what changed between two snapshots, and what was not looked at", async () => {
    const first = runIdOf(await home.data(["portfolio", "snapshot", "acme/primary"]));
    const [, , other = ""] = chain.accounts;
    await chain.rpc("eth_sendTransactionSync", [{ from: other, to: chain.holder, value: "0xde0b6b3a7640000" }]);
    const second = runIdOf(await home.data(["portfolio", "snapshot", "acme/primary"]));
    const bare = runIdOf(await home.data(snapshot("--network", "local", "--token-list", "none")));
    const diff = await home.data(["portfolio", "diff", first, second.slice(0, 16)]);
    const changed = (member(diff, "changes") as readonly Fields[]).filter(({ kind }) => kind === "changed");
    assert.deepEqual(
      changed.map(({ symbol, label, delta }) => ({ symbol, label, delta })),
      [{ symbol: "ETH", label: "treasury", delta: { raw: "1000000000000000000", amount: "1" } }],
    );
    const { out } = await home.call(["portfolio", "diff", second, bare]);
    assert.match(out, /DUSD +was not looked at +1234\.56 +-/);
    assert.doesNotMatch(out, /gone/);
    const hello = runIdOf(await home.data(["run", "start", "mfm.proof/hello@1"]));
    const refused = await home.json(["portfolio", "diff", first, hello]);
    assert.deepEqual([refused.error.code, refused.code], ["NOT_A_SNAPSHOT", 2]);
  });

  it("starts a fresh run where the pinned block is reorganised away, and attaches to the same runs with the same key", async () => {
    await chain.rpc("anvil_mine", ["0x5"]);
    let reorganisations = 0;
    server.misbehave({
      async answer({ method }, upstream) {
        if (method === "eth_call" && reorganisations++ === 0) await upstream("anvil_reorg", 3, []);
        return undefined;
      },
    });
    const args = snapshot(...flags(server.url), "--key", "reorg");
    const { code, out, err } = await home.call(args);
    server.misbehave();
    assert.equal(code, 0, err);
    const [lost, fresh] = [...err.matchAll(/started (run:[0-9a-f]{64})/g)].map(([, id]) => id);
    assert.ok(lost !== undefined && fresh !== undefined && out.includes(fresh));
    assert.equal(member(await home.data(["run", "status", lost]), "run", "failure", "code"), "PIN_LOST");
    assert.equal(runIdOf(await home.data(args)), fresh);
  });

  it("with --allow-partial, says what is missing; nothing is shown as zero", async () => {
    server.misbehave(faults.chainId(1));
    const { code, out } = await home.call(snapshot(...flags(server.url), "--allow-partial"));
    server.misbehave();
    assert.equal(code, 0);
    assert.match(out, /no source could be read\n/);
    assert.match(out, /\n9 balances not read: no source could read it\n/);
    assert.match(out, /warning: this snapshot is not complete/);
  });

  it("lets no part of a URL or header with a secret out, whatever happens", async () => {
    const canary = "cAnArY0123456789";
    const secret = new Home({ "tokens.json": home.read("tokens.json") }, "warm");
    try {
      const { host } = new URL(server.url);
      const url = `http://me:${canary}a@${host}/v3/${canary}b?key=${canary}c`;
      secret.write(
        "mfm.toml",
        `[network.local]\nid = "eip155:31337"\nproviders = [{ ref = "p", url = { env = "MY_URL" }, headers = { X-Api-Key = { env = "MY_KEY" } } }]\n`,
      );
      const env = { MY_URL: url, MY_KEY: `${canary}d` };
      const logged = ["--log-level", "trace", "--log-file", "log.ndjson"];
      const take = snapshot("--network", "local", "--token-list", "tokens.json", "--allow-partial", ...logged);
      const said = [await secret.call(take, { env })];
      assert.equal(said[0]?.code, 0, said[0]?.err);
      const { authorization = "" } = server.headers.at(-1) ?? {};
      assert.deepEqual(
        [Buffer.from(authorization.replace("Basic ", ""), "base64").toString(), server.headers.at(-1)?.["x-api-key"]],
        [`me:${canary}a`, `${canary}d`],
      );
      // Those that no patience helps against: the others are tried for half a minute.
      for (const fault of [faults.chainId(1), faults.status(401)]) {
        server.misbehave(fault);
        said.push(await secret.call(["--output-format", "json", ...take], { env }));
      }
      server.misbehave();
      said.push(await secret.call(["doctor"], { env }));
      said.push(await secret.call(snapshot("--rpc", url, "--chain-id", "31337")));
      said.push(await secret.call(["doctor"], { env: { MFM_RPC_LOCAL: `wss://${canary}` } }));
      secret.write("wrong.toml", `[network.local]\nid = "eip155:31337"\nproviders = [{ ref = "p", url = "${url}" }]\n`);
      said.push(await secret.call(["doctor", "--config-file", "wrong.toml"]));
      const runs = (await secret.data(["run", "list"]))["runs"] as readonly Fields[];
      for (const { runId } of runs) said.push(await secret.call(["run", "export", String(runId)]));
      for (const { out, err } of said) assert.ok(!`${out}${err}`.includes(canary), `${out}${err}`);
      assert.match(said.at(-1 - runs.length)?.out ?? "", /write \{ env = "NAME" \}/);
      for (const file of ["log.ndjson", ...readdirSync(secret.path("data/mfm")).map((name) => `data/mfm/${name}`)])
        assert.ok(!readFileSync(secret.path(file)).includes(canary), file);
    } finally {
      secret.remove();
    }
  });

  it("refuses what cannot work before anything is recorded", async () => {
    const cases: readonly (readonly [readonly string[], string, number])[] = [
      [["portfolio", "snapshot"], "USAGE", 2],
      [["portfolio", "snapshot", "acme/primry"], "PORTFOLIO_UNKNOWN", 2],
      [snapshot("--network", "lcoal"), "NETWORK_UNKNOWN", 2],
      [snapshot("--network", "eip155:987654321"), "NETWORK_NOT_READY", 3],
      [snapshot("--network", "local", "--token-list", "mfm.toml"), "TOKEN_LIST_INVALID", 2],
      [snapshot("--network", "local", "--rpc", "https://rpc.example/?k=secret", "--chain-id", "1"), "URL_HAS_SECRET", 2],
      [snapshot("--network", "local", "--price", "ETH/USD=1", "--price", "ETH/USD=2"), "PORTFOLIO_INVALID", 2],
    ];
    const count = (await home.data(["run", "list"]))["runs"] as readonly unknown[];
    for (const [args, code, exit] of cases) {
      const refused = await home.json(args);
      assert.deepEqual([refused.error.code, refused.code], [code, exit], args.join(" "));
    }
    assert.equal(((await home.data(["run", "list"]))["runs"] as readonly unknown[]).length, count.length);
  });

  it("names in its help the list that package.json pins", async () => {
    const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
      readonly dependencies: { readonly [name: string]: string };
    };
    const version = dependencies["@uniswap/default-token-list"] ?? "";
    const { out } = await home.call(["portfolio", "snapshot", "--help"]);
    assert.ok(out.replaceAll(/\s+/g, " ").includes(`default list ${version}`));
    assert.ok(readFileSync(`${root}docs/portfolio.md`, "utf8").includes(`default list ${version}`));
  });
});
