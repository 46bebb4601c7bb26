/** The library's part for EVM chains, `mfm/evm`: reading them, and the portfolio snapshot as a call with a typed result. */
export { type BlockRef, type Header, blockRef, blockSelector } from "./capabilities/evm/block.ts";
export { evmRead } from "./capabilities/evm/read.ts";
export { snapshot as portfolioSnapshot, snapshotDefinitions } from "./ops/portfolio/snapshot.ts";
export type { SnapshotConfig, SnapshotRequest } from "./ops/portfolio/snapshot-config.ts";
export { pinBlock } from "./states/evm/pin-block.ts";
export { type Pinned, pinned } from "./states/evm/pinned.ts";
export type { Holding, Snapshot } from "./states/portfolio/snapshot.ts";
export { type HttpProviderOptions, httpProvider } from "./transports/evm/http-provider.ts";
export { type Provider, RpcFailure } from "./transports/evm/provider.ts";
export { type ReaderOptions, evmReader } from "./transports/evm/reader.ts";
export { viemProvider } from "./transports/evm/viem-provider.ts";
