/** The main job under SIGKILL: every point of a snapshot. */
import { test } from "node:test";
import { sweepSnapshot, width } from "./snapshot-sweep.ts";

test("a snapshot killed at any point is resumed to the same output", { timeout: 600_000, concurrency: width }, (t) =>
  sweepSnapshot(t, (names) => [...names.keys()]),
);
