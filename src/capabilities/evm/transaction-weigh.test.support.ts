/** An intent, its candidates, and what sources may say of them. */
import type { TransactionEnvelope, TransactionSeal } from "./transaction-envelope.ts";
import type { Consumption, SourceView, TransactionEvidence } from "./transaction-evidence.ts";
import type { TransactionIntent } from "./transaction-intent.ts";
import { weighTransaction } from "./transaction-weigh.ts";

export type Given = Parameters<typeof weighTransaction>[0];
type Hex = `0x${string}`;

export const word = (fill: string): Hex => `0x${fill.repeat(32)}`;
export const from = "0x52908400098527886E0F7030069857D2E4169EE7";
export const gwei = 1_000_000_000n;
export const fees = {
  percentile: 50,
  blocks: 5,
  minPriorityFeePerGas: gwei,
  baseFeePercent: 200,
  maxFeePerGas: 100n * gwei,
  maxPriorityFeePerGas: 10n * gwei,
};
export const intent = {
  network: "eip155:1",
  from,
  to: from,
  value: 1n,
  data: "0x",
  gas: 21_000n,
  fees,
  finality: { kind: "depth", blocks: 3 },
  replaceAfterBlocks: 4,
  renewals: 0,
  window: 4,
} as const satisfies TransactionIntent;

export const [ours, cancelling, foreign] = [word("a1"), word("a2"), word("f0")];
export const at = (number: bigint, fill = "b"): { number: bigint; hash: Hex } => ({
  number,
  hash: `0x${fill}${number.toString(16).padStart(63, "0")}`,
});
export const caps = { maxFeePerGas: 22n * gwei, maxPriorityFeePerGas: 2n * gwei };
export const envelope: TransactionEnvelope = {
  transaction: { chainId: 1, nonce: 5, gas: 21_000n, to: from, value: 1n, data: "0x", ...caps },
  market: { block: at(100n), baseFeePerGas: 10n * gwei, count: 5, priorityFeePerGas: 2n * gwei },
};
export const made = (hash: Hex, role: "first" | "replacement" | "cancel" = "first", raised = caps): Given["candidates"][number] => ({
  role,
  envelope: { ...envelope, transaction: { ...envelope.transaction, ...raised } },
  seal: { hash, r: word("01"), s: word("01"), yParity: 0 } satisfies TransactionSeal,
  dispatched: true,
});

export const view = (change: Partial<SourceView> = {}): SourceView => ({
  source: "one",
  head: at(102n),
  baseFeePerGas: 10n * gwei,
  count: 5,
  lookups: [{ transactionHash: ours, found: "unknown" }],
  blocks: [],
  ...change,
});
export const receiptOf = (transactionHash: Hex, block: { number: bigint; hash: Hex }): NonNullable<TransactionEvidence["receipt"]> => ({
  transactionHash,
  blockNumber: block.number,
  blockHash: block.hash,
  transactionIndex: 0,
  from,
  status: "success",
  gasUsed: 21_000n,
  effectiveGasPrice: gwei,
  logs: [],
});
export const includedAt = (block: { number: bigint; hash: Hex }, change: Partial<SourceView> = {}): SourceView =>
  view({ count: 6, lookups: [{ transactionHash: ours, found: "included", block }], blocks: [block], ...change });

export const consumed: Consumption & { kind: "block" } = {
  kind: "block",
  block: at(101n),
  countBefore: 5,
  countAfter: 6,
  transactions: [foreign],
  consumer: { kind: "transaction", hash: foreign },
};
export const scanned: Consumption & { kind: "blocks" } = {
  kind: "blocks",
  first: at(100n),
  last: at(101n),
  countAfter: 6,
  ours: [],
  consumer: { kind: "unattributed" },
  counts: "proven",
};
export const unattributed: Consumption = { ...consumed, consumer: { kind: "unattributed" } };
export const carried: Consumption = { ...consumed, consumer: { kind: "authorization", hash: foreign }, counts: "proven" };
export const doing = (does: "intent" | "nothing" | "other"): Consumption => ({
  ...consumed,
  consumer: { kind: "transaction", hash: foreign, does },
  proof: "root",
});
export const agreed = { counts: "reported", agreedBy: "two" } as const;
export const passed = (change: Partial<SourceView> = {}): SourceView =>
  view({ count: 6, head: at(103n), final: at(101n), blocks: [at(100n), at(101n)], ...change });

export function read(evidence: Partial<TransactionEvidence>, change: Partial<Given> = {}): string {
  const candidates = change.candidates ?? [made(ours)];
  const newest = candidates.at(-1);
  const given = {
    id: `sha256:${"0".repeat(64)}` as const,
    intent,
    seal: newest?.seal ?? null,
    envelope: newest?.envelope ?? envelope,
    candidates,
    ...change,
  };
  const reading = weighTransaction({ ...given, evidence: { answers: [], views: [], ...evidence } });
  switch (reading.kind) {
    case "stuck":
      return `stuck ${reading.why} ${reading.next ?? "waits"}`;
    case "included":
    case "final":
      return `${reading.kind} ${reading.status} ${reading.candidate ?? "newest"}`;
    default:
      return reading.kind;
  }
}
