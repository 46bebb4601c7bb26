import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { VirtualClock } from "./virtual-clock.ts";

const start = 1000;
const forever = Number.MAX_SAFE_INTEGER;

describe("virtual clock", () => {
  it("stands still until it is run", async () => {
    const clock = new VirtualClock(start);
    let fired = false;
    clock.timer(5, () => (fired = true));
    await new Promise(setImmediate);
    assert.deepEqual([clock.now(), fired], [start, false]);
    await clock.run(() => fired, forever);
    assert.deepEqual([clock.now(), fired], [start + 5, true]);
  });

  it("fires timers by time, those of one time in the order they were set", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 50 }), async (delays) => {
        const clock = new VirtualClock(start);
        const fired: [number, number][] = [];
        for (const [index, delay] of delays.entries()) clock.timer(delay, () => fired.push([clock.now() - start, index]));
        assert.equal(await clock.run(() => false, forever), false);
        const expected = delays.map((delay, index): [number, number] => [delay, index]);
        // The sort is stable: equal times stay in the order they were set.
        assert.deepEqual(
          fired,
          expected.toSorted(([left], [right]) => left - right),
        );
      }),
    );
  });

  it("lets everything happen that is possible before time goes on", async () => {
    const clock = new VirtualClock(start);
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      seen.push(clock.now());
      await clock.sleep(7);
      seen.push(clock.now());
    };
    void work();
    clock.timer(1, () => undefined);
    await clock.run(() => seen.length === 2, forever);
    assert.deepEqual(seen, [start, start + 7]);
  });

  it("does not fire what was cancelled, and does not wait for it", async () => {
    const clock = new VirtualClock(start);
    clock.timer(5, () => assert.fail("cancelled"))();
    assert.equal(await clock.run(() => false, forever), false);
    assert.equal(clock.now(), start);
  });

  it("stops at the deadline, and goes on from there", async () => {
    const clock = new VirtualClock(start);
    let fired = false;
    clock.timer(10, () => (fired = true));
    assert.equal(await clock.run(() => fired, start + 9), false);
    assert.equal(clock.now(), start + 9);
    assert.equal(await clock.run(() => fired, start + 10), true);
  });

  it("refuses to stand still for ever", async () => {
    const clock = new VirtualClock(start);
    const again = (): void => void clock.timer(0, again);
    again();
    await assert.rejects(() => clock.run(() => false, forever), /time stood still/);
    const spinning = new VirtualClock(start);
    spinning.timer(1, () => {
      while (spinning.now() >= start);
    });
    await assert.rejects(() => spinning.run(() => false, forever), /stood still/);
  });
});
