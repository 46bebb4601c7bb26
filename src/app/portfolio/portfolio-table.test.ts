import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TableReader } from "../config-table.ts";
import { parseToml } from "../toml.ts";
import { type PortfolioTable, readPortfolioTables } from "./portfolio-table.ts";

const address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

function read(toml: string): { readonly tables: readonly PortfolioTable[]; readonly problems: readonly string[] } {
  const reader = new TableReader();
  const tables = readPortfolioTables(parseToml(toml, "mfm.toml", "CONFIG_INVALID")["portfolio"], reader);
  return { tables, problems: reader.problems.map(({ path, problem }) => `${path}: ${problem}`) };
}

describe("[portfolio.NAME]", () => {
  it("says whose accounts, where, which tokens and in what they are valued", () => {
    const { tables, problems } = read(`
      [portfolio."acme/primary"]
      networks = ["ethereum", "base"]
      accounts = [{ label = "treasury", address = "${address}" }, { address = "${address.toLowerCase()}" }]
      tokens = ["base=${address}"]
      token_lists = ["builtin", "./own.json"]
      prices = [
        { symbol = "USDC", quote = "USD", unit_price = "1.00" },
        { symbol = "USDT", quote = "USD", unit_price = 1 },
        { symbol = "ETH", quote = "USD", feed = "${address}", network = "ethereum", max_age = "1h" },
      ]
      prove = true
      on_source_failure = "partial"
    `);
    assert.deepEqual(problems, []);
    assert.deepEqual(tables, [
      {
        name: "acme/primary",
        networks: ["ethereum", "base"],
        accounts: [
          { address, label: "treasury" },
          { address, label: undefined },
        ],
        tokens: [{ network: "base", address }],
        tokenLists: ["builtin", "./own.json"],
        prices: [
          { symbol: "USDC", quote: "USD", from: { kind: "fixed", unitPrice: "1" } },
          { symbol: "USDT", quote: "USD", from: { kind: "fixed", unitPrice: "1" } },
          { symbol: "ETH", quote: "USD", from: { kind: "feed", network: "ethereum", address, maxAgeSeconds: 3600 } },
        ],
        block: undefined,
        prove: true,
        onSourceFailure: "partial",
      },
    ]);
  });

  const one = (line: string): string => `[portfolio.a]\naccounts = [{ address = "${address}" }]\n${line}`;
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["an unknown key", one('network = ["x"]'), /^portfolio\.a\.network: no such key; did you mean networks\?/],
    ["no accounts", "[portfolio.a]", /^portfolio\.a\.accounts: is missing/],
    [
      "an address with a slip",
      `[portfolio.a]\naccounts = [{ address = "${address.slice(0, -1)}e" }]`,
      /^portfolio\.a\.accounts\.0\.address: .*checksum/,
    ],
    ["a name like an address", `[portfolio.0x1]\naccounts = [{ address = "${address}" }]`, /^portfolio\.0x1: /],
    ["a float", one('prices = [{ symbol = "A", quote = "B", unit_price = 1.5 }]'), /prices\.0\.unit_price: .*not exact/],
    ["a price from nowhere", one('prices = [{ symbol = "A", quote = "B" }]'), /prices\.0: needs either unit_price or feed/],
    [
      "an age of a fixed price",
      one('prices = [{ symbol = "A", quote = "B", unit_price = 1, max_age = "1h" }]'),
      /prices\.0: network and max_age belong to a feed/,
    ],
    ["another policy", one('on_source_failure = "ignore"'), /on_source_failure: expected one of pause, partial/],
  ];
  for (const [name, toml, says] of refused) {
    it(`refuses ${name}`, () => {
      const { problems } = read(toml);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", says);
    });
  }
});
