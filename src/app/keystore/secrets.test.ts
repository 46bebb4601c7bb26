import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Place } from "../place.ts";
import { type Ask, readNewSecret, readSecret, type SecretSource } from "./secrets.ts";

const typing = (...answers: string[]): Ask => ({
  hidden: async () => answers.shift() ?? "",
  confirm: async () => false,
});

describe("secrets", () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-secrets-"));
  const place: Place = { folder, env: {}, configFile: undefined, storeUrl: undefined };
  const read = async (source: SecretSource): Promise<string> => Buffer.from(await readSecret(place, source, "secret")).toString();

  before(() => writeFileSync(join(folder, "mine"), "s3cret\n", { mode: 0o600 }));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("come from a file, from a command, from a descriptor and from somebody who types, as they are", async () => {
    const fd = openSync(join(folder, "mine"), "r");
    const sources: readonly SecretSource[] = [
      { kind: "file", path: "mine" },
      { kind: "command", command: `cat ${join(folder, "mine")}` },
      { kind: "fd", fd },
      { kind: "prompt", ask: typing("s3cret\n") },
    ];
    for (const source of sources) assert.equal(await read(source), "s3cret\n", source.kind);
    closeSync(fd);
  });

  it("come through links, as secret managers make them, from pipes and from devices", async () => {
    symlinkSync("mine", join(folder, "link"));
    assert.equal(await read({ kind: "file", path: "link" }), "s3cret\n");
    assert.equal(await read({ kind: "file", path: "/dev/null" }), "");
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    const writer = spawn("sh", ["-c", `cat mine > pipe`], { cwd: folder, stdio: "ignore" });
    assert.equal(await read({ kind: "file", path: pipe }), "s3cret\n");
    await new Promise((resolve) => writer.once("close", resolve));
  });

  it("are refused where others may read or write the file", async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o660]) {
      const path = join(folder, `open-${mode}`);
      writeFileSync(path, "s3cret");
      chmodSync(path, mode);
      await assert.rejects(read({ kind: "file", path }), { code: "SECRET_EXPOSED" });
    }
  });

  for (const [name, source] of [
    ["no file", { kind: "file", path: "nowhere" }],
    ["a folder", { kind: "file", path: "." }],
    ["a command that is none", { kind: "command", command: "mfm-no-such-command 2> /dev/null" }],
    ["a command that fails after it put something out", { kind: "command", command: "echo s3cret; exit 3" }],
    ["a command without end", { kind: "command", command: "yes s3cret 2> /dev/null" }],
    ["a file without end", { kind: "file", path: "/dev/zero" }],
    ["a descriptor that is not open", { kind: "fd", fd: 999 }],
  ] as const)
    it(`are not to be had from ${name}, and the error does not hold them`, async () => {
      await assert.rejects(read(source), (error: Error & { code: string }) => {
        assert.deepEqual([error.code, error.message.includes("s3cret")], ["SECRET_UNAVAILABLE", false]);
        return true;
      });
    });

  it("that are new are typed twice, and the same", async () => {
    const ask = (...answers: string[]): SecretSource => ({ kind: "prompt", ask: typing(...answers) });
    assert.equal(Buffer.from(await readNewSecret(place, ask("a", "a"), "secret")).toString(), "a");
    await assert.rejects(readNewSecret(place, ask("a", "b"), "secret"), { code: "SECRET_UNCONFIRMED" });
    assert.equal(Buffer.from(await readNewSecret(place, { kind: "file", path: "mine" }, "secret")).toString(), "s3cret\n");
  });
});
