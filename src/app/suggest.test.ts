import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { didYouMean, suggest } from "./suggest.ts";

describe("suggest", () => {
  it("finds a slip of the hand: one letter more, less, other or swapped", () => {
    for (const word of ["storre", "stor", "stare", "sotre", "STORE"]) assert.equal(suggest(word, ["ops", "store"]), "store", word);
  });

  it("says nothing where nothing is near", () => {
    assert.equal(suggest("keystore", ["ops", "store"]), undefined);
    assert.equal(suggest("x", []), undefined);
    assert.equal(didYouMean("zebra", ["ops"]), "");
    assert.equal(didYouMean("op", ["ops"]), "; did you mean ops?");
  });
});
