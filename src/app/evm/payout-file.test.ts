import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import type { PayoutContext } from "../../ops/evm/payout-lines.ts";
import { readPayoutFile, toPayments } from "./payout-file.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "mfm-payout-"));
});
after(() => rmSync(folder, { recursive: true }));

const alice = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const bob = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const from = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const context: PayoutContext = { from, asset: { kind: "native" }, known: [] };

function payments(text: string, name = "payout.csv") {
  writeFileSync(join(folder, name), text);
  return toPayments(readPayoutFile(name, folder), 6, context);
}

/** Every finding as `line: problem`. */
function findings(text: string, name?: string): readonly string[] {
  try {
    payments(text, name);
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    assert.equal(error.code, "PAYOUT_INVALID");
    const found = error.details["findings"] as readonly { readonly line: number | null; readonly problem: string }[];
    return found.map(({ line, problem }) => `${line}: ${problem}`);
  }
  return [];
}

describe("a list of payments", () => {
  it("is read from CSV, with ids and memos, in any order of columns", () => {
    assert.deepEqual(payments(`amount,memo,recipient,id\n1.5,"rent, May",${alice},a-1\n2,,${bob},\n`), [
      { recipient: alice, amount: 1_500_000n, id: "a-1", memo: "rent, May" },
      { recipient: bob, amount: 2_000_000n },
    ]);
  });

  it("is read from JSON", () => {
    const list = [
      { recipient: alice, amount: "1.5", id: "a-1" },
      { recipient: bob.toLowerCase(), amount: "2" },
    ];
    assert.deepEqual(payments(JSON.stringify(list), "payout.json"), [
      { recipient: alice, amount: 1_500_000n, id: "a-1" },
      { recipient: bob, amount: 2_000_000n },
    ]);
  });

  it("names every line that cannot be paid, at once, with its number in the file", () => {
    const wrong = alice.replace("C51812", "c51812");
    const text = [
      "recipient,amount",
      `${alice},1`,
      "",
      "0x1234,1",
      `${wrong},1`,
      `${bob},-1`,
      `${bob},0.0000001`,
      `${bob},0`,
      `${alice},2`,
      `${from},1`,
    ].join("\n");
    const found = findings(text);
    const expected = [
      /^4: .*no address/,
      /^5: .*checksum/,
      /^6: .*negative/,
      /^7: .*7 decimals/,
      /^8: .*zero/,
      /^9: .*payment 1 too/,
      /^10: .*the sender/,
    ];
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? "", pattern);
  });

  const broken: readonly (readonly [what: string, text: string, name: string, words: RegExp])[] = [
    ["without a header", `${alice},1\n`, "a.csv", /^1: the first line must be a header/],
    ["with an unknown column", "recipient,amount,note\n", "a.csv", /^1: the column "note" is unknown/],
    ["with a column twice", "recipient,amount,amount\n", "a.csv", /^1: a column stands twice/],
    ["with a field too many", `recipient,amount\n${alice},1,2\n`, "a.csv", /^2: has 3 fields/],
    ["with an open quote", `recipient,amount\n"${alice},1\n`, "a.csv", /^2: a quote is not closed/],
    ["without a payment", "recipient,amount\n", "a.csv", /^null: a.csv holds no payment/],
    ["of too many payments", `recipient,amount\n${`${alice},1\n`.repeat(10_001)}`, "a.csv", /^null: there are more than 10000/],
    ["that is no JSON list", "{}", "a.json", /^null: expected a list/],
    ["with a JSON number for an amount", JSON.stringify([{ recipient: alice, amount: 1 }]), "a.json", /^1: .*each a text/],
    ["with an unknown JSON member", JSON.stringify([{ recipient: alice, amount: "1", to: bob }]), "a.json", /^1: "to" is unknown/],
  ];
  for (const [what, text, name, words] of broken) it(`${what} is refused`, () => assert.match(findings(text, name)[0] ?? "", words));

  it("that is not there is FILE_UNREADABLE", () => {
    assert.throws(
      () => readPayoutFile("none.csv", folder),
      (error) => error instanceof MfmError && error.code === "FILE_UNREADABLE",
    );
  });
});
