import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransactionEnvelope, TransactionSeal } from "./transaction-envelope.ts";
import type { Consumption, SourceView, TransactionEvidence } from "./transaction-evidence.ts";
import type { TransactionIntent } from "./transaction-intent.ts";
import { weighTransaction } from "./transaction-weigh.ts";

type Given = Parameters<typeof weighTransaction>[0];
type Hex = `0x${string}`;

const word = (fill: string): Hex => `0x${fill.repeat(32)}`;
const from = "0x52908400098527886E0F7030069857D2E4169EE7";
const gwei = 1_000_000_000n;
const fees = {
  percentile: 50,
  blocks: 5,
  minPriorityFeePerGas: gwei,
  baseFeePercent: 200,
  maxFeePerGas: 100n * gwei,
  maxPriorityFeePerGas: 10n * gwei,
};
const intent = {
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

const [ours, cancelling, foreign] = [word("a1"), word("a2"), word("f0")];
const at = (number: bigint, fill = "b"): { number: bigint; hash: Hex } => ({
  number,
  hash: `0x${fill}${number.toString(16).padStart(63, "0")}`,
});
const caps = { maxFeePerGas: 22n * gwei, maxPriorityFeePerGas: 2n * gwei };
const envelope: TransactionEnvelope = {
  transaction: { chainId: 1, nonce: 5, gas: 21_000n, to: from, value: 1n, data: "0x", ...caps },
  market: { block: at(100n), baseFeePerGas: 10n * gwei, count: 5, priorityFeePerGas: 2n * gwei },
};
const made = (hash: Hex, role: "first" | "replacement" | "cancel" = "first", raised = caps): Given["candidates"][number] => ({
  role,
  envelope: { ...envelope, transaction: { ...envelope.transaction, ...raised } },
  seal: { hash, r: word("01"), s: word("01"), yParity: 0 } satisfies TransactionSeal,
  dispatched: true,
});

const view = (change: Partial<SourceView> = {}): SourceView => ({
  source: "one",
  head: at(102n),
  baseFeePerGas: 10n * gwei,
  count: 5,
  lookups: [{ transactionHash: ours, found: "unknown" }],
  blocks: [],
  ...change,
});
const receiptOf = (transactionHash: Hex, block: { number: bigint; hash: Hex }): NonNullable<TransactionEvidence["receipt"]> => ({
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
const includedAt = (block: { number: bigint; hash: Hex }, change: Partial<SourceView> = {}): SourceView =>
  view({ count: 6, lookups: [{ transactionHash: ours, found: "included", block }], blocks: [block], ...change });

const consumed: Consumption = {
  kind: "block",
  block: at(101n),
  countBefore: 5,
  countAfter: 6,
  transactions: [foreign],
  consumer: { kind: "transaction", hash: foreign },
};
const scanned: Consumption = {
  kind: "blocks",
  first: at(100n),
  last: at(101n),
  countAfter: 6,
  ours: [],
  consumer: { kind: "unattributed" },
  counts: "proven",
};
const unattributed: Consumption = { ...consumed, consumer: { kind: "unattributed" } };
const carried: Consumption = { ...consumed, consumer: { kind: "authorization", hash: foreign }, counts: "proven" };
const doing = (does: "intent" | "nothing" | "other"): Consumption => ({
  ...consumed,
  consumer: { kind: "transaction", hash: foreign, does },
  proof: "root",
});
const agreed = { counts: "reported", agreedBy: "two" } as const;
const passed = (change: Partial<SourceView> = {}): SourceView =>
  view({ count: 6, head: at(103n), final: at(101n), blocks: [at(100n), at(101n)], ...change });

function read(evidence: Partial<TransactionEvidence>, change: Partial<Given> = {}): string {
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

const answer = (said: TransactionEvidence["answers"][number]["answer"], source = "one") => ({ source, answer: said });

type Case = readonly [name: string, reading: string, evidence: Partial<TransactionEvidence>, change?: Partial<Given>];

const block = at(101n);
const receipt = receiptOf(ours, block);
const cases: readonly Case[] = [
  ["nobody said anything", "unknown", {}],
  ["nobody knows it, and the nonce is free", "notFound", { views: [view()] }],
  ["one pool has it", "accepted", { views: [view(), view({ source: "two", lookups: [{ transactionHash: ours, found: "pending" }] })] }],
  ["it is in a canonical block", "included success 0", { views: [includedAt(block)], receipt }],
  [
    "and that is not deep enough, whatever a source calls final",
    "included success 0",
    { views: [includedAt(block, { final: at(102n) })], receipt },
  ],
  ["and that is deep enough", "final success 0", { views: [includedAt(block, { head: at(103n), final: block })], receipt }],
  [
    "it reverted",
    "final reverted 0",
    { views: [includedAt(block, { head: at(103n), final: block })], receipt: { ...receipt, status: "reverted" } },
  ],
  [
    "its receipt is of a block that is not canonical there",
    "unknown",
    { views: [includedAt(block, { blocks: [at(101n, "c")] })], receipt },
  ],
  [
    "its receipt is of another account",
    "unknown",
    { views: [includedAt(block)], receipt: { ...receipt, from: "0x8617E340B3D01FA5F11F306F4090FD50E238070D" } },
  ],
  ["its receipt is hidden, and its transaction shown", "unknown", { views: [includedAt(block)] }],
  [
    "another source has another block there",
    "unknown",
    { views: [includedAt(block), view({ source: "two", blocks: [at(101n, "c")] })], receipt },
  ],
  [
    "both hold theirs for final",
    "contradiction",
    { views: [includedAt(block, { head: at(103n), final: block }), passed({ source: "two", blocks: [at(101n, "c")] })], receipt },
  ],
  ["the nonce is used up, and nobody knows by whom", "unknown", { views: [passed()] }],
  ["another transaction used it up, and that is final", "superseded", { views: [passed()], consumed }],
  ["the same, and it does something else", "superseded", { views: [passed()], consumed: doing("other") }],
  ["the same, and it does what was intended", "contradiction", { views: [passed()], consumed: doing("intent") }],
  ["the same, and it does nothing, as a cancel", "contradiction", { views: [passed()], consumed: doing("nothing") }],
  [
    "that is final, and another source is past the block, with the nonce free",
    "unknown",
    { views: [includedAt(block, { head: at(103n), final: block }), view({ source: "two", head: at(101n) })], receipt },
  ],
  [
    "that is final, and another source is not there yet",
    "final success 0",
    { views: [includedAt(block, { head: at(103n), final: block }), view({ source: "two", head: at(100n) })], receipt },
  ],
  [
    "two candidates are final, on a source each",
    "contradiction",
    {
      views: [
        includedAt(block, { head: at(103n), final: block }),
        includedAt(at(100n), {
          source: "two",
          head: at(103n),
          final: block,
          lookups: [{ transactionHash: cancelling, found: "included", block: at(100n) }],
        }),
      ],
      receipt,
    },
    { candidates: [made(ours), made(cancelling, "cancel")] },
  ],
  ["the same, and it is not final", "unknown", { views: [passed({ head: at(102n) })], consumed }],
  ["the same, and the block is not canonical any more", "unknown", { views: [passed({ blocks: [at(101n, "c")] })], consumed }],
  [
    "the same, and another source has another block there",
    "unknown",
    { views: [passed(), view({ source: "two", count: 6, blocks: [at(101n, "c")] })], consumed },
  ],
  ["the block that used it up holds ours", "unknown", { views: [passed()], consumed: { ...consumed, transactions: [foreign, ours] } }],
  [
    "the block that is named used up another nonce",
    "unknown",
    { views: [passed()], consumed: { ...consumed, countBefore: 6, countAfter: 7 } },
  ],
  ["the block that is named used up none", "unknown", { views: [passed()], consumed: { ...consumed, countAfter: 5 } }],
  [
    "every block was read since it was free, none holds ours, and the count is proven",
    "superseded",
    { views: [passed()], consumed: scanned },
  ],
  [
    "nobody is known to have used it up, and the counts are a source's word",
    "stuck BLOCK_UNPROVEN waits",
    { views: [passed()], consumed: { ...unattributed, counts: "reported" } },
  ],
  ["the same, and another source says so too", "superseded", { views: [passed()], consumed: { ...unattributed, ...agreed } }],
  [
    "the same, and one of them has ours in its pool",
    "stuck BLOCK_UNPROVEN waits",
    { views: [passed({ lookups: [{ transactionHash: ours, found: "pending" }] })], consumed: { ...unattributed, ...agreed } },
  ],
  ["an authorization of the account is in the block, and the counts are proven", "superseded", { views: [passed()], consumed: carried }],
  [
    "an authorization is in the block, and the counts are a source's word",
    "stuck BLOCK_UNPROVEN waits",
    { views: [passed()], consumed: { ...carried, counts: "reported" } },
  ],
  ["every block was read, and one holds ours", "unknown", { views: [passed()], consumed: { ...scanned, ours: [ours] } }],
  [
    "every block was read since another one",
    "unknown",
    { views: [passed({ blocks: [at(99n), at(101n)] })], consumed: { ...scanned, first: at(99n) } },
  ],
  [
    "every block was read, and it was not free at the first",
    "unknown",
    { views: [passed()], consumed: scanned },
    { candidates: [{ ...made(ours), envelope: { ...envelope, market: { ...envelope.market, count: 6 } } }] },
  ],
  [
    "an older candidate is included after another was sent",
    "included success 0",
    { views: [includedAt(block)], receipt },
    { candidates: [made(ours), made(cancelling, "cancel")] },
  ],
  [
    "the cancel is included, and reverted or not is all the same",
    "included cancelled 1",
    {
      views: [view({ count: 6, lookups: [{ transactionHash: cancelling, found: "included", block }], blocks: [block] })],
      receipt: { ...receiptOf(cancelling, block), status: "reverted" },
    },
    { candidates: [made(ours), made(cancelling, "cancel")] },
  ],
  ["it waits for as long as the intent allows", "stuck NOT_INCLUDED replace", { views: [view({ head: at(104n) })] }],
  [
    "it waits for as long, and the base fee is over it",
    "stuck UNDERPRICED replace",
    { views: [view({ head: at(104n), baseFeePerGas: 30n * gwei })] },
  ],
  ["it waits for as long behind another nonce", "notFound", { views: [view({ head: at(104n), count: 4 })] }],
  [
    "it waits for as long, and is never replaced",
    "notFound",
    { views: [view({ head: at(104n) })] },
    { intent: { ...intent, replaceAfterBlocks: 0 } },
  ],
  [
    "it waits for as long at the ceiling",
    "stuck FEE_CEILING send",
    { views: [view({ head: at(104n) })] },
    { candidates: [made(ours, "first", { maxFeePerGas: 99n * gwei, maxPriorityFeePerGas: 2n * gwei })] },
  ],
  ["the base fee is over it, and it is not time yet", "stuck UNDERPRICED send", { views: [view({ baseFeePerGas: 30n * gwei })] }],
  [
    "a pool took it, and another did not",
    "accepted",
    { views: [view()], answers: [answer("insufficient_funds"), answer("accepted", "two")] },
  ],
  [
    "no pool took it, each in its way",
    "stuck INSUFFICIENT_FUNDS send",
    { views: [view()], answers: [answer("pool_full"), answer("insufficient_funds", "two")] },
  ],
  ["no answer is clear", "unknown", { views: [view()], answers: [answer("unclear")] }],
  ["the nonce is too low for a pool alone", "stuck NONCE_TOO_LOW waits", { views: [view()], answers: [answer("nonce_too_low")] }],
  ["it is outbid", "stuck REPLACEMENT_UNDERPRICED replace", { views: [view()], answers: [answer("replacement_underpriced")] }],
  [
    "it is outbid in the very block of its market",
    "stuck REPLACEMENT_UNDERPRICED send",
    { views: [view({ head: at(100n) })], answers: [answer("replacement_underpriced")] },
  ],
];

describe("what evidence about an EVM transaction means", () => {
  for (const [name, reading, evidence, change] of cases) it(`${reading}: ${name}`, () => assert.equal(read(evidence, change), reading));

  it("final by a tag where the tagged block covers it, and not by depth", () => {
    const tagged = { intent: { ...intent, finality: { kind: "tag", tag: "safe" } as const } };
    assert.equal(read({ views: [includedAt(block, { head: at(200n) })], receipt }, tagged), "included success 0");
    assert.equal(read({ views: [includedAt(block, { head: at(200n), final: at(100n) })], receipt }, tagged), "included success 0");
    assert.equal(read({ views: [includedAt(block, { final: at(101n) })], receipt }, tagged), "final success 0");
  });
});
