/** Asking one by one: where a network's sources can do no better, and where only a call of its own tells why a contract fails. */
import type { Asker, Batch, Hex, Item, Outcome, Question, Settled } from "./asking.ts";
import { gasOf } from "./gas.ts";
import { heedAtPin, uselessAnswer } from "./source-failure.ts";

/** Stands for the size of an answer, returned or thrown, that was too large to be read: the least that it can be, as smaller ones fit into a value. */
const unreadSize = 524_288;

/** One batch for each question. Unattested: a plain call says nothing about its block. */
export function singly(asker: Asker, items: readonly Item[]): Batch[] {
  return items.map(({ index, question }) => async () => {
    const outcome = question.kind === "balance" ? await askBalance(asker, question.account) : await askCall(asker, question);
    const settled: Settled = { index, outcome, way: "calls", attested: false };
    return { settled: [settled], open: [] };
  });
}

async function askBalance(asker: Asker, account: Hex): Promise<Outcome> {
  const { chain, pin } = asker;
  const answer = await chain.balance({ network: pin.network, account, at: pin.block });
  switch (answer.kind) {
    case "ok":
      return { kind: "word", value: answer.balance };
    case "block_lost":
    case "source_failed":
      return heedAtPin(asker, answer);
  }
}

async function askCall(asker: Asker, { to, data }: Extract<Question, { kind: "call" }>): Promise<Outcome> {
  const { chain, pin } = asker;
  // All that a question may cost, at once: with less, a contract may hide that it starved, and here nobody sees what it spent.
  const answer = await chain.call({ network: pin.network, at: pin.block, to, data, gas: BigInt(gasOf.second) });
  switch (answer.kind) {
    case "ok":
      if (answer.data === "0x") return askCode(asker, to);
      return { kind: "returned", size: (answer.data.length - 2) / 2, head: answer.data };
    case "reverted":
    case "out_of_gas":
      return { kind: answer.kind };
    case "too_large":
      return { kind: "returned", size: unreadSize, head: "0x" };
    case "no_overrides":
      // Nothing was to be stood in.
      return heedAtPin(asker, uselessAnswer("malformed"));
    case "block_lost":
    case "source_failed":
      return heedAtPin(asker, answer);
  }
}

/** Why an answer is empty: nobody is there, or somebody who says nothing. */
async function askCode(asker: Asker, account: Hex): Promise<Outcome> {
  const { chain, pin } = asker;
  const answer = await chain.code({ network: pin.network, account, at: pin.block });
  switch (answer.kind) {
    case "ok":
      return answer.code === "0x" ? { kind: "no_code" } : { kind: "returned", size: 0, head: "0x" };
    case "block_lost":
    case "source_failed":
      return heedAtPin(asker, answer);
  }
}
