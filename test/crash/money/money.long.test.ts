/** The money test's whole product: every point, every answer, transfers 1, 25 and 50, on both stores. */
import { after, before, describe, it } from "node:test";
import { backends } from "../places.ts";
import { Theatre, answers } from "./case.ts";
import { points } from "./points.ts";

describe("the money test, whole", { timeout: 4 * 3_600_000, concurrency: 2 }, () => {
  const theatre = new Theatre();
  before(() => theatre.open());
  after(() => theatre.close());

  for (const backend of backends)
    for (const transfer of [1, 25, 50])
      for (const answer of answers)
        for (const point of points)
          it(`on ${backend}, a node that has a mind to ${answer} transfer ${transfer}, killed at ${point}`, () =>
            theatre.play({ point, transfer, answer, backend }));
});
