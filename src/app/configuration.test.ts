import assert from "node:assert/strict";
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";
import { MfmError } from "../kernel/errors.ts";
import { readConfiguration } from "./configuration.ts";
import { nameStore } from "./store-location.ts";
import type { Place } from "./place.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "mfm-config-")));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "project", "below", "deep"), { recursive: true });
const file = join(folder, "project", "mfm.toml");
const deep: Place = { folder: join(folder, "project", "below", "deep"), env: { HOME: folder }, configFile: undefined, storeUrl: undefined };
const write = (text: string): void => writeFileSync(file, text);
const refusal = (code: string, says: RegExp) => (error: unknown) =>
  error instanceof MfmError && error.code === code && says.test(error.message);

describe("configuration", () => {
  it("needs no file", async () => {
    const { file: found, modules, store } = await readConfiguration({ ...deep, folder });
    assert.deepEqual([found, modules, store.source], [undefined, [], "default"]);
  });

  it("is found above the working folder, and its paths are relative to it", async () => {
    write('[store]\nurl = "sqlite:./a.db"\n[ops]\nmodules = ["./ops/a.ts", "/b.ts"]\n');
    const configuration = await readConfiguration(deep);
    assert.equal(configuration.file, file);
    assert.equal(nameStore(configuration.store), join(folder, "project", "a.db"));
    assert.deepEqual(configuration.modules, [join(folder, "project", "ops", "a.ts"), "/b.ts"]);
    assert.equal((await readConfiguration({ ...deep, configFile: "../../mfm.toml" })).file, file);
    assert.equal((await readConfiguration({ ...deep, env: { MFM_CONFIG_FILE: file } })).file, file);
  });

  it("refuses a store's URL in the place of the file, without showing its password", async () => {
    const storeUrl = "postgres://ada:Secret55@h/d";
    for (const place of [
      { ...deep, configFile: storeUrl },
      { ...deep, env: { MFM_CONFIG_FILE: storeUrl } },
    ])
      await assert.rejects(
        () => readConfiguration(place),
        (error) => String(error).includes("--store or MFM_STORE_URL") && !inspect(error, { depth: 9 }).includes("Secret55"),
      );
  });

  it("reports everything that is wrong, without showing values", async () => {
    write(
      '[store]\nurl = { environment = "X" }\nurll = "sqlite:secret"\n[ops]\nmodules = [1, ""]\n[networks.main]\nid = 1\n[network.main]\nid = 1\n',
    );
    await assert.rejects(readConfiguration(deep), (error) => {
      assert.ok(error instanceof MfmError && error.code === "CONFIG_INVALID");
      const problems = error.details["problems"] as unknown as readonly { readonly path: string }[];
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["networks", "store.urll", "store.url", "ops.modules.0", "ops.modules.1", "network.main.id"],
      );
      return error.message.includes("did you mean url?") && !error.message.includes("secret");
    });
    write("[store\n");
    await assert.rejects(readConfiguration(deep), refusal("CONFIG_INVALID", /mfm\.toml: line 1, column \d+: /));
  });

  it("is not taken from another user unless it is named", { skip: process.getuid?.() !== 0 }, async () => {
    write("");
    chownSync(file, 65_534, 65_534);
    await assert.rejects(readConfiguration(deep), refusal("CONFIG_INVALID", /belongs to another user \(uid 65534\)/));
    assert.equal((await readConfiguration({ ...deep, configFile: file })).file, file);
  });
});
