import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { followStoreClock } from "./store-clock.ts";

test("the store's clock is what it says, whatever this machine's clock says then and later", async () => {
  const there = performance.timeOrigin + 86_400_000;
  const { clock, stop } = await followStoreClock({ now: async () => there + performance.now() });
  const isRight = (): boolean => Math.abs(clock.now() - there - performance.now()) < 1000;
  assert.ok(isRight());
  const real = Date.now;
  mock.method(Date, "now", () => real() - 600_000);
  assert.ok(isRight());
  mock.restoreAll();
  stop();
});

test("the store's clock is looked at again and again, and kept where it does not answer", async () => {
  let look: (() => void) | undefined;
  mock.method(globalThis, "setInterval", (callback: () => void) => {
    look = callback;
    return { unref: () => undefined };
  });
  mock.method(globalThis, "clearInterval", () => (look = undefined));
  let answer = async (): Promise<number> => 1_000_000 + performance.now();
  const { clock, stop } = await followStoreClock({ now: () => answer() });
  const about = (): number => Math.round((clock.now() - performance.now()) / 100_000);
  assert.equal(about(), 10);
  for (const [next, expected] of [
    [async () => 2_000_000 + performance.now(), 20],
    [async () => Promise.reject(new Error("away")), 20],
    [async () => 3_000_000 + performance.now(), 30],
  ] as const) {
    answer = next;
    look?.();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(about(), expected);
  }
  stop();
  assert.equal(look, undefined);
  mock.restoreAll();
});
