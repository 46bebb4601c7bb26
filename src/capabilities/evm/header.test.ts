/** Header hashes: real headers of every fork that added a member. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Header, header as schema } from "./block.ts";
import { hashHeader } from "./header.ts";

const file = fileURLToPath(new URL("../../../../test/vectors/headers.json", import.meta.url));
const vectors = (JSON.parse(readFileSync(file, "utf8")) as { name: string; hash: string; header: object }[]).map(
  ({ name, hash, header }) => ({ name, hash, header: schema.parse(header) }),
);
const [newest] = vectors.toReversed();

describe("hashHeader", () => {
  for (const { name, hash, header } of vectors) it(`recomputes the hash of ${name}`, () => assert.equal(hashHeader(header), hash));

  it("depends on every member", () => {
    assert.ok(newest !== undefined);
    for (const name of Object.keys(newest.header) as (keyof Header)[]) {
      const value = newest.header[name];
      const changed = typeof value === "bigint" ? value + 1n : `${value}00`;
      assert.notEqual(hashHeader({ ...newest.header, [name]: changed }), newest.hash, name);
    }
  });

  it("is undefined where a member is missing that an earlier fork brought", () => {
    assert.ok(newest !== undefined);
    for (const name of ["mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "parentBeaconBlockRoot"] as const) {
      const { [name]: _removed, ...rest } = newest.header;
      assert.equal(hashHeader(rest), undefined, name);
    }
  });
});
