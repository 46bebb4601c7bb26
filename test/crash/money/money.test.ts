/**
 * The money test: a payout of 50 transfers, killed at every fault point of the ledger, before and after the node has the transfer, with a node that
 * takes it, turns it away, takes it without an answer, or takes it and answers an error. Another process resumes: each recipient is paid exactly
 * once by the chain's own account, and the history verifies. Here every point once, in turns at transfers 1, 25 and 50, with every answer at
 * each of these, on both stores; the whole product is in the long form (`npm run test:crash`).
 */
import { after, before, describe, it } from "node:test";
import { Theatre, answers } from "./case.ts";
import { points } from "./points.ts";

const transfers = [1, 25, 50] as const;

describe("the money test", { timeout: 240_000, concurrency: 2 }, () => {
  const theatre = new Theatre();
  before(() => theatre.open());
  after(() => theatre.close());

  for (const [index, point] of points.entries()) {
    const transfer = transfers[index % transfers.length] ?? 1;
    const answer = answers[index % answers.length] ?? "accept";
    const backend = index % 3 === 1 ? "PostgreSQL" : "SQLite";
    it(`killed at ${point} of transfer ${transfer}, which the node has a mind to ${answer}, on ${backend}: each recipient is paid exactly once (cases 1 to 7)`, () =>
      theatre.play({ point, transfer, answer, backend }));
  }
});
