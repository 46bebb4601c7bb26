/** What lies in the vault's place, and is none: refused before anything is derived, and left as it is. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { toCanonical } from "../../src/kernel/canonical.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { VaultLab } from "./vault-lab.ts";

describe("vault: hostile files", () => {
  const lab = new VaultLab();
  let original: Buffer = Buffer.alloc(0);

  before(async () => {
    await lab.fill(1);
    original = lab.read();
  });
  after(() => lab.remove());
  beforeEach(() => {
    lab.derivations = 0;
    rmSync(lab.path, { force: true, recursive: true });
    writeFileSync(lab.path, original, { mode: 0o600 });
  });
  afterEach(() => chmodSync(dirname(lab.path), 0o700));

  async function assertRefused(code: string): Promise<void> {
    await assert.rejects(lab.open(), { code });
    assert.equal(lab.derivations, 0, "nothing was derived");
  }

  const withKdf = (cost: object): void => {
    const vault = JSON.parse(original.toString()) as { kdf: object };
    lab.write(Buffer.from(toCanonical({ ...vault, kdf: { ...vault.kdf, ...cost } })));
  };

  for (const cost of [
    { memoryKib: 2 ** 31 },
    { memoryKib: 4 * 1024 * 1024 },
    { memoryKib: 8 },
    { iterations: 1 },
    { iterations: 2 ** 20 },
    { parallelism: 255 },
    { memoryKib: 2 ** 21, iterations: 16 },
  ])
    it(`refuses a derivation of ${JSON.stringify(cost)}`, async () => {
      withKdf(cost);
      await assertRefused("KEYSTORE_KDF_REFUSED");
    });

  it("refuses a file over its limit without reading it", async () => {
    truncateSync(lab.path, 11_000_000);
    const before = process.memoryUsage().rss;
    for (let time = 0; time < 50; time++) await assertRefused("FILE_UNSAFE");
    assert.ok(process.memoryUsage().rss - before < 200_000_000, "550 MB were not read");
  });

  for (const [name, text] of [
    ["nothing", ""],
    ["zeros", "\0".repeat(1000)],
    ["deep lists", "[".repeat(1_000_000)],
    ["deep objects", '{"a":'.repeat(1_000_000)],
    ["a list", "[]"],
    ["a number", "1"],
    ["a long number", "9".repeat(1_000_000)],
    ["another program's vault", '{"version":3,"entries":[]}'],
    ["a later format", '{"format":"mfm-keystore/2"}'],
    ["half a character", '"\ud800"'],
  ] as const)
    it(`refuses ${name}`, async () => {
      lab.write(Buffer.from(text));
      await assertRefused("KEYSTORE_INVALID");
    });

  it("names the format of a later version, and repeats nothing else of a file", async () => {
    lab.write(Buffer.from('{"format":"mfm-keystore/2","key":"canary"}'));
    await assert.rejects(lab.open(), (error: MfmError) => error.message.includes("mfm-keystore/2") && !error.message.includes("canary"));
  });

  it("refuses a link, a second name, a pipe, a folder, and files that others may read", async () => {
    const aside = join(lab.root, "aside");
    renameSync(lab.path, aside);
    symlinkSync(aside, lab.path);
    await assertRefused("FILE_UNSAFE");
    rmSync(lab.path);
    linkSync(aside, lab.path);
    await assertRefused("FILE_UNSAFE");
    rmSync(lab.path);
    spawnSync("mkfifo", ["-m", "600", lab.path]);
    await assertRefused("FILE_UNSAFE");
    rmSync(lab.path);
    mkdirSync(lab.path, { mode: 0o700 });
    await assertRefused("FILE_UNSAFE");
    rmSync(lab.path, { recursive: true });
    writeFileSync(lab.path, original, { mode: 0o600 });
    for (const mode of [0o640, 0o604, 0o620, 0o602]) {
      chmodSync(lab.path, mode);
      await assertRefused("FILE_UNSAFE");
    }
    rmSync(aside);
  });

  it("refuses a folder that others may enter, and one below a folder in which everybody renames", async () => {
    chmodSync(dirname(lab.path), 0o750);
    await assertRefused("FILE_UNSAFE");
    chmodSync(dirname(lab.path), 0o700);
    chmodSync(lab.root, 0o777);
    await assertRefused("FILE_UNSAFE");
    chmodSync(lab.root, 0o1777);
    (await lab.open()).close();
    chmodSync(lab.root, 0o700);
  });

  it("never opens another file than the one it checked, however fast a link takes the file's place", async () => {
    const bait = join(lab.root, "vault", "bait.json");
    writeFileSync(bait, '{"bait":true}', { mode: 0o600 });
    const script = `
      const fs = require("node:fs"), [path, bait] = process.argv.slice(1);
      for (let n = 0; ; n++) {
        fs.symlinkSync(bait, path + ".link"); fs.renameSync(path, path + ".real"); fs.renameSync(path + ".link", path);
        if (n === 0) process.stdout.write("swapping");
        fs.renameSync(path + ".real", path);
      }`;
    const swapper = spawn(process.execPath, ["-e", script, lab.path, bait], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => swapper.stdout.once("data", resolve));
    const seen = new Map<string, number>();
    for (let time = 0; time < 300; time++) {
      const code = await lab.open().then(
        (vault) => {
          vault.close();
          return "opened";
        },
        (error: unknown) => (error instanceof MfmError ? error.code : String(error)),
      );
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    swapper.kill("SIGKILL");
    await new Promise((resolve) => swapper.once("close", resolve));
    for (const name of [".link", ".real"]) rmSync(lab.path + name, { force: true });
    assert.ok(
      [...seen.keys()].every((code) => ["opened", "FILE_UNSAFE", "KEYSTORE_NOT_FOUND"].includes(code)),
      JSON.stringify([...seen]),
    );
  });

  it("says that there is none, where there is none", async () => {
    rmSync(lab.path);
    await assertRefused("KEYSTORE_NOT_FOUND");
    await assert.rejects(lab.open({ path: join(lab.root, "nowhere", "keystore.json") }), { code: "KEYSTORE_NOT_FOUND" });
    assert.ok(!existsSync(join(lab.root, "nowhere")));
  });
});
