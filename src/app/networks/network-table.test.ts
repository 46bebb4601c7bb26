import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { TableReader } from "../config-table.ts";
import { parseToml } from "../toml.ts";
import { type NetworkTable, readNetworkTables } from "./network-table.ts";

function read(toml: string): { readonly tables: readonly NetworkTable[]; readonly problems: readonly string[] } {
  const reader = new TableReader();
  const tables = readNetworkTables(parseToml(toml, "mfm.toml", "CONFIG_INVALID")["network"], reader);
  return { tables, problems: reader.problems.map(({ path, problem }) => `${path}: ${problem}`) };
}

describe("[network.NAME]", () => {
  it("says everything that can be said of a network", () => {
    const { tables, problems } = read(`
      [network.ethereum]
      id = "eip155:1"
      finality = "safe"
      native = { symbol = "ETH", decimals = 18 }
      writes = false
      confirmations = 64
      broadcast = "all"
      fees = { percentile = 60, blocks = 10, base_fee_percent = 150, min_priority_fee_per_gas = "0.5gwei", max_priority_fee_per_gas = "3gwei", max_fee_per_gas = "90000000000" }
      gas = { margin_percent = 130, cap = 3000000 }
      [[network.ethereum.providers]]
      ref = "primary"
      url = { env = "ETH_RPC_URL" }
      headers = { Authorization = { env = "ETH_RPC_AUTH" } }
      batch_items = 50
      concurrency = 4
      timeout = "5s"
      [[network.ethereum.providers]]
      ref = "own-node"
      url = "http://127.0.0.1:8545"
    `);
    assert.deepEqual(problems, []);
    const none = { headers: {}, batchItems: undefined, concurrency: undefined, timeoutMs: undefined };
    assert.deepEqual(tables, [
      {
        name: "ethereum",
        id: "eip155:1",
        finality: "safe",
        native: { symbol: "ETH", decimals: 18 },
        writes: false,
        broadcast: "all",
        terms: {
          fees: {
            percentile: 60,
            blocks: 10,
            baseFeePercent: 150,
            minPriorityFeePerGas: 500_000_000n,
            maxPriorityFeePerGas: 3_000_000_000n,
            maxFeePerGas: 90_000_000_000n,
          },
          gas: { marginPercent: 130, cap: 3_000_000n },
          confirmations: 64,
        },
        providers: [
          {
            ref: "primary",
            url: { env: "ETH_RPC_URL" },
            headers: { Authorization: { env: "ETH_RPC_AUTH" } },
            batchItems: 50,
            concurrency: 4,
            timeoutMs: 5000,
          },
          { ref: "own-node", url: "http://127.0.0.1:8545", ...none },
        ],
      },
    ]);
  });

  const one = (line: string): string => `[network.a]\nid = "eip155:1"\n${line}`;
  const provider = (members: string): string => one(`providers = [{ ref = "p", ${members} }]`);
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["an unknown key", one("finalty = 1"), /^network\.a\.finalty: no such key; did you mean finality\?/],
    ["a missing id", "[network.a]", /^network\.a\.id: is missing/],
    ["a name for an id", '[network.a]\nid = "mainnet"', /^network\.a\.id: expected a chain/],
    ["a name that no variable can have", '[network."a b"]\nid = "eip155:1"', /^network\.a b: a network's name/],
    ["writing, said with a text", one('writes = "yes"'), /^network\.a\.writes: expected/],
    ["confirmations that are none", one("confirmations = 0"), /^network\.a\.confirmations: /],
    ["a broadcast that is none", one('broadcast = "most"'), /^network\.a\.broadcast: /],
    ["a finality that is none", one('finality = "finalised"'), /^network\.a\.finality: .*did you mean finalized\?/],
    ["an unknown member of fees", one('fees = { max_fee = "1gwei" }'), /^network\.a\.fees\.max_fee: no such key/],
    [
      "a fee in another unit",
      one('fees = { max_fee_per_gas = "1ether" }'),
      /^network\.a\.fees\.max_fee_per_gas: expected a fee such as "30gwei"/,
    ],
    ["a fee that is a number", one("fees = { max_fee_per_gas = 1 }"), /^network\.a\.fees\.max_fee_per_gas: expected .*, found a number/],
    [
      "a least tip above the most",
      one('fees = { min_priority_fee_per_gas = "2gwei", max_priority_fee_per_gas = "1gwei" }'),
      /\.fees\.min_priority_fee_per_gas: is more than max_priority_fee_per_gas/,
    ],
    [
      "a ceiling below the tip",
      one('fees = { min_priority_fee_per_gas = "2gwei", max_fee_per_gas = "1gwei" }'),
      /\.fees\.max_fee_per_gas: is less than what a tip may be/,
    ],
    ["less gas than estimated", one("gas = { margin_percent = 90 }"), /^network\.a\.gas\.margin_percent: .*from 100 to 1000/],
    ["decimals out of range", one('native = { symbol = "X", decimals = 99 }'), /^network\.a\.native\.decimals: .*from 0 to 36/],
    [
      "a URL with a key",
      provider('url = "https://rpc.example/v3/0123456789abcdef0123456789abcdef"'),
      /\.providers\.0\.url: .*\{ env = "NAME" \}/,
    ],
    ["a URL with a password", provider('url = "https://me:hunter2@rpc.example"'), /\.url: .*\{ env = "NAME" \}/],
    ["a URL of another scheme", provider('url = "wss://hunter2.example"'), /\.url: has the scheme wss/],
    [
      "a header in the open",
      provider('url = "http://x", headers = { Authorization = "hunter2" }'),
      /\.headers\.Authorization: write \{ env/,
    ],
    [
      "a variable without a name",
      provider("url = { env = 1 }"),
      /\.url\.env: expected the name of an environment variable, found a number/,
    ],
    ["a time limit that is none", provider('url = "http://x", timeout = "soon"'), /\.timeout: expected a duration/],
    ["a ref that could be a URL", one('providers = [{ ref = "https://hunter2", url = "http://x" }]'), /\.ref: .*cannot be a URL/],
    ["a provider without a URL", one('providers = [{ ref = "p" }]'), /\.url: is missing/],
  ];
  for (const [name, toml, says] of refused) {
    it(`refuses ${name}, without showing its value`, () => {
      const { problems } = read(toml);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", says);
      assert.doesNotMatch(problems[0] ?? "", /hunter2|0123456789abcdef/);
    });
  }

  it("is as the documents show it", () => {
    const page = readFileSync(new URL("../../../../docs/transactions.md", import.meta.url), "utf8");
    const [, toml = ""] = /```toml\n(\[network\.[^`]+)```/.exec(page) ?? [];
    const { tables, problems } = read(toml);
    assert.deepEqual([problems, tables[0]?.terms?.fees.minPriorityFeePerGas, tables[0]?.terms?.gas.cap], [[], 30n * 10n ** 9n, 5_000_000n]);
  });

  it("refuses two networks of one chain, and two providers of one name", () => {
    const { problems } = read(
      '[network.a]\nid = "eip155:1"\nproviders = [{ ref = "p", url = "http://x" }, { ref = "p", url = "http://y" }]\n[network.b]\nid = "eip155:1"',
    );
    assert.deepEqual(problems, ["network.a.providers: two of them have the same ref", "network.b.id: is that of network.a too"]);
  });
});
