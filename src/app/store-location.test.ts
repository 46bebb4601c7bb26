import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConfigFile } from "./config-file.ts";
import type { Place } from "./place.ts";
import { locateStore, nameStore, showStore } from "./store-location.ts";

const place: Place = { folder: "/here", env: { HOME: "/ada" }, configFile: undefined, storeUrl: undefined };
const file = (storeUrl: ConfigFile["storeUrl"]): ConfigFile => ({
  path: "/project/mfm.toml",
  storeUrl,
  modules: [],
  networks: [],
  portfolios: [],
  keystorePath: undefined,
  worker: { concurrency: undefined, entryPoints: new Map() },
});

describe("store location", () => {
  it("is what the flag says, over the environment, over the file, over the default", () => {
    const variable = { ...place, env: { ...place.env, MFM_STORE_URL: "sqlite:env.db" } };
    assert.deepEqual(locateStore({ ...variable, storeUrl: "sqlite:flag.db" }, file("sqlite:file.db")), {
      kind: "sqlite",
      path: "/here/flag.db",
      source: "flag",
    });
    assert.deepEqual(locateStore(variable, file("sqlite:file.db")), { kind: "sqlite", path: "/here/env.db", source: "environment" });
    assert.deepEqual(locateStore(place, file("sqlite:./file.db")), { kind: "sqlite", path: "/project/file.db", source: "file" });
    assert.deepEqual(locateStore(place, undefined), { kind: "sqlite", path: "/ada/.local/share/mfm/store.db", source: "default" });
  });

  it("takes an absolute XDG_DATA_HOME, and ignores empty variables and a relative one", () => {
    assert.equal(
      nameStore(locateStore({ ...place, env: { XDG_DATA_HOME: "/data", HOME: "/ada", MFM_STORE_URL: "" } }, undefined)),
      "/data/mfm/store.db",
    );
    assert.equal(
      nameStore(locateStore({ ...place, env: { XDG_DATA_HOME: "data", HOME: "/ada" } }, undefined)),
      "/ada/.local/share/mfm/store.db",
    );
  });

  it("reads a variable that the file names, and absolute paths as other tools write them", () => {
    assert.equal(nameStore(locateStore({ ...place, env: { URL: "sqlite:///var/a.db" } }, file({ env: "URL" }))), "/var/a.db");
    assert.equal(nameStore(locateStore({ ...place, storeUrl: "SQLITE:/var/a b.db" }, undefined)), "/var/a b.db");
  });

  it("reads a PostgreSQL URL, and shows it without user and password", () => {
    const location = locateStore({ ...place, storeUrl: "postgresql://user:pw@db.internal:6432/treasury?schema=payouts" }, undefined);
    assert.equal(location.kind, "postgres");
    assert.equal(showStore(location), "postgres://db.internal:6432/treasury?schema=payouts");
  });

  for (const url of [
    "a.db",
    "sqlite:",
    "sqlite://host/a.db",
    "sqlite::memory:",
    "mysql://user:pw@host/db",
    "sqlite:a\0b",
    "postgres://user:pw@one,two/db",
  ]) {
    it(`refuses ${JSON.stringify(url)} without repeating a password`, () => {
      assert.throws(
        () => locateStore({ ...place, storeUrl: url }, undefined),
        (error: Error & { readonly code?: string }) => error.code === "STORE_URL_INVALID" && !error.message.includes("pw"),
      );
      assert.throws(
        () => locateStore(place, file(url)),
        (error: Error & { readonly code?: string }) => error.code === "CONFIG_INVALID" && !error.message.includes("pw"),
      );
    });
  }
});
