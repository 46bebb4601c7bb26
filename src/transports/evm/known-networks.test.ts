/** The networks that viem knows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { networkId } from "../../kernel/codecs.ts";
import { findKnownNetwork, knownNetworkNames } from "./known-networks.ts";

describe("findKnownNetwork", () => {
  const found: readonly (readonly [which: string, network: string, name: string])[] = [
    ["ethereum", "eip155:1", "ethereum"],
    ["mainnet", "eip155:1", "ethereum"],
    ["1", "eip155:1", "ethereum"],
    ["eip155:8453", "eip155:8453", "base"],
    ["Base", "eip155:8453", "base"],
    ["arbitrum-nova", "eip155:42170", "arbitrum-nova"],
    ["op-bnb", "eip155:204", "op-bnb"],
    ["polygon-zk-evm", "eip155:1101", "polygon-zk-evm"],
  ];
  for (const [which, network, name] of found) {
    it(`${which} is ${network}`, async () => {
      const known = await findKnownNetwork(which);
      assert.deepEqual([known?.network, known?.names[0]], [network, name]);
    });
  }

  it("says nothing about what viem does not know", async () => {
    for (const which of ["", "0", "999999999999999", "eip155:", "eip155:01", "etherium", "mainnet "])
      assert.equal(await findKnownNetwork(which), undefined);
  });

  it("takes the chain with real value where several claim one id, and each by its name", async () => {
    assert.deepEqual([(await findKnownNetwork("999"))?.isTestnet, (await findKnownNetwork("zora-testnet"))?.isTestnet], [false, true]);
    assert.deepEqual((await findKnownNetwork("zora-testnet"))?.names, ["zora-testnet"]);
  });

  it("takes the last block of a chain on one's own machine as final", async () => {
    assert.deepEqual(
      [(await findKnownNetwork("anvil"))?.finality, (await findKnownNetwork("ethereum"))?.finality],
      ["latest", "finalized"],
    );
  });

  it("has a valid id, a currency and HTTP endpoints for every name, and no name twice", async () => {
    const names = await knownNetworkNames();
    assert.ok(names.length > 500);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) {
      const known = await findKnownNetwork(name);
      assert.ok(known !== undefined && networkId.safeParse(known.network).success, name);
      assert.ok(known.names.includes(name) && known.nativeCurrency.symbol !== "", name);
      for (const [index, { ref, url }] of known.providers.entries())
        assert.ok(ref === `public-${index + 1}` && /^https?:\/\//.test(url), name);
    }
  });
});
