import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeContradiction } from "./transaction-contradiction.ts";
import type { TransactionEvidence } from "./transaction-evidence.ts";
import {
  at,
  cancelling,
  doing,
  foreign,
  includedAt,
  intent,
  made,
  ours,
  passed,
  read,
  scanned,
  view,
} from "./transaction-weigh.test.support.ts";

const block = at(101n);
const final = { head: at(103n), final: block };
const fork = at(101n, "c");
const consumed = "which is final, and is none that was sent from here";
const done = "It does exactly what was intended: this may be done already";

/** Each kind of evidence that makes a transaction ambiguous, and what is said of it. */
const contradictions: readonly (readonly [name: string, evidence: Partial<TransactionEvidence>, what: string])[] = [
  [
    "two final blocks at one height (case 44)",
    { views: [includedAt(block, final), passed({ source: "two", blocks: [fork] })] },
    `a chain has one block at a height, and of block 101 more than one is final: ${block.hash}, says one; ${fork.hash}, says two`,
  ],
  [
    "two candidates that are final (case 81)",
    {
      views: [
        includedAt(block, final),
        includedAt(block, {
          ...final,
          source: "two",
          lookups: [{ transactionHash: cancelling, found: "included", block }],
        }),
      ],
    },
    `nonce 5 is used up once, and more than one block that is final has it: ${ours} in block 101 ${block.hash}, says one; the cancel ${cancelling} in block 101 ${block.hash}, says two`,
  ],
  [
    "one candidate that is final in two blocks",
    { views: [includedAt(block, final), includedAt(at(100n), { ...final, source: "two" })] },
    `nonce 5 is used up once, and more than one block that is final has it: ${ours} in block 101 ${block.hash}, says one; ${ours} in block 100 ${at(100n).hash}, says two`,
  ],
  [
    "an unknown transaction that does what was intended (case 80)",
    { views: [passed()], consumed: doing("intent") },
    `${foreign} used up nonce 5 in block 101 ${block.hash}, ${consumed}. ${done}; what stands there leads to the block's root`,
  ],
  [
    "an unknown transaction that sends nothing (case 80)",
    { views: [passed()], consumed: doing("nothing") },
    `${foreign} used up nonce 5 in block 101 ${block.hash}, ${consumed}. It sends nothing, as a cancel does: somebody may have given this up; what stands there leads to the block's root`,
  ],
  [
    "the same, found in one of several blocks, and only reported by two sources (case 80)",
    {
      views: [passed()],
      consumed: { ...scanned, consumer: { kind: "transaction", hash: foreign, does: "intent" }, proof: "reported", agreedBy: "two" },
    },
    `${foreign} used up nonce 5 in one of the blocks 101 to 101 ${block.hash}, ${consumed}. ${done}; that is reported, and not proven, and two says the same`,
  ],
];
const candidates = [made(ours), made(cancelling, "cancel")];
const sent = candidates.map(({ role, seal }, index) => ({ index, role, hash: seal?.hash ?? ours }));
const words = (evidence: Partial<TransactionEvidence>) =>
  describeContradiction({ intent, nonce: 5, sent, evidence: { answers: [], views: [], ...evidence } });

describe("what contradicts itself about an EVM transaction is said in words", () => {
  for (const [name, evidence, what] of contradictions)
    it(name, () => {
      assert.equal(read(evidence, { candidates }), "contradiction");
      assert.equal(words(evidence)?.what, what);
    });

  it("each source is named, with its blocks, the nonce and every candidate as it has them", () => {
    const [included, pending, unknown] = [
      { transactionHash: ours, found: "included", block },
      { transactionHash: cancelling, found: "pending" },
      { transactionHash: foreign, found: "unknown" },
    ] as const;
    const views = [
      includedAt(block, { ...final, lookups: [included, pending] }),
      passed({ source: "two", blocks: [fork] }),
      view({ source: "three", lookups: [unknown] }),
    ];
    assert.deepEqual(words({ views })?.said, [
      {
        source: "one",
        says: `it is at block 103 ${at(103n).hash}; final up to block 101; nonce 5 is used up; ${ours} is in block 101 ${block.hash}; the cancel ${cancelling} waits in the pool; block 101 is ${block.hash}`,
      },
      {
        source: "two",
        says: `it is at block 103 ${at(103n).hash}; final up to block 101; nonce 5 is used up; ${ours} is not known; block 101 is ${fork.hash}`,
      },
      { source: "three", says: `it is at block 102 ${at(102n).hash}; nothing is final; nonce 5 is free; ${foreign} is not known` },
    ]);
  });

  it("what does not contradict itself has no words", () => {
    assert.equal(words({ views: [includedAt(block, final)] }), null);
    assert.equal(words({ views: [passed()], consumed: doing("other") }), null);
  });
});
