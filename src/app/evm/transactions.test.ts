import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransactionStory } from "./transaction-story.ts";
import { assertAgreed } from "./transactions.ts";

const gwei = 1_000_000_000n;
const fees = { maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: 5n * gwei } as TransactionStory["intent"]["fees"];
const agreed = ["0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"];

describe("fees that somebody names for a replacement", () => {
  it("are not above what people have agreed to, of which the signer would sign nothing", () => {
    const story = { agreed, intent: { fees } };
    assertAgreed({ maxFeePerGas: String(100n * gwei), maxPriorityFeePerGas: String(5n * gwei) }, story);
    const above = { maxFeePerGas: String(100n * gwei + 1n) };
    assert.throws(() => assertAgreed(above, story), {
      code: "FEE_TERMS_REFUSED",
      message: /^--max-fee-per-gas: 0x99.* agreed to at most 100gwei$/,
    });
    assert.throws(() => assertAgreed({ maxPriorityFeePerGas: String(6n * gwei) }, story), { message: /^--max-priority-fee-per-gas/ });
  });

  it("may be above the ceilings where nobody was asked: a person names them", () =>
    assertAgreed({ maxFeePerGas: String(900n * gwei) }, { agreed: [], intent: { fees } }));
});
