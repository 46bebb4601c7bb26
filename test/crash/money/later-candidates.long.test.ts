/** What may come after a payment was sent, whole: every point of every life, every answer, both stores. */
import { after, before, describe, it } from "node:test";
import { backends } from "../places.ts";
import { Theatre, answers } from "./case.ts";
import { playIncluded, playTakenBack } from "./included.ts";
import { type LifeName, ends, lives, playLater } from "./later-candidates.ts";
import { includedPoints } from "./later-points.ts";

describe("a payment that is killed after it was sent, whole", { timeout: 4 * 3_600_000, concurrency: 2 }, () => {
  const theatre = new Theatre();
  before(() => theatre.open());
  after(() => theatre.close());

  for (const backend of backends) {
    for (const name of Object.keys(lives) as LifeName[])
      for (const answer of answers)
        for (const point of lives[name].points)
          it(`on ${backend}, killed at ${point} of a ${name}, which the node has a mind to ${answer}: ${ends[name]}`, () =>
            playLater(theatre, { name, point, answer, backend }));
    for (const point of includedPoints)
      it(`on ${backend}, killed at ${point} of what is included and not final: it is paid exactly once (case 11)`, () =>
        playIncluded(theatre, point, backend));
    it(`on ${backend}, taken back while no process lives: it is sent again as it is, and paid exactly once (case 34)`, () =>
      playTakenBack(theatre, backend));
  }
});
