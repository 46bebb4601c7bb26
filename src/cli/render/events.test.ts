import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ShownEvent } from "../../app/run-stream.ts";
import { plain } from "../paint.ts";
import { renderEvent } from "./events.ts";

const at = "2026-01-31T12:00:00.000Z";

describe("events for people", () => {
  it("shows every time of an event alike", () => {
    const event = {
      seq: 2,
      at,
      type: "TimerSet",
      data: { step: "pause", due: "2026-01-31T12:00:05.000Z" },
    } as unknown as ShownEvent["event"];
    assert.equal(renderEvent(event, plain), "    2  2026-01-31 12:00:00  TimerSet            pause  due 2026-01-31 12:00:05");
  });

  const evidence = { kind: "evidence", mediaType: "application/json", digest: `sha256:${"e".repeat(64)}` };
  const shown = `evidence sha256:${"e".repeat(12)}`;
  const effects: readonly (readonly [string, object, string])[] = [
    ["EffectDispatched", { candidate: 0 }, "EffectDispatched    pay"],
    ["EffectDispatched", { candidate: 1 }, "EffectDispatched    pay  candidate 1"],
    ["EffectObserved", { candidate: 0, seen: { kind: "unknown" } }, "EffectObserved      pay  seen unknown"],
    [
      "EffectObserved",
      { candidate: 0, seen: { kind: "stuck", why: "POOR", evidence } },
      `EffectObserved      pay  seen stuck  why POOR  ${shown}`,
    ],
    ["EffectSettled", { candidate: 0, outcome: { kind: "reverted" }, evidence }, `EffectSettled       pay  outcome reverted  ${shown}`],
    ["EffectAbandoned", { why: { kind: "refused", code: "POOR" } }, "EffectAbandoned     pay  why refused  code POOR"],
  ];
  for (const [type, data, line] of effects) {
    it(`shows what an effect came to: ${line}`, () => {
      const event = { seq: 2, at, type, data: { step: "pay", ...data } } as unknown as ShownEvent["event"];
      assert.equal(renderEvent(event, plain), `    2  2026-01-31 12:00:00  ${line}`);
    });
  }
});
