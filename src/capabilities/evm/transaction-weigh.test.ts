import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransactionEvidence } from "./transaction-evidence.ts";
import {
  type Given,
  agreed,
  at,
  cancelling,
  carried,
  consumed,
  doing,
  envelope,
  foreign,
  gwei,
  includedAt,
  intent,
  made,
  ours,
  passed,
  read,
  receiptOf,
  scanned,
  unattributed,
  view,
} from "./transaction-weigh.test.support.ts";

const answer = (said: TransactionEvidence["answers"][number]["answer"], source = "one") => ({ source, answer: said });

type Case = readonly [name: string, reading: string, evidence: Partial<TransactionEvidence>, change?: Partial<Given>];

const block = at(101n);
const receipt = receiptOf(ours, block);
const cases: readonly Case[] = [
  ["nobody said anything", "unknown", {}],
  ["nobody knows it, and the nonce is free", "notFound", { views: [view()] }],
  ["one pool has it", "accepted", { views: [view(), view({ source: "two", lookups: [{ transactionHash: ours, found: "pending" }] })] }],
  [
    "a pool has one before it, and nobody knows the newest",
    "notFound",
    {
      views: [
        view({
          lookups: [
            { transactionHash: ours, found: "pending" },
            { transactionHash: cancelling, found: "unknown" },
          ],
        }),
      ],
    },
    { candidates: [made(ours), made(cancelling, "cancel")] },
  ],
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
    "that is final, and another source is past the block, with the nonce free (case 81)",
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
