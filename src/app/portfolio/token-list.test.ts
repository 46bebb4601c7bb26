import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { parseTokenList, readBuiltinList, readTokenListFile } from "./token-list.ts";

const address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const token = { chainId: 1, address, name: "Token", symbol: "TOK", decimals: 6 };
const head = { name: "List", timestamp: "2026-01-01T00:00:00.000Z", version: { major: 1, minor: 0, patch: 0 } };
const chains = new Set([1]);
const parse = (list: unknown): readonly object[] => parseTokenList(JSON.stringify(list), "list.json", chains);
const problemsOf = (list: unknown): readonly string[] => {
  try {
    parse(list);
  } catch (error) {
    assert.ok(error instanceof MfmError && error.code === "TOKEN_LIST_INVALID");
    return error.details["problems"] as readonly string[];
  }
  return [];
};

describe("token lists", () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-lists-"));
  after(() => rmSync(folder, { recursive: true }));

  it("are read for the chains that are asked about; extensions and other chains' ways are let be", () => {
    const elsewhere = { chainId: 501_000_101, address: "So11111111111111111111111111111111111111112", symbol: "SOL", decimals: 9 };
    const extended = { ...token, address: address.toLowerCase(), extensions: { rate: 1.5 }, logoURI: "ipfs://x" };
    assert.deepEqual(parse({ ...head, tags: {}, tokens: [elsewhere, extended] }), [{ chainId: 1, address, symbol: "TOK", decimals: 6 }]);
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ["no object", [], /is no object/],
    ["no tokens", { ...head, tokens: [] }, /^tokens: expected a list of 1 to 10000/],
    ["no version", { ...head, version: "1.0.0", tokens: [token] }, /^version/],
    ["no date", { ...head, timestamp: "yesterday", tokens: [token] }, /^timestamp/],
    [
      "a wrong checksum",
      { ...head, tokens: [token, { ...token, address: `${address.slice(0, -1)}e` }] },
      /^tokens\[1\]\.address: .*checksum/,
    ],
    ["an address of another chain", { ...head, tokens: [{ ...token, address: "So111" }] }, /^tokens\[0\]\.address: is no address/],
    ["a repetition", { ...head, tokens: [token, { ...token, address: address.toLowerCase() }] }, /^tokens\[1\]: is tokens\[0\] again/],
    ["decimals that are no byte", { ...head, tokens: [{ ...token, decimals: 256 }] }, /^tokens\[0\]\.decimals/],
    ["decimals as a text", { ...head, tokens: [{ ...token, decimals: "6" }] }, /^tokens\[0\]\.decimals/],
    ["an empty symbol", { ...head, tokens: [{ ...token, symbol: "" }] }, /^tokens\[0\]\.symbol/],
    ["a chain that is none", { ...head, tokens: [{ ...token, chainId: 0 }] }, /^tokens\[0\]\.chainId/],
  ];
  for (const [name, list, says] of wrong) it(`are refused for ${name}, by its place`, () => assert.match(problemsOf(list)[0] ?? "", says));

  it("say everything that is wrong, up to ten things", () => {
    const tokens = Array.from({ length: 30 }, () => ({ ...token, decimals: -1 }));
    assert.equal(problemsOf({ ...head, tokens }).length, 10);
  });

  it("must be files of a readable size, and JSON", () => {
    const [missing, broken, large] = ["missing.json", "broken.json", "large.json"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(broken, "{");
    writeFileSync(large, "");
    truncateSync(large, 9_000_000);
    for (const [path, code] of [
      [missing, "FILE_UNREADABLE"],
      [broken, "TOKEN_LIST_INVALID"],
      [large, "TOKEN_LIST_INVALID"],
    ] as const)
      assert.throws(
        () => readTokenListFile(path, chains),
        (error) => error instanceof MfmError && error.code === code,
        path,
      );
  });

  it("one comes with MFM, and is read whole for every EVM chain in it", () => {
    const all = [1, 10, 56, 130, 137, 8453, 42161, 43114];
    const tokens = readBuiltinList(new Set(all));
    assert.deepEqual(
      [...new Set(tokens.map(({ chainId }) => chainId))].toSorted((left, right) => left - right),
      all,
    );
    assert.ok(tokens.some(({ symbol, address: at }) => symbol === "USDC" && at === "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"));
    assert.deepEqual(readBuiltinList(new Set([31_337])), []);
  });
});
