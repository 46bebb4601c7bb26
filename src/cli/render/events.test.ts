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
});
