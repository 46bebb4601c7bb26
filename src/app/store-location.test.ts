import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { MfmError } from "../kernel/errors.ts";
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

  const canary = "Secret55";
  const withPassword: readonly (readonly [string, RegExp])[] = [
    [`u:${canary}@h/d`, /begins with postgres:\/\//],
    [`u:/${canary}@h/d`, /no store of kind u/],
    [`mfm_worker:${canary}@127.0.0.1:54871/treasury`, /begins with postgres:\/\//],
    [`postgres//u:${canary}@h/d`, /begins with postgres:\/\//],
    [`//u:a b"'${canary}@h/d`, /begins with postgres:\/\//],
    [`mysql://u:a b/${canary}@h/d`, /no store of kind mysql/],
    [`postgres:u:${canary}@h`, /two slashes/],
    [`postgres:/u:${canary}@h`, /two slashes/],
    [`postgres:///u:${canary}@h`, /%2F/],
    [`postgres://u:55/${canary}@h`, /%2F/],
    [`postgres://u:55#${canary}@h`, /%2F/],
    [`postgres://u:55?${canary}@h`, /a parameter that/],
    [`sqlite:postgres://u:${canary}@h/d`, /leave out the sqlite:/],
    [`sqlite: postgresql://u:${canary}@h/d`, /leave out the sqlite:/],
    [`sqlite:mysql://u:${canary}@h/d`, /user:password@/],
    [`sqlite:u:${canary}@h/d`, /user:password@/],
    [`sqlite://u:a b${canary}@h/d`, /user:password@/],
    [` u:${canary}@h/d`, /begins with postgres:\/\//],
  ];
  for (const [url, says] of withPassword) {
    it(`shows nothing of ${JSON.stringify(url.replace(canary, "PASSWORD"))}`, () => {
      for (const [from, said] of [
        [{ ...place, storeUrl: url }, undefined],
        [{ ...place, env: { MFM_STORE_URL: url } }, undefined],
        [place, file(url)],
      ] as const) {
        assert.throws(
          () => locateStore(from, said),
          (error) => says.test(String(error)) && !inspect(error, { depth: 9 }).includes(canary),
        );
      }
    });
  }

  const paths: readonly (readonly [string, string])[] = [
    ["sqlite:ada@work.db", "/here/ada@work.db"],
    ["sqlite:/srv/ada@work/a.db", "/srv/ada@work/a.db"],
    ["sqlite:///srv/ada@work/a.db", "/srv/ada@work/a.db"],
    ["sqlite:C:\\ada@work\\a.db", "/here/C:\\ada@work\\a.db"],
    ["sqlite:12:30.db", "/here/12:30.db"],
    ["sqlite:ada@12:30.db", "/here/ada@12:30.db"],
    [" \tsqlite:a.db", "/here/a.db"],
    ["\n postgres://u:pw@h/d", "postgres://h/d?schema=mfm"],
  ];
  for (const [url, expected] of paths) {
    it(`takes ${JSON.stringify(url)}`, () => assert.equal(nameStore(locateStore({ ...place, storeUrl: url }, undefined)), expected));
  }

  it("names an unknown parameter of a PostgreSQL URL and the one that was probably meant, not its value", () => {
    assert.throws(
      () => locateStore({ ...place, storeUrl: `postgres://u:pw@h/d?shema=${canary}` }, undefined),
      (error) =>
        error instanceof MfmError &&
        /a parameter shema .*did you mean schema\?/.test(error.message) &&
        error.details["suggestion"] === "schema" &&
        !inspect(error, { depth: 9 }).includes(canary),
    );
  });
});
