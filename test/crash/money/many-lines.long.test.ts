/** Payouts of 2,000 lines, killed at random points, with a node that has a mind of its own then. */
import { after, before, describe, it } from "node:test";
import { Chance } from "../../simulation/chance.ts";
import { backends } from "../places.ts";
import { type Killing, Theatre, answers, playKills } from "./case.ts";
import { points } from "./points.ts";

const lines = 2000;
const kills = 5;
/** Those of a line's own turn: what is intended, and what a nonce is asked for, is far ahead of that. */
const ofOneLine = points.slice(points.indexOf("prepare before"));
/** Of a part of the lines, so many at its ends are left out: more than are under way at once. */
const apart = 40;

describe("a payout of 2,000 lines", { timeout: 3_600_000 }, () => {
  const theatre = new Theatre();
  before(() => theatre.open());
  after(() => theatre.close());

  for (const [seed, backend] of backends.entries()) {
    const chance = new Chance(seed);
    const part = lines / kills;
    const chosen = Array.from({ length: kills }, (_, index): Killing => ({
      point: chance.pick(ofOneLine),
      transfer: index * part + chance.int(apart, part - apart),
      answer: chance.pick(answers),
    }));
    const where = chosen.map(({ point, transfer }) => `${point} of ${transfer}`).join(", ");
    it(`on ${backend}, killed at ${where}: each recipient is paid exactly once`, () =>
      theatre.perform(backend, (stage) => playKills({ lines, kills: chosen }, stage, `${lines} lines on ${backend}`)));
  }
});
