/** The main job under SIGKILL: every named point of a snapshot once; `npm run test:long` takes every point. */
import { test } from "node:test";
import { firstOfEach } from "./points.ts";
import { sweepSnapshot, width } from "./snapshot-sweep.ts";

test(
  "a snapshot that is killed is resumed to the same output, and asks nothing again that was committed",
  { timeout: 180_000, concurrency: width },
  (t) => sweepSnapshot(t, (names) => firstOfEach(names)),
);
