import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { assertInPlace, openSafeFolder } from "./folder.ts";
import { readPrivateFile, replacePrivateFile } from "./private-file.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("private file", () => {
  let root = "";
  let path = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "mfm-files-"));
    path = join(root, "file");
  });
  afterEach(() => {
    chmodSync(root, 0o700);
    rmSync(root, { recursive: true, force: true });
  });

  it("is made for this user only whatever the umask is, and replaced as a whole", () => {
    replacePrivateFile({ path, bytes: bytes("one"), expected: undefined });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    replacePrivateFile({ path, bytes: bytes("two"), expected: bytes("one") });
    assert.deepEqual(readPrivateFile(path, 10)?.bytes, bytes("two"));
    assert.deepEqual(readdirSync(root), ["file"]);
  });

  it("is not replaced where it is not what is expected, and nothing stays behind", () => {
    writeFileSync(path, "other", { mode: 0o600 });
    for (const expected of [undefined, bytes("one"), bytes("othe")])
      assert.throws(() => replacePrivateFile({ path, bytes: bytes("two"), expected }), { code: "FILE_CHANGED" });
    assert.equal(readFileSync(path, "utf8"), "other");
    rmSync(path);
    assert.throws(() => replacePrivateFile({ path, bytes: bytes("two"), expected: bytes("one") }), { code: "FILE_CHANGED" });
    assert.deepEqual(readdirSync(root), []);
  });

  it("is checked again right before it is replaced", () => {
    writeFileSync(path, "one", { mode: 0o600 });
    assert.throws(
      () =>
        replacePrivateFile({
          path,
          bytes: bytes("two"),
          expected: bytes("one"),
          reached: (point) => {
            if (point === "temp.verified") writeFileSync(path, "eno");
          },
        }),
      { code: "FILE_CHANGED" },
    );
    assert.equal(readFileSync(path, "utf8"), "eno");
  });

  it("is not written into another folder that took the place of its own", () => {
    const folder = openSafeFolder(root);
    renameSync(root, `${root}-moved`);
    mkdirSync(root, { mode: 0o700 });
    assert.throws(() => assertInPlace(folder), { code: "FILE_UNSAFE" });
    rmSync(`${root}-moved`, { recursive: true });
  });

  it("takes away what a crash left", () => {
    writeFileSync(join(root, ".file.tmp-0011"), "half", { mode: 0o600 });
    writeFileSync(join(root, ".filet.tmp-0011"), "not its own", { mode: 0o600 });
    replacePrivateFile({ path, bytes: bytes("one"), expected: undefined });
    assert.deepEqual(readdirSync(root).toSorted(), [".filet.tmp-0011", "file"]);
  });

  it("is none where there is none, or no folder", () => {
    assert.equal(readPrivateFile(path, 10), undefined);
    assert.equal(readPrivateFile(join(root, "nowhere", "file"), 10), undefined);
  });

  it("follows links of this user to its folder, and refuses endless ones", () => {
    const link = join(root, "link");
    mkdirSync(join(root, "real"), { mode: 0o700 });
    symlinkSync("real", link);
    assert.equal(openSafeFolder(link).path, openSafeFolder(join(root, "real")).path);
    symlinkSync("loop", join(root, "loop"));
    assert.throws(() => openSafeFolder(join(root, "loop")), { code: "FILE_UNSAFE" });
  });

  it("says why it cannot be made", () => {
    writeFileSync(path, "a file", { mode: 0o600 });
    assert.throws(() => openSafeFolder(path), { code: "FILE_UNSAFE" });
    assert.throws(() => openSafeFolder(join(root, "nowhere")), { code: "FILE_UNREADABLE" });
  });
});
