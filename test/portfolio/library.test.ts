/** The snapshot as a library has it: a call with a typed result, over a client of viem's that a program has already. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Registry, Runtime, machineRandom, machineTime } from "mfm";
import { type Snapshot, evmReader, portfolioSnapshot, snapshotDefinitions, viemProvider } from "mfm/evm";
import { type DevChain, openModelStore, startDevChain } from "mfm/testing";
import { createPublicClient, http } from "viem";

describe("mfm/evm: a snapshot as a library call", () => {
  let chain: DevChain;
  before(async () => {
    chain = await startDevChain();
  });
  after(() => chain.stop());

  it("gives the typed result, reading through a viem client", async () => {
    const client = createPublicClient({ transport: http(chain.url) });
    const backend = evmReader({
      sourcesOf: async () => [viemProvider(client, { ref: "my-client" })],
      clock: machineTime,
      random: machineRandom,
    });
    const runtime = new Runtime({
      store: openModelStore({ clock: Date.now }),
      registry: new Registry(snapshotDefinitions, backend),
      clock: machineTime,
      random: machineRandom,
      owner: "library",
    });
    const outcome = await runtime.start(
      portfolioSnapshot,
      {
        accounts: [{ address: chain.holder }],
        networks: [
          {
            network: `eip155:${chain.chainId}`,
            block: { kind: "tag", tag: "finalized" },
            native: { symbol: "ETH", decimals: 18 },
            tokens: chain.tokens.map(({ address, symbol, decimals }) => ({ address, symbol, decimals })),
          },
        ],
        prices: [{ quote: "USD", symbol: "DUSD", from: { kind: "fixed", unitPrice: "1" } }],
        prove: false,
        onSourceFailure: "pause",
      },
      { key: "first" },
    );
    if (outcome.kind !== "succeeded") return assert.fail(outcome.run.status);
    const { report, pages }: Pick<Snapshot, "report"> & { readonly pages: readonly Snapshot["pages"][number][] } = outcome.output;
    const held = await client.getBalance({ address: chain.holder as `0x${string}`, blockTag: "finalized" });
    const native = pages[0]?.holdings.find(({ asset }) => asset.kind === "native");
    assert.deepEqual(native?.answer, { kind: "ok", value: held });
    assert.deepEqual(report.totals, [{ quote: "USD", value: "1234.56" }]);
    return undefined;
  });
});
