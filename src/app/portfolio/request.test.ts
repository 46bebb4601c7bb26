import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { ErrorCode } from "../../kernel/errors.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { KnownNetwork } from "../../transports/evm/known-networks.ts";
import type { Configuration } from "../configuration.ts";
import type { NetworkTable } from "../networks/network-table.ts";
import { Networks } from "../networks/networks.ts";
import type { Place } from "../place.ts";
import type { PortfolioTable } from "./portfolio-table.ts";
import { type PreparedSnapshot, prepareSnapshot } from "./request.ts";
import { type SnapshotFlags, wishOf } from "./snapshot-flags.ts";

const ada = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const token = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";
const feed = "0xde709f2102306220921060314715629080e2fb77";
const folder = mkdtempSync(join(tmpdir(), "mfm-request-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "list.json"),
  JSON.stringify({
    name: "List",
    timestamp: "2026-01-01T00:00:00Z",
    version: { major: 1, minor: 0, patch: 0 },
    tokens: [{ chainId: 777, address: token, name: "Token", symbol: "TOK", decimals: 6 }],
  }),
);

const chain = (network: KnownNetwork["network"], name: string): KnownNetwork => ({
  network,
  names: [name],
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  providers: [],
  finality: "finalized",
  isTestnet: false,
});
const chains = [chain("eip155:1", "ethereum"), chain("eip155:777", "five")];
const nothing: SnapshotFlags = {
  subjects: [ada],
  networks: [],
  block: undefined,
  tokens: [],
  tokenLists: [],
  prices: [],
  allowPartial: false,
  prove: false,
};
const portfolio: PortfolioTable = {
  name: "acme/primary",
  networks: ["five"],
  accounts: [{ address: ada, label: "treasury" }],
  tokens: [],
  tokenLists: ["list.json"],
  prices: [{ symbol: "ETH", quote: "USD", from: { kind: "fixed", unitPrice: "1" } }],
  block: undefined,
  prove: true,
  onSourceFailure: "partial",
};

interface Setting {
  readonly tables?: readonly NetworkTable[];
  readonly rpc?: Place["rpc"];
}

async function prepare(flags: Partial<SnapshotFlags>, { tables = [], rpc }: Setting = {}): Promise<PreparedSnapshot> {
  const place: Place = { folder, env: {}, configFile: undefined, storeUrl: undefined, rpc };
  const configuration = { file: join(folder, "mfm.toml"), folder, portfolios: [portfolio] } as unknown as Configuration;
  const networks = new Networks({
    place,
    tables,
    chains: {
      find: async (which) => Promise.resolve(chains.find(({ network, names }) => network === which || names.includes(which))),
      names: async () => Promise.resolve(chains.flatMap(({ names }) => names)),
    },
    connect: async () => Promise.reject(new Error("not asked")),
  });
  return prepareSnapshot(wishOf({ ...nothing, ...flags }, configuration, place), networks, rpc);
}

const own: NetworkTable = { name: "own", id: "eip155:777", providers: [], finality: "latest", native: { symbol: "OWN", decimals: 9 } };

describe("what a snapshot is asked", () => {
  it("an address alone means Ethereum, its finalized block and the list that comes with MFM", async () => {
    const { request } = await prepare({});
    const [network] = request.networks;
    assert.deepEqual(
      { ...request, networks: [] },
      { accounts: [{ address: ada }], networks: [], prices: [], prove: false, onSourceFailure: "pause" },
    );
    assert.deepEqual(
      [request.networks.length, network?.network, network?.block, network?.native],
      [1, "eip155:1", { kind: "tag", tag: "finalized" }, { symbol: "ETH", decimals: 18 }],
    );
    assert.ok((network?.tokens.length ?? 0) > 300);
  });

  it("the networks of the configuration come in place of Ethereum, with their own asset and block; a flag's in place of them", async () => {
    const configured = await prepare({}, { tables: [own] });
    assert.deepEqual(configured.request.networks, [
      { network: "eip155:777", block: { kind: "tag", tag: "latest" }, native: { symbol: "OWN", decimals: 9 }, tokens: [] },
    ]);
    const rpc = { network: "eip155:31337", url: "http://127.0.0.1:1" } as const;
    const flagged = await prepare({}, { tables: [own], rpc });
    assert.deepEqual(
      flagged.request.networks.map(({ network }) => network),
      ["eip155:31337"],
    );
    const both = await prepare({ networks: ["own"] }, { tables: [own], rpc });
    assert.deepEqual(
      both.request.networks.map(({ network }) => network),
      ["eip155:777", "eip155:31337"],
    );
  });

  it("a portfolio by its name, with flags over what the file says", async () => {
    const { request } = await prepare({ subjects: ["acme/primary"] });
    assert.deepEqual(request, {
      accounts: [{ address: ada, label: "treasury" }],
      networks: [
        {
          network: "eip155:777",
          block: { kind: "tag", tag: "finalized" },
          native: { symbol: "ETH", decimals: 18 },
          tokens: [{ address: token, symbol: "TOK", decimals: 6 }],
        },
      ],
      prices: [{ symbol: "ETH", quote: "USD", from: { kind: "fixed", unitPrice: "1" } }],
      prove: true,
      onSourceFailure: "partial",
    });
    const flagged = await prepare({
      subjects: ["acme/primary"],
      networks: ["eip155:1"],
      block: "17",
      tokenLists: ["none"],
      tokens: [token],
      prices: ["ETH/USD=2", `ETH/EUR=feed:${feed}`],
    });
    assert.deepEqual(flagged.request.networks, [
      {
        network: "eip155:1",
        block: { kind: "number", number: "17" },
        native: { symbol: "ETH", decimals: 18 },
        tokens: [{ address: token }],
      },
    ]);
    assert.deepEqual(flagged.request.prices, [
      { symbol: "ETH", quote: "USD", from: { kind: "fixed", unitPrice: "2" } },
      { symbol: "ETH", quote: "EUR", from: { kind: "feed", network: "eip155:1", address: flaggedFeed(flagged), maxAgeSeconds: 90_000 } },
    ]);
  });

  it("a token that a list names keeps what the list says of it", async () => {
    const { request } = await prepare({ networks: ["five"], tokenLists: ["list.json"], tokens: [token] });
    assert.deepEqual(request.networks[0]?.tokens, [{ address: token, symbol: "TOK", decimals: 6 }]);
  });

  const refused: readonly (readonly [string, Partial<SnapshotFlags>, ErrorCode])[] = [
    ["nothing at all", { subjects: [] }, "USAGE"],
    ["an address with a slip", { subjects: [`${ada.slice(0, -1)}e`] }, "USAGE"],
    ["a portfolio beside an address", { subjects: [ada, "acme/primary"] }, "USAGE"],
    ["a portfolio that is not there", { subjects: ["acme/primry"] }, "PORTFOLIO_UNKNOWN"],
    ["the same account twice", { subjects: [ada, ada.toLowerCase()] }, "PORTFOLIO_INVALID"],
    ["the same network twice", { networks: ["ethereum", "eip155:1"] }, "PORTFOLIO_INVALID"],
    ["a network that nobody knows", { networks: ["etherium"] }, "NETWORK_UNKNOWN"],
    ["a numbered block of two networks", { networks: ["ethereum", "five"], block: "1" }, "PORTFOLIO_INVALID"],
    ["a token of one of two networks, nobody says which", { networks: ["ethereum", "five"], tokens: [token] }, "PORTFOLIO_INVALID"],
    ["a feed on a network that is not looked at", { prices: [`ETH/USD=feed:five=${feed}`] }, "PORTFOLIO_INVALID"],
    ["two prices of one pair", { prices: ["ETH/USD=1", "ETH/USD=2"] }, "PORTFOLIO_INVALID"],
    ["a price that is none", { prices: ["ETH=1"] }, "USAGE"],
    ["a block that is none", { block: "pending" }, "USAGE"],
    ["no list beside one", { tokenLists: ["none", "builtin"] }, "PORTFOLIO_INVALID"],
    ["a list that is not there", { tokenLists: ["missing.json"] }, "FILE_UNREADABLE"],
  ];
  for (const [name, flags, code] of refused) {
    it(`refuses ${name}`, () => assert.rejects(prepare(flags), (error) => error instanceof MfmError && error.code === code));
  }
});

/** With the checksum that it was read to. */
function flaggedFeed({ request }: PreparedSnapshot): string {
  const from = request.prices[1]?.from;
  assert.ok(from?.kind === "feed" && from.address.toLowerCase() === feed);
  return from.address;
}
