/**
 * The money test: a payout of 50 transfers, killed at every fault point of the ledger, before and after the node has the transfer, with a node that
 * takes it, turns it away, takes it without an answer, or takes it and answers an error. Another process resumes: each recipient is paid exactly
 * once by the chain's own account, and the history verifies. Every point and every answer once at transfers 1, 25 and 50, in turns on both
 * stores; the whole product is in the long form.
 */
import { describe, it } from "node:test";
import { answers, playCases } from "./case.ts";
import { points } from "./points.ts";

describe("the money test", { timeout: 240_000 }, () => {
  for (const [round, transfer] of [1, 25, 50].entries()) {
    it(`killed at every point of transfer ${transfer}: each recipient is paid exactly once (cases 1 to 8)`, () =>
      playCases(
        points.map((point, index) => ({
          point,
          transfer,
          answer: answers[(index + round) % answers.length] ?? "accept",
          backend: (index + round) % 3 === 0 ? "PostgreSQL" : "SQLite",
        })),
      ));
  }
});
