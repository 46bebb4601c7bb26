import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plain } from "../paint.ts";
import { renderOps } from "./ops.ts";

describe("ops for people", () => {
  it("names the modules of ops from the working folder", () => {
    const op = (id: string, module: string | null) => ({ id, description: "", module });
    const ops = [op("a.b/c@1", "/a/ops/c.ts"), op("a.b/d@1", "/other/d.ts"), op("a.b/e@1", null)];
    const rows = renderOps(ops, { folder: "/a", paint: plain }).split("\n").slice(1);
    assert.deepEqual(
      rows.map((row) => row.replace(/^\S+ +/, "")),
      ["ops/c.ts", "/other/d.ts", "in the box"],
    );
  });
});
