import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ansi, paintStatus, plain, printable } from "./paint.ts";

describe("paint", () => {
  it("writes out what would steer the terminal, and keeps lines and languages", () => {
    assert.equal(printable("a\u001b[31mb\u0007\u202e\u009b\n\u00e9 \u{1f600}"), "a\\u001b[31mb\\u0007\\u202e\\u009b\n\u00e9 \u{1f600}");
  });

  it("colours a status by what it means", () => {
    assert.deepEqual(
      ["succeeded", "failed", "paused", "running"].map((status) => paintStatus(ansi, status)),
      ["\u001b[32msucceeded\u001b[39m", "\u001b[31mfailed\u001b[39m", "\u001b[33mpaused\u001b[39m", "\u001b[36mrunning\u001b[39m"],
    );
    assert.equal(paintStatus(plain, "failed"), "failed");
  });
});
