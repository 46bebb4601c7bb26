/** The test kit: for authors of states and ops, and for whoever writes a store. */
export { openModelStore } from "../storages/model/model-store.ts";
export { type DevChain, type DevChainOptions, startDevChain } from "../app/dev-chain/dev-chain.ts";
export { faultyStore, interposeStore } from "./faulty-store.ts";
export { runConclusion, runIntent, runState } from "./run-state.ts";
export { testSignerConformance } from "./signer-conformance.ts";
export { testStoreConformance } from "./store-conformance.ts";
export { compareStores } from "./store-differential.ts";
export { VirtualClock } from "./virtual-clock.ts";
