import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Anvil, startAnvil } from "../../../../test/evm/anvil.ts";
import { machine, providerAt } from "../../../../test/evm/asking.ts";
import type { HttpProvider } from "../http-provider.ts";
import type { Network } from "../network.ts";
import { Networks } from "../networks.ts";
import { type Bidder, Markets } from "./market.ts";

const never = new AbortController().signal;
const from = "0x52908400098527886E0F7030069857D2E4169EE7";

function intentWith(percentile: number): Bidder {
  const caps = { minPriorityFeePerGas: 1n, baseFeePercent: 200, maxFeePerGas: 100n, maxPriorityFeePerGas: 10n };
  return { from, fees: { percentile, blocks: 5, ...caps } };
}

const intent = intentWith(50);

describe("Markets", () => {
  let node: Anvil;
  let http: HttpProvider;
  let network: Network;
  let markets: Markets;
  let now = 0;
  let asked = 0;

  before(async () => {
    node = await startAnvil();
    http = providerAt(node.url);
    const provider = {
      ref: "node",
      request: (...call: Parameters<HttpProvider["request"]>): Promise<unknown> => {
        if (call[0] === "eth_feeHistory") asked++;
        return http.request(...call);
      },
    };
    network = await new Networks({ ...machine, sourcesOf: async () => [provider] }).get("eip155:31337");
  });
  beforeEach(() => {
    asked = 0;
    markets = new Markets({ ...machine.clock, now: () => now });
  });
  after(async () => {
    await http.close();
    await node.stop();
  });

  it("prepares first candidates from what was read with the survey, and all others from what is so now", async () => {
    markets.begin(intent, network, never);
    const first = await markets.readFirst(intent, network, never);
    await node.rpc("anvil_mine", "0x1");
    assert.deepEqual([await markets.readFirst(intent, network, never), asked], [first, 1]);
    const later = await markets.read(intent, network, never);
    assert.deepEqual([later.market.block.number - first.market.block.number, asked], [1n, 2]);
  });

  it("is asked anew where the survey is a while ago, was of another policy, or was never", async () => {
    await markets.readFirst(intent, network, never);
    markets.begin(intent, network, never);
    await markets.readFirst(intentWith(60), network, never);
    await markets.readFirst(intent, network, never);
    assert.equal(asked, 3);
    now += 1001;
    await markets.readFirst(intent, network, never);
    assert.equal(asked, 4);
  });

  it("asks nobody for whoever has gone", () => {
    assert.throws(() => markets.begin(intent, network, AbortSignal.abort(new Error("gone"))), /gone/);
    assert.equal(asked, 0);
  });
});
