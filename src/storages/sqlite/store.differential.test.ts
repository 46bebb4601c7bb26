import assert from "node:assert/strict";
import { test } from "node:test";
import { startOfTime } from "../../testing/store/subject.ts";
import { compareStores } from "../../testing/store-differential.ts";
import { openModelStore } from "../model/model-store.ts";
import { openScratch } from "./scratch.test.support.ts";

/** Without each of these the comparison would say less than it seems to. */
const needed = [
  "append admission appended",
  "append admission conflict",
  "append next appended",
  "append next conflict",
  "append next fenced",
  "claim claimed",
  "claim busy",
  "claim ended",
  "claim unknown",
  "claimNext claimed",
  "claimNext nothing",
  "heartbeat kept",
  "heartbeat lost",
  "heartbeat nothing",
  "release known",
  "writeSnapshot real",
  "writeSnapshot made up",
  ...["readRun", "readEvents", "readArtifact", "readSnapshot", "listRuns", "nextDue"].flatMap((name) => [
    `${name} something`,
    `${name} nothing`,
  ]),
];

test("SQLite answers as the model does, whatever is asked", async () => {
  const seen = new Map<string, number>();
  for (const seed of [1, 2, 3]) {
    const clock = { now: startOfTime };
    const reference = openModelStore({ clock: () => clock.now });
    const { store: subject, close } = await openScratch({ clock: () => clock.now });
    for (const [outcome, times] of await compareStores({ reference, subject, clock, seed, operations: 1500 }))
      seen.set(outcome, (seen.get(outcome) ?? 0) + times);
    await close();
  }
  assert.deepEqual(
    needed.filter((outcome) => !seen.has(outcome)),
    [],
  );
});
