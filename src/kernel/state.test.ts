/** Declaring states: what is refused, by name and place, and what a descriptor covers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { chain } from "../../test/kernel/samples.ts";
import { defineCapability } from "./capability.ts";
import { uint256 } from "./codecs.ts";
import { defineEffect } from "./effects/kind.ts";
import { MfmError } from "./errors.ts";
import { defineState } from "./state.ts";

const output = z.strictObject({ total: uint256 });
const pure = { id: "test.state/sum@1", effect: "pure", output, run: () => ({ total: 0n }) } as const;
const send = defineEffect({
  id: "test.state/send@1",
  intent: z.strictObject({ to: z.string() }),
  envelope: z.strictObject({ key: z.string() }),
  evidence: z.strictObject({ isDone: z.boolean() }),
  settlement: z.strictObject({}),
  covers: () => true,
  identify: ({ key }) => key,
  weigh: () => ({ kind: "unknown" }),
});
const write = { effect: "write", needs: { send }, intend: () => ({ to: "ada" }), conclude: () => ({ total: 0n }) } as const;

/** A definition as a module that nobody type-checked may hold it. */
function declare(change: object): () => unknown {
  return () => defineState({ ...pure, ...change });
}

describe("defineState: refuses", () => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["no id", { id: undefined }, /state id undefined is not a namespace/],
    ["an id without a version", { id: "test.state/sum" }, /state id "test.state\/sum"/],
    ["an id with version 0", { id: "test.state/sum@0" }, /state id/],
    ["an id in capitals", { id: "Test.state/sum@1" }, /state id/],
    ["an id without a namespace", { id: "sum@1" }, /state id/],
    ["an id that is too long", { id: `${"a".repeat(200)}/sum@1` }, /state id/],
    ["an effect class that is none", { effect: "sometimes" }, /effect class "sometimes" is none of pure, read, write/],
    ["a pure state with a capability", { needs: { chain } }, /a pure state has no capabilities; declare effect read/],
    [
      "a read state with an effect kind",
      { effect: "read", needs: { send } },
      /a read state cannot hold an effect kind; declare effect write/,
    ],
    ["a write state without an effect kind", { ...write, needs: { chain } }, /exactly one effect kind/],
    ["a write state with two", { ...write, needs: { send, again: send } }, /exactly one effect kind/],
    ["a write state without an intent", { ...write, intend: undefined }, /intend must be a function/],
    ["a write state without a conclusion", { ...write, conclude: undefined }, /conclude must be a function/],
    ["a capability under the name config", { effect: "read", needs: { config: chain } }, /"config" cannot name a capability/],
    ["a capability under the name input", { effect: "read", needs: { input: chain } }, /"input" cannot name a capability/],
    ["a capability under the name signal", { effect: "read", needs: { signal: chain } }, /"signal" cannot name a capability/],
    [
      "a capability under a name that is not camelCase",
      { effect: "read", needs: { "the-chain": chain } },
      /"the-chain" cannot name a capability/,
    ],
    [
      "a capability that is none",
      { effect: "read", needs: { chain: {} } },
      /what it needs as chain is not what defineCapability or defineEffect returned/,
    ],
    ["a capability that is not there, as in a circular import", { effect: "read", needs: { chain: undefined } }, /what it needs as chain/],
    ["no code", { run: undefined }, /run must be a function/],
    ["no output", { output: undefined }, /schema at \/output: not a zod schema/],
    ["an output that is no schema", { output: { total: "number" } }, /schema at \/output: not a zod schema/],
    [
      "a float in the config",
      { config: z.strictObject({ price: z.number() }) },
      /schema at \/config\/price: floats are not canonical data/,
    ],
    ["a loose object in the input", { input: z.object({ a: z.int() }) }, /schema at \/input: objects must be strict/],
    [
      "a secret in the output",
      { output: z.strictObject({ privateKey: z.string() }) },
      /schema at \/output\/privateKey: the name says secret/,
    ],
    ["a refinement", { output: z.strictObject({ a: z.string().regex(/a/) }) }, /schema at \/output\/a: /],
  ];
  for (const [name, change, words] of cases) {
    it(name, () => {
      assert.throws(
        declare(change),
        (error) => error instanceof MfmError && error.code === "DEFINITION_INVALID" && words.test(error.message) && "id" in error.details,
      );
    });
  }
});

describe("defineState", () => {
  it("the descriptor covers id, effect, capabilities and schemas, and nothing else", () => {
    const base = defineState(pure).use.descriptor;
    const others = [
      defineState({ ...pure, id: "test.state/sum@2" }),
      defineState({ ...pure, effect: "read" }),
      defineState({ ...pure, effect: "read", needs: { chain } }),
      defineState({ ...pure, effect: "read", needs: { node: chain } }),
      defineState({ id: pure.id, output, ...write }),
      defineState({ id: pure.id, output, ...write, needs: { send, chain } }),
      defineState({ ...pure, config: z.strictObject({ a: z.int() }) }),
      defineState({ ...pure, input: z.strictObject({ a: z.int() }) }),
      defineState({ ...pure, output: z.strictObject({ total: uint256, more: z.int().optional() }) }),
    ].map((state) => state.use.descriptor);
    assert.equal(new Set([base, ...others]).size, others.length + 1);
    assert.equal(defineState({ ...pure, run: () => ({ total: 1n }) }).use.descriptor, base);
    assert.equal(defineState({ ...pure, needs: {} }).use.descriptor, base);
    assert.equal(base, "sha256:1ba81f728b356bbdbc7e20cad4b0d008259b892b201cf27782b9be53dd0b2ccf");
  });

  it("the descriptor of a capability is part of it", () => {
    const other = defineCapability({ id: chain.id, kind: "read", methods: { blockNumber: { response: z.int() } } });
    const read = { ...pure, effect: "read" } as const;
    assert.notEqual(
      defineState({ ...read, needs: { chain: other } }).use.descriptor,
      defineState({ ...read, needs: { chain } }).use.descriptor,
    );
  });

  it("a definition cannot be changed afterwards", () => {
    const state = defineState(pure);
    assert.throws(() => Object.assign(state, { run: () => ({ total: 7n }) }), TypeError);
  });
});
