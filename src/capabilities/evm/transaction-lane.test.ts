import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import type { SlotAnswer } from "../../kernel/effects/kind.ts";
import type { TransactionIntent } from "./transaction-intent.ts";
import { type AccountStanding, accountLane } from "./transaction-lane.ts";

const intent = { network: "eip155:1", from: "0x52908400098527886E0F7030069857D2E4169EE7", window: 8 } as unknown as TransactionIntent;
const standing: AccountStanding = {
  block: { number: 7n, hash: `0x${"07".repeat(32)}` },
  count: 5,
  pending: 5,
  code: "none",
  signed: [],
  patience: "waits",
};

type Case = readonly [name: string, read: Partial<AccountStanding>, known: { open?: readonly number[]; next?: number }, answer: SlotAnswer];

const slot = (given: number): SlotAnswer => ({ kind: "slot", slot: given });
const quarantined = (...slots: readonly number[]): SlotAnswer => ({ kind: "quarantined", why: "SIGNED_UNKNOWN", slots });
const foreign: SlotAnswer = { kind: "later", why: "FOREIGN_PENDING" };

const id = digestOf("this effect");
const mine = (nonce: number) => ({ effect: id, nonce });
const others = (nonce: number) => ({ effect: digestOf(`another at ${nonce}`), nonce });

const cases: readonly Case[] = [
  ["the chain's count, where nothing is known", {}, {}, slot(5)],
  ["after those that are under way", { pending: 7 }, { open: [5, 6], next: 5 }, slot(7)],
  ["after what somebody else used up", { count: 9, pending: 9 }, { next: 5 }, slot(9)],
  ["after what is used up here, where its source lags and they are under way", { count: 4, pending: 4 }, { open: [4], next: 5 }, slot(5)],
  ["none yet, where what was used up is free again", { count: 4, pending: 4 }, { next: 5 }, { kind: "later", why: "NONCE_GAP" }],
  ["none yet, where somebody else's transaction waits", { pending: 6 }, {}, foreign],
  ["none yet, where it waits behind ours", { pending: 7 }, { open: [5], next: 5 }, foreign],
  ["the same as it, when it was waited for long enough", { pending: 6, patience: "over" }, {}, slot(5)],
  ["none, where the signer signed for what is unknown", { signed: [5] }, { next: 5 }, quarantined(5)],
  ["none, where that is used up", { count: 9, pending: 9, signed: [6] }, { next: 5 }, quarantined(6)],
  ["none, where that comes later", { signed: [4, 8, 9] }, {}, quarantined(8, 9)],
  ["the chain's count, where what the signer signed is used up before the first of this store", { signed: [4] }, {}, slot(5)],
  ["the next, where what the signer signed is known to be used up", { signed: [4] }, { next: 5 }, slot(5)],
  ["what was signed for the effect before, where that is free", { forgotten: [mine(6)] }, {}, slot(6)],
  ["what was signed for the effect before, where that is used up", { count: 9, forgotten: [mine(6)] }, { next: 8 }, slot(6)],
  ["what was signed for the effect before, whatever else waits", { pending: 8, signed: [7], forgotten: [mine(6)] }, {}, slot(6)],
  ["what was signed for it, where what is unknown comes later", { signed: [8], forgotten: [mine(6)] }, { next: 5 }, slot(6)],
  [
    "none, where something unknown was signed below it",
    { count: 9, pending: 9, signed: [5], forgotten: [mine(6)] },
    { next: 5 },
    quarantined(5),
  ],
  [
    "none behind one that was signed for others, where a nonce is free besides",
    { count: 4, pending: 4, forgotten: [others(4)] },
    { next: 7 },
    quarantined(4),
  ],
  ["none, where that is another's here", { forgotten: [mine(6)] }, { open: [6] }, quarantined(6)],
  ["none behind those that were signed for others who wait, and are free", { forgotten: [others(5), others(6)] }, {}, quarantined(5, 6)],
  ["none behind one of those, where it was said to be used up", { count: 4, forgotten: [others(4)] }, { next: 5 }, quarantined(4)],
  ["the next, where those that were signed for others who wait are used up", { count: 7, pending: 7, forgotten: [others(5)] }, {}, slot(7)],
  ["one before those that were signed for others who wait", { forgotten: [others(6)] }, {}, slot(5)],
];

describe("nonces of an account", () => {
  for (const [name, read, { open = [], next = null }, answer] of cases)
    it(`gives ${name}`, () => assert.deepEqual(accountLane.slot({ id, intent, standing: { ...standing, ...read }, open, next }), answer));

  it("are one lane for each account and network", () => assert.equal(accountLane.of(intent), `eip155:1/${intent.from}`));

  it("are one at a time where the account has code by EIP-7702 (case 43)", () => {
    assert.equal(accountLane.window({ intent, standing }), 8);
    assert.equal(accountLane.window({ intent, standing: { ...standing, code: "delegated" } }), 1);
  });
});
