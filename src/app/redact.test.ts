import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorTable } from "../kernel/errors.ts";
import { redact, redactData } from "./redact.ts";

const key = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";

describe("redact", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["connect to postgres://me:pw@db.example:5432/runs failed", "connect to postgres://db.example:5432/*** failed"],
    ["POST https://mainnet.infura.io/v3/0123456789abcdef0123456789abcdef: 401", "POST https://mainnet.infura.io/***: 401"],
    ["wss://node.example?apikey=abc", "wss://node.example/***"],
    ["see https://rpc.example/", "see https://rpc.example/"],
    ["https://k3yk3yk3yk3yk3yk.rpc.example/x: 401", "https://***.rpc.example/***: 401"],
    ["getaddrinfo ENOTFOUND aB3dE5gH7jK9mN1pQ3sT.rpc.example", "getaddrinfo ENOTFOUND ***.rpc.example"],
    ["postgres://me:p@w@db.example/runs", "postgres://db.example/***"],
    ["postgres://me:a/p@db.example/runs and http://127.0.0.1:8545/@x", "postgres://db.example/*** and http://127.0.0.1:8545/***"],
    ["no store at /here/postgres:/me:pw@h/d yet", "no store at /here/postgres:/me:***@h/d yet"],
    ["me:p/w@h/d, postgres//me:p@w@h/d", "me:***@h/d, postgres//me:***@h/d"],
    ["sqlite:me:pw@h/d", "sqlite:me:***@h/d"],
    [`the key ${key} is wrong`, "the key *** is wrong"],
    [`0x${key}`, "***"],
    ["password: hunter2, user: ada", "password: ***, user: ada"],
    ['{"apiKey":"abc def","n":1}', '{"apiKey":***,"n":1}'],
    ["Authorization: Bearer abc.def", "Authorization: ***"],
    ["legal winner thank year wave sausage worth useful legal winner thank yellow", "***"],
  ];
  for (const [text, shown] of cases) it(`hides the secret of: ${shown}`, () => assert.equal(redact(text), shown));

  it("leaves what is public: addresses, content addresses, run ids, and our own words", () => {
    const words = [
      `run:${key} of sha256:${key}`,
      "0x52908400098527886E0F7030069857D2E4169EE7",
      "sqlite:/srv/ada@work/a.db, sqlite:ada@work.db, C:\\ada@work\\a.db, mfm.proof/hello@1: ada@work",
      "at f (file:///app/node_modules/@scope/a.js:10:5)",
      ...Object.values(errorTable).flatMap(({ when, hint }) => [when, hint]),
    ];
    for (const text of words) assert.equal(redact(text), text);
  });

  it("leaves hashes of transactions and blocks where a member says that it holds them, and nothing else there", () => {
    const [hash, raw] = [`0x${key}`, `0x${key}00`];
    const held = { block: { hash }, found: hash, transactions: [hash] };
    assert.deepEqual(redactData(held), held);
    assert.deepEqual(redactData({ hash: key, found: raw, transactions: [{ given: hash }], key: hash }), {
      hash: "***",
      found: "***",
      transactions: [{ given: "***" }],
      key: "***",
    });
  });

  it("reaches every string of structured data, and ends in what contains itself", () => {
    const data: { a: unknown[]; self?: unknown } = { a: [{ b: `0x${key}` }, 1, null] };
    assert.deepEqual(redactData(data), { a: [{ b: "***" }, 1, null] });
    data.self = data;
    assert.ok(JSON.stringify(redactData(data)).includes("***"));
  });
});
