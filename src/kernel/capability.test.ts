/** Declaring and implementing capabilities. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { chain } from "../../test/kernel/samples.ts";
import { type CallContext, defineCapability, implement } from "./capability.ts";
import { uint256 } from "./codecs.ts";
import { MfmError } from "./errors.ts";

const now = { response: z.int() };
const context: CallContext = { signal: new AbortController().signal, attribute: () => undefined };

describe("defineCapability: refuses", () => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["an id that is none", { id: "clock" }, /capability id "clock" is not/],
    ["a kind that is none", { kind: "ask" }, /the kind of a capability is read/],
    ["what writes", { kind: "write" }, /what writes is declared with defineEffect/],
    ["no methods", { methods: {} }, /needs at least one method/],
    ["a method that is not camelCase", { methods: { get_balance: now } }, /"get_balance" cannot name a method/],
    [
      "a method that makes a client look like a promise",
      { methods: Object.fromEntries(["then"].map((name) => [name, now])) },
      /"then" cannot name a method/,
    ],
    ["a method without a response", { methods: { now: {} } }, /schema at \/now\/response: not a zod schema/],
    [
      "a request outside the subset",
      { methods: { now: { ...now, request: z.strictObject({ at: z.date() }) } } },
      /schema at \/now\/request\/at: .*instant codec/,
    ],
    [
      "a response with a secret",
      { methods: { now: { response: z.strictObject({ mnemonic: z.string() }) } } },
      /schema at \/now\/response\/mnemonic: the name says secret/,
    ],
  ];
  for (const [name, change, words] of cases) {
    it(name, () => {
      const declare = (): unknown =>
        defineCapability({ id: "test.capability/clock@1", kind: "read", methods: { now }, ...change } as never);
      assert.throws(
        declare,
        (error) => error instanceof MfmError && error.code === "DEFINITION_INVALID" && words.test(error.message) && "id" in error.details,
      );
    });
  }
});

describe("defineCapability", () => {
  it("the descriptor covers id, kind and every schema, not the order of methods", () => {
    const methods = { a: { request: z.strictObject({ x: z.int() }), response: uint256 }, b: now };
    const base = defineCapability({ id: "test.capability/all@1", kind: "read", methods }).descriptor;
    const same = defineCapability({ id: "test.capability/all@1", kind: "read", methods: { b: methods.b, a: methods.a } }).descriptor;
    const others = [
      defineCapability({ id: "test.capability/all@2", kind: "read", methods }),
      defineCapability({ id: "test.capability/all@1", kind: "read", methods: { a: methods.a } }),
      defineCapability({ id: "test.capability/all@1", kind: "read", methods: { ...methods, a: { response: uint256 } } }),
      defineCapability({ id: "test.capability/all@1", kind: "read", methods: { ...methods, b: { response: z.string() } } }),
    ].map((capability) => capability.descriptor);
    assert.equal(same, base);
    assert.equal(new Set([base, ...others]).size, others.length + 1);
  });
});

describe("implement", () => {
  it("answers by method", () => {
    const backend = implement(chain, { getBalance: ({ account }) => BigInt(account.length), blockNumber: () => 9n });
    assert.equal(backend.answer("getBalance", { account: "alice" }, context), 5n);
    assert.equal(backend.answer("blockNumber", {}, context), 9n);
  });

  it("refuses a backend that lacks a method", () => {
    assert.throws(() => implement(chain, { blockNumber: () => 9n } as never), {
      code: "DEFINITION_INVALID",
      message: /lacks the method getBalance/,
    });
  });
});
