import assert from "node:assert/strict";
import { it } from "node:test";
import { countOf } from "./count.ts";

it("counts in words", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => countOf(count, "child run")),
    ["0 child runs", "1 child run", "2 child runs"],
  );
});
