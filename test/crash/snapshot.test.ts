/** The main job under SIGKILL: every third point of a snapshot, each time another of the three; `npm run test:long` takes all of them. */
import { test } from "node:test";
import { sweepSnapshot, width } from "./snapshot-sweep.ts";

test(
  "a snapshot that is killed is resumed to the same output, and asks nothing again that was committed",
  { timeout: 180_000, concurrency: width },
  (t) => sweepSnapshot(t, (point) => point % 3 === Math.floor(point / 3) % 3),
);
