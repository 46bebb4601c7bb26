/** A payout of 500 lines is one run, and goes on at the line at which it was killed: twice here; one of 2,000 lines, five times, in the long form. */
import { after, before, describe, it } from "node:test";
import { Theatre, playKills } from "./case.ts";

const lines = 500;

describe("a payout of many lines", { timeout: 240_000 }, () => {
  const theatre = new Theatre();
  before(() => theatre.open());
  after(() => theatre.close());

  it(`of ${lines}, killed when the 200th is recorded as sent, and when the node has the 430th: each recipient is paid exactly once`, () =>
    theatre.perform("SQLite", (stage) =>
      playKills(
        {
          lines,
          kills: [
            { point: "EffectDispatched after", transfer: 200, answer: "accept" },
            { point: "node after", transfer: 430, answer: "accept" },
          ],
        },
        stage,
        `${lines} lines`,
      ),
    ));
});
