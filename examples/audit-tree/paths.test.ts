import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPath, writePath } from "./paths.ts";

describe("audit-tree: paths", () => {
  it("are text where they are UTF-8, and escaped bytes where they are not", () => {
    const written: readonly (readonly [string, string])[] = [
      ["a/b.txt", "a/b.txt"],
      ["caf\xc3\xa9", "café"],
      ["back\\slash", "back\\\\slash"],
      ["\\x61", "\\\\x61"],
      ["caf\xe9/\xc3\xa9", "caf\\xe9/\\xc3\\xa9"],
      ["\xed\xa0\x80", "\\xed\\xa0\\x80"],
      ["closed/", "closed/"],
      ["new\nline", "new\nline"],
    ];
    for (const [bytes, text] of written) assert.deepEqual([writePath(bytes), readPath(text)], [text, bytes]);
  });

  it("are refused where they lead out of the tree, or have another spelling", () => {
    for (const path of ["../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a\0", "\\x61", "back\\slash", "caf\\xc3\\xa9", "/"]) {
      assert.throws(() => readPath(path), { code: "VALUE_INVALID" }, path);
    }
  });
});
