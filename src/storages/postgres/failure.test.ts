import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { isCollision, isPassing, storeFailure } from "./failure.ts";

/** As the driver passes on what the server says. */
function fromServer(code: string): Error {
  return Object.assign(new Error("said by the server"), { code, severity: "FEHLER" });
}

const shown = "postgres://db/treasury?schema=mfm";

describe("what the server says", () => {
  const table: readonly (readonly [string, string, string, boolean])[] = [
    ["53100", "a full disk", "STORE_FULL", false],
    ["53300", "too many connections", "STORE_UNAVAILABLE", true],
    ["57P03", "a server that starts", "STORE_UNAVAILABLE", true],
    ["57P01", "a server that is shut down", "STORE_UNAVAILABLE", true],
    ["57014", "a statement over its time limit", "STORE_UNAVAILABLE", false],
    ["55P03", "a lock that was not to be had", "STORE_UNAVAILABLE", false],
    ["40P01", "a circle of waits", "STORE_UNAVAILABLE", false],
    ["25006", "a standby", "STORE_UNAVAILABLE", true],
    ["08006", "a lost connection", "STORE_UNAVAILABLE", true],
    ["58030", "a disk that fails", "STORE_UNAVAILABLE", false],
    ["3D000", "no such database", "STORE_UNAVAILABLE", false],
    ["28P01", "a wrong password", "STORE_DENIED", false],
    ["42501", "a missing right", "STORE_DENIED", false],
    ["42704", "a role that is not there", "STORE_DENIED", false],
    ["42P01", "a missing table", "STORE_NOT_MIGRATED", false],
    ["MF002", "another schema", "STORE_NEWER", false],
    ["XX001", "a damaged page", "STORE_CORRUPT", false],
    ["23505", "a broken constraint", "INTERNAL", false],
  ];
  for (const [state, name, code, passes] of table) {
    it(`is ${code} for ${name}, ${passes ? "which may pass" : "which does not pass by itself"}`, () => {
      const failure = storeFailure(fromServer(state), shown, "no");
      assert.deepEqual([failure.code, failure.details["postgres"], isPassing(fromServer(state))], [code, state, passes]);
    });
  }

  it("is a collision where two waited for each other", () => {
    assert.deepEqual(
      ["40P01", "40001", "55P03"].map((state) => isCollision(fromServer(state))),
      [true, true, false],
    );
  });
});

describe("what the network says", () => {
  it("is STORE_UNAVAILABLE, with the reasons of every address that was tried", () => {
    const failure = storeFailure(new AggregateError([new Error("refused by ::1"), new Error("refused by 127.0.0.1")]), shown, "unknown");
    assert.equal(failure.code, "STORE_UNAVAILABLE");
    assert.equal(failure.details["reason"], "refused by ::1; refused by 127.0.0.1");
    assert.equal(failure.details["written"], "unknown");
  });

  it("is told from a defect of ours, and leaves an error of ours as it is", () => {
    assert.equal(storeFailure(new TypeError("x is not a function"), shown, "no").code, "INTERNAL");
    assert.equal(isPassing(new TypeError("x is not a function")), false);
    const own = new MfmError("STORE_NEWER", "newer");
    assert.equal(storeFailure(own, shown, "no"), own);
  });
});
