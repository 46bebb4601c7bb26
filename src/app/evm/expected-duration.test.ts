import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Step } from "../../kernel/spec.ts";
import { expectedSeconds } from "./expected-duration.ts";

/** A step after others, one of them by a value that it takes from it. */
function step(key: string, after: readonly string[] = [], from?: string): Step {
  const input = from === undefined ? { value: null } : { from, path: [] };
  const retry = { maxAttempts: 1, firstDelayMs: 0, maxDelayMs: 0, factor: 1, jitterPercent: 0 };
  return { key, kind: "state", state: "test.duration/send@1", config: null, after, input, retry, timeLimitMs: 1000 };
}

const pace = { blockSeconds: 12, finalitySeconds: 768 };
const secondsOf = (steps: readonly Step[], sending: readonly string[], window: number) =>
  expectedSeconds(pace, { steps, sending: new Set(sending), window });

describe("the expected duration of transactions", () => {
  const lines = Array.from({ length: 33 }, (_, index) => `pay/${index}`);
  const all = lines.map((key) => step(key));

  it("is that of one after the other window, where none stands on another", () => {
    assert.equal(secondsOf(all, lines, 16), 3 * 780);
    assert.equal(secondsOf(all, lines, 1), 33 * 780);
  });

  it("counts what stands on something else after it, also across steps that send nothing", () => {
    const steps = [step("a"), step("b"), step("look", [], "a"), step("c", ["look"]), step("d", [], "c"), step("check", ["d"])];
    assert.equal(secondsOf(steps, ["a", "b", "c", "d"], 16), 3 * 780);
    assert.equal(secondsOf(steps, ["a", "b", "c", "d"], 1), 4 * 780);
  });

  it("is not known where the chain does not say how fast it is, and nothing where nothing is sent", () => {
    assert.equal(expectedSeconds({ blockSeconds: null, finalitySeconds: 1 }, { steps: all, sending: new Set(lines), window: 1 }), null);
    assert.equal(secondsOf(all, [], 16), 0);
  });
});
