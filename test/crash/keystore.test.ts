/** The vault under SIGKILL: each named point of a write once, shared between the kinds of writes; keystore.long.test.ts takes every point of each. */
import assert from "node:assert/strict";
import { after, describe } from "node:test";
import { testVault } from "./keystore-sweep.ts";
import type { Choose } from "./sweep.ts";

describe("crash: vault", { concurrency: 2 }, () => {
  const all = new Set<string>();
  const killed = new Set<string>();
  /** Every third point from `first` on, and the last. */
  const every =
    (first: number): Choose =>
    (names) => {
      const points = [...names.keys()].filter((point) => point % 3 === first || point === names.length - 1);
      for (const name of names) all.add(name);
      for (const point of points) killed.add(names[point] ?? "");
      return points;
    };
  testVault({ choose: { create: every(2), import: every(0), rekey: every(1) }, processes: 4 });
  after(() => assert.deepEqual([...killed].toSorted(), [...all].toSorted(), "each named point is killed at"));
});
