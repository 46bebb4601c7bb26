/** The crash sweep: every named point once, on one store or the other; `npm run test:long` takes every point, on both. */
import { test } from "node:test";
import { backends } from "./places.ts";
import { firstOfEach, shareOf } from "./points.ts";
import { sweep, width } from "./sweep.ts";

const options = { timeout: 180_000, concurrency: width };

for (const [index, backend] of backends.entries()) {
  test(`crash sweep on ${backend}: killed, a run ends with the same output, steps and a history that verifies`, options, (t) =>
    sweep(t, backend, (names) => firstOfEach(names).filter((point) => shareOf(names[point] ?? "") === index)),
  );
}
