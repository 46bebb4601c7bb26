import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JoinedWrites } from "./joined-writes.ts";

describe("joined writes", () => {
  it("write together what comes before the turn of a write, and in order", async () => {
    const written: (readonly number[])[] = [];
    const turns: (() => void)[] = [];
    const writes = new JoinedWrites<number>(async (take) => {
      await new Promise<void>((resolve) => turns.push(resolve));
      written.push([...take()]);
    });
    const first = Promise.all([1, 2, 3].map((record) => writes.add(record)));
    turns.shift()?.();
    await first;
    const second = writes.add(4);
    turns.shift()?.();
    await second;
    assert.deepEqual(written, [[1, 2, 3], [4]]);
  });

  it("fail together, and then write again", async () => {
    let isBroken = true;
    const writes = new JoinedWrites<number>(async (take) => {
      if (isBroken) throw new RangeError("no turn came");
      take();
    });
    const ended = await Promise.allSettled([writes.add(1), writes.add(2)]);
    assert.deepEqual(
      ended.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    isBroken = false;
    await writes.add(3);
  });
});
