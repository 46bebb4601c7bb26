import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inParallel } from "./in-parallel.ts";

describe("inParallel", () => {
  it("gives results in the order of items, and never does more at once than it may", async () => {
    let now = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const results = inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      now++;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => release.push(resolve));
      now--;
      return item * 10;
    });
    for (let done = 0; done < 5;) {
      await new Promise((resolve) => setImmediate(resolve));
      // The one that began last ends first.
      done += release.length;
      for (const resolve of release.splice(0).toReversed()) resolve();
    }
    assert.deepEqual([await results, most], [[10, 20, 30, 40, 50], 2]);
    assert.deepEqual(await inParallel([], 2, () => assert.fail("nothing to do")), []);
  });

  it("begins nothing more once something failed", async () => {
    const begun: number[] = [];
    const work = async (item: number): Promise<void> => {
      begun.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error("no");
    };
    await assert.rejects(inParallel([1, 2, 3, 4], 1, work), /no/);
    assert.deepEqual(begun, [1]);
  });
});
