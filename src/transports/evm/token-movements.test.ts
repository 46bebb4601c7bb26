import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readTokenMovements } from "./token-movements.ts";

const account = "0x52908400098527886E0F7030069857D2E4169EE7";
const other = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";
const [gold, silver] = [`0x${"a1".repeat(20)}`, `0x${"b2".repeat(20)}`] as const;
const event = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const word = (digits: string): string => `0x${digits.replace(/^0x/, "").toLowerCase().padStart(64, "0")}`;
const transfer = (address: string, from: string, to: string, amount: bigint) => ({
  address,
  topics: [event, word(from), word(to)],
  data: word(amount.toString(16)),
});

describe("what an account has more and less of tokens", () => {
  const amounts = (logs: unknown) =>
    readTokenMovements(logs, account)?.map(({ token, received, spent }) => [token.toLowerCase(), received, spent]);

  it("is summed by token, both ways, however addresses are written", () => {
    const logs = [
      transfer(gold, account, other, 5n),
      transfer(silver, other, account, 2n ** 256n - 1n),
      transfer(gold.toUpperCase().replace("0X", "0x"), account, other, 6n),
      transfer(gold, other, account, 4n),
      transfer(silver, other, account, 1n),
    ];
    assert.deepEqual(amounts(logs), [
      [gold, 4n, 11n],
      [silver, 2n ** 256n, 0n],
    ]);
  });

  it("is nothing of what others move, of what moves nothing, and of the network's own asset, as whoever's it is logged", () => {
    const own = [`0x${"ee".repeat(20)}`, `0x${"ff".repeat(19)}fe`].map((emitter) => transfer(emitter, other, account, 7n));
    const logs = [...own, transfer(gold, other, silver, 7n), transfer(gold, account, account, 7n), transfer(gold, other, account, 0n)];
    assert.deepEqual(amounts(logs), []);
  });

  it("passes over what is no ERC-20 transfer", () => {
    const fine = transfer(gold, other, account, 3n);
    const { address, topics, data } = fine;
    const malformed: readonly unknown[] = [
      null,
      7,
      "0x",
      [],
      {},
      { topics, data },
      { ...fine, address: `${address}00` },
      { ...fine, address: "0xnothing" },
      { ...fine, address: 7 },
      { ...fine, topics: null },
      { ...fine, topics: topics.slice(0, 2) },
      // ERC-721: the token's number is a topic.
      { ...fine, topics: [...topics, data] },
      { ...fine, topics: [event.toLowerCase().replace("dd", "de"), ...topics.slice(1)] },
      { ...fine, topics: [event, null, { length: 66 }] },
      { ...fine, topics: [event, other, account] },
      { ...fine, topics: [event, word(other), word(`01${account.slice(2)}`)] },
      { ...fine, data: "0x" },
      { ...fine, data: `${data}00` },
      { ...fine, data: `${data.slice(0, -1)}z` },
      { ...fine, data: 3 },
    ];
    for (const one of malformed) assert.deepEqual(amounts([one, fine]), [[gold, 3n, 0n]], JSON.stringify(one));
  });

  it("is not known where there are no logs to read", () => {
    for (const logs of [undefined, null, {}, "0x"]) assert.equal(amounts(logs), undefined);
  });
});
