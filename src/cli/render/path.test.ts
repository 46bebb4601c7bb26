import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { showPath } from "./path.ts";

describe("paths for people", () => {
  it("are relative below the working folder, and as they are elsewhere", () => {
    const shown = ["/a/b/c.ts", "/a/b/c/d.ts", "/a/b/..c.ts", "/a/b", "/a/bc.ts", "/a/c.ts", "/a", "c.ts"].map((path) =>
      showPath(path, "/a/b"),
    );
    assert.deepEqual(shown, ["c.ts", "c/d.ts", "..c.ts", "/a/b", "/a/bc.ts", "/a/c.ts", "/a", "c.ts"]);
  });
});
