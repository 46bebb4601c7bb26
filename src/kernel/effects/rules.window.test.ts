import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fits } from "./rules.ts";

describe("the window of a lane", () => {
  it("counts slots that are open, and none below which all are used up", () => {
    assert.equal(fits(7, { open: [5, 6], size: 3, next: 5 }), true);
    assert.equal(fits(7, { open: [5, 6], size: 2, next: 5 }), false);
    assert.equal(fits(7, { open: [5, 6], size: 2, next: null }), false);
    // What nobody can say of slot 5 any more keeps nothing from the account.
    assert.equal(fits(7, { open: [5, 6], size: 2, next: 6 }), true);
    assert.equal(fits(6, { open: [5], size: 1, next: 6 }), true);
  });

  it("always has room for what fills a gap below", () => {
    assert.equal(fits(4, { open: [5, 6], size: 2, next: 4 }), true);
  });
});
