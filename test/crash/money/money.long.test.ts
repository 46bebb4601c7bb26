/** The money test's whole product: every point, every answer, transfers 1, 25 and 50, on both stores. */
import { describe, it } from "node:test";
import { backends } from "../places.ts";
import { answers, playCases } from "./case.ts";
import { points } from "./points.ts";

describe("the money test, whole", { timeout: 3_600_000 }, () => {
  for (const backend of backends)
    for (const transfer of [1, 25, 50])
      for (const answer of answers)
        it(`on ${backend}, a node that has a mind to ${answer} transfer ${transfer}, killed at every point`, () =>
          playCases(points.map((point) => ({ point, transfer, answer, backend }))));
});
