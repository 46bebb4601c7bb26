/** A pin for tests. */
import type { Pin } from "../../src/states/evm/pinned.ts";

export const pin: Pin = {
  kind: "pinned",
  network: "eip155:31337",
  block: { number: 100n, hash: `0x${"ab".repeat(32)}` },
  parentHash: `0x${"cd".repeat(32)}`,
  stateRoot: `0x${"ef".repeat(32)}`,
  timestamp: "2026-01-01T00:00:00.000Z",
  header: "recomputed",
  sources: 1,
};
