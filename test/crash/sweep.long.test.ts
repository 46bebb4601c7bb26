/** The crash sweep: every point, on both stores. */
import { test } from "node:test";
import { backends } from "./places.ts";
import { sweep, width } from "./sweep.ts";

for (const backend of backends)
  test(`crash sweep on ${backend}: killed at any point`, { timeout: 600_000, concurrency: width }, (t) =>
    sweep(t, backend, (names) => [...names.keys()]),
  );
