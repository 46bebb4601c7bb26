import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { usualMaxAgeSeconds } from "./wish.ts";
import { readAddress, readBlock, readPrice, readToken } from "./words.ts";

const checksummed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

describe("the words of portfolios", () => {
  it("an address carries its checksum, or none at all", () => {
    assert.deepEqual(readAddress(checksummed.toLowerCase()), { ok: checksummed });
    for (const [text, says] of [
      [`${checksummed.slice(0, -1)}e`, /checksum/],
      [checksummed.slice(0, -1), /is no address/],
      ["vitalik.eth", /is no address/],
    ] as const) {
      const read = readAddress(text);
      assert.ok("refused" in read && says.test(read.refused), text);
    }
  });

  it("a token may name its network", () => {
    assert.deepEqual(readToken(checksummed), { ok: { network: undefined, address: checksummed } });
    assert.deepEqual(readToken(`base=${checksummed}`), { ok: { network: "base", address: checksummed } });
    assert.ok("refused" in readToken("base=USDC"));
  });

  it("a block is a tag, a number or a hash", () => {
    const hash = `0x${"Ab".repeat(32)}`;
    assert.deepEqual(readBlock("safe"), { ok: { kind: "tag", tag: "safe" } });
    assert.deepEqual(readBlock("0"), { ok: { kind: "number", number: "0" } });
    assert.deepEqual(readBlock(hash), { ok: { kind: "hash", hash: hash.toLowerCase() } });
    for (const text of ["pending", "007", "-1", "0x10", "1e3", ""]) assert.ok("refused" in readBlock(text), text);
  });

  it("a price is fixed or a feed", () => {
    assert.deepEqual(readPrice("WETH/USD=2500.10"), {
      ok: { symbol: "WETH", quote: "USD", from: { kind: "fixed", unitPrice: "2500.1" } },
    });
    assert.deepEqual(readPrice("a/b/USD=0"), { ok: { symbol: "a/b", quote: "USD", from: { kind: "fixed", unitPrice: "0" } } });
    const feed = { kind: "feed", address: checksummed, maxAgeSeconds: usualMaxAgeSeconds };
    assert.deepEqual(readPrice(`ETH/USD=feed:${checksummed}`), {
      ok: { symbol: "ETH", quote: "USD", from: { ...feed, network: undefined } },
    });
    assert.deepEqual(readPrice(`ETH/USD=feed:eip155:1=${checksummed}`), {
      ok: { symbol: "ETH", quote: "USD", from: { ...feed, network: "eip155:1" } },
    });
    for (const text of [
      "ETH",
      "ETH/USD",
      "ETH/USD=",
      "/USD=1",
      "ETH/=1",
      "ETH/USD=-1",
      "ETH/USD=1e3",
      "ETH/USD=.5",
      "ETH/USD=feed:x",
      "ETH/DOLLARS-OF-AMERICA=1",
    ])
      assert.ok("refused" in readPrice(text), text);
  });
});
