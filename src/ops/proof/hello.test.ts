import assert from "node:assert/strict";
import { test } from "node:test";
import { planOp } from "../../kernel/op.ts";
import { hello } from "./hello.ts";

test("hello: its specRef is fixed", () => {
  assert.equal(planOp(hello, {}).specRef, "sha256:f6d434ece72289656ede210f60ab9d1a7e852e78d6a28e29605090d0fce27582");
  assert.equal(planOp(hello, { names: ["Ada"] }).specRef, "sha256:0c0dc46a5691172776d265cf061999a9ae1d21dc1f3ad2cc6dc06109e980ea8c");
});
