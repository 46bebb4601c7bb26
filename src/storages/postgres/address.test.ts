import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { MfmError } from "../../kernel/errors.ts";
import { parsePostgresUrl } from "./address.ts";

const canary = "canary-7f3a";

describe("PostgreSQL URL", () => {
  const shown: readonly (readonly [string, string])[] = [
    [`postgres://ada:${canary}@db.internal/treasury`, "postgres://db.internal/treasury?schema=mfm"],
    [`postgresql://ada:${canary}@db.internal:6432/treasury?schema=payouts`, "postgres://db.internal:6432/treasury?schema=payouts"],
    ["POSTGRES://db.internal", "postgres://db.internal/?schema=mfm"],
    ["postgres:///treasury", "postgres://localhost/treasury?schema=mfm"],
    [`postgres://ada:${canary}@/treasury?host=/run/postgresql&port=5433`, "postgres:///treasury?host=/run/postgresql&schema=mfm"],
    ["postgres://ada@[::1]:5433/treasury", "postgres://[::1]:5433/treasury?schema=mfm"],
  ];
  for (const [url, expected] of shown) it(`shows ${expected}`, () => assert.equal(parsePostgresUrl(url).shown, expected));

  it("connects with what is written, decoded", () => {
    const { host, port, user, password, database, application_name } = parsePostgresUrl(
      "postgres://a%40b:p%2Fw%3F@db.internal:6432/tr%20easury?application_name=worker%207",
    ).login();
    assert.deepEqual(
      [host, port, user, password, database, application_name],
      ["db.internal", 6432, "a@b", "p/w?", "tr easury", "worker 7"],
    );
  });

  it("lets PostgreSQL's own variables and defaults say what it does not", () => {
    assert.deepEqual(Object.keys(parsePostgresUrl("postgres://").login()), ["application_name", "ssl"]);
  });

  it("never shows a password, however it is printed", () => {
    const address = parsePostgresUrl(`postgres://ada:${canary}@db.internal/treasury?sslmode=no-verify`);
    const printed = [inspect(address, { depth: 9, showHidden: true }), JSON.stringify(address), Object.values(address).join(" ")];
    for (const text of printed) assert.ok(!text.includes(canary), text);
  });

  const ca = join(tmpdir(), `mfm-test-ca-${process.pid}.pem`);
  const encryption: readonly (readonly [string, unknown])[] = [
    ["postgres://db.internal/a", { rejectUnauthorized: true }],
    ["postgres://db.internal/a?sslmode=require", { rejectUnauthorized: true }],
    [`postgres://db.internal/a?sslmode=verify-full&sslrootcert=${ca}`, { rejectUnauthorized: true, ca: "CA" }],
    ["postgres://db.internal/a?sslmode=no-verify", { rejectUnauthorized: false }],
    ["postgres://db.internal/a?sslmode=disable", false],
    ["postgres://127.0.0.1/a", false],
    ["postgres://localhost/a", false],
    ["postgres:///a?host=/run/postgresql", false],
    ["postgres:///a?host=db.internal", { rejectUnauthorized: true }],
  ];
  for (const [url, expected] of encryption) {
    it(`encrypts and verifies unless it is told otherwise, or the server is on this machine: ${url.replace(ca, "CA")}`, () => {
      writeFileSync(ca, "CA");
      assert.deepEqual(parsePostgresUrl(url).login().ssl, expected);
    });
  }

  it("says which file of the connection cannot be read", () => {
    const address = parsePostgresUrl("postgres://db.internal/a?sslrootcert=/nowhere/ca.pem");
    assert.throws(() => address.login(), { code: "STORE_UNAVAILABLE" });
  });

  const wrong = [
    `postgres://ada:${canary}@one,two/db`,
    `postgres://ada:${canary}@db:99999999/db`,
    `postgres://ada:1/${canary}@db`,
    `postgres:/ada:${canary}@db`,
    `postgres:ada:${canary}@db`,
    `postgres://ada:1?${canary}=x@db/a`,
    `postgres://ada:1?abc=${canary}@db/a`,
    `postgres://ada:${canary}@db/a/b`,
    `postgres://ada:${canary}@db/a?schema=A;drop`,
    `postgres://ada:${canary}@db/a?sslmode=prefer`,
    `postgres://ada:${canary}@db/a?options=-csearch_path=x`,
    `postgres://ada:${canary}%@db/a`,
    `postgres://ada:${canary}%00@db/a`,
    `postgres://ada:${canary}?x@db/a`,
    `postgres://db/a?port=0&password=${canary}`,
  ];
  for (const url of wrong) {
    it(`refuses ${url.replace(canary, "PASSWORD")} without repeating a password`, () => {
      assert.throws(
        () => parsePostgresUrl(url),
        (error) => error instanceof MfmError && error.code === "STORE_URL_INVALID" && !inspect(error).includes(canary),
      );
    });
  }

  for (const port of ["0", "99999", "123456", "http"]) {
    it(`says that ${port} is no port`, () => {
      for (const url of [`postgres://ada:${canary}@db:${port}/a`, `postgres://[::1]:${port}`, `postgres:///a?port=${port}`])
        assert.throws(() => parsePostgresUrl(url), /port .* from 1 to 65535/);
    });
  }
});
