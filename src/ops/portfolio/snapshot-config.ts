/** What a portfolio snapshot is asked: whose accounts, on which networks, which tokens, in which quotes. */
import * as z from "zod";
import { blockSelector } from "../../capabilities/evm/block.ts";
import { networkId } from "../../kernel/codecs.ts";
import { onSourceFailure, token } from "../../states/portfolio/readings.ts";
import { account, price, ticker } from "../../states/portfolio/snapshot.ts";

export const snapshotConfig = z.strictObject({
  accounts: z.array(account).min(1).max(1000),
  networks: z
    .array(
      z.strictObject({
        network: networkId,
        block: blockSelector,
        /** Of the network's own asset, such as ETH and 18: a node cannot be asked. */
        native: z.strictObject({ symbol: ticker, decimals: z.int().min(0).max(36) }),
        /** A token without symbol and decimals is unlisted. */
        tokens: z.array(token).max(10_000),
      }),
    )
    .min(1)
    .max(100),
  prices: z.array(price).max(1000),
  prove: z.boolean(),
  onSourceFailure,
});
export type SnapshotConfig = z.output<typeof snapshotConfig>;
/** As authored: integers may be numbers, addresses without a checksum. */
export type SnapshotRequest = z.input<typeof snapshotConfig>;
