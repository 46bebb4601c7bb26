import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";

describe("where the vault is", () => {
  const folder = mkdtempSync(join(tmpdir(), "mfm-location-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const place = (env: Place["env"] = {}): Place => ({ folder, env: { HOME: "/ada", ...env }, configFile: undefined, storeUrl: undefined });
  const path = async (env: Place["env"] = {}, flag?: string): Promise<string> => (await locateVault(place(env), flag)).path;

  it("is in the data folder, unless the environment names it, unless a flag does", async () => {
    assert.equal(await path(), "/ada/.local/share/mfm/keystore.json");
    assert.equal(await path({ XDG_DATA_HOME: "/data" }), "/data/mfm/keystore.json");
    assert.equal(await path({ MFM_KEYSTORE: "a.json" }), join(folder, "a.json"));
    assert.equal(await path({ MFM_KEYSTORE: "a.json" }, "~/b.json"), join(homedir(), "b.json"));
  });

  it("is where mfm.toml says, relative to it", async () => {
    writeFileSync(join(folder, "mfm.toml"), '[keystore]\npath = "keys/vault.json"\n');
    assert.equal(await path(), join(folder, "keys", "vault.json"));
    assert.equal(await path({ MFM_KEYSTORE: "/a.json" }), "/a.json");
    writeFileSync(join(folder, "mfm.toml"), '[keystore]\npath = 1\nfile = "x"\n');
    await assert.rejects(path(), { code: "CONFIG_INVALID" });
    rmSync(join(folder, "mfm.toml"));
  });

  it("keeps what this machine knows of it apart, in the state folder", async () => {
    assert.equal((await locateVault(place(), undefined)).stateFolder, "/ada/.local/state/mfm/keystore");
    assert.equal((await locateVault(place({ XDG_STATE_HOME: "/state" }), undefined)).stateFolder, "/state/mfm/keystore");
    assert.equal((await locateVault(place({ XDG_STATE_HOME: "state" }), undefined)).stateFolder, "/ada/.local/state/mfm/keystore");
  });
});
