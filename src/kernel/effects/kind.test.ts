/** Declaring effect kinds and their backends; what a kind's pure code may answer; evidence. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { sendMoney, transfer, writeRegistry } from "../../../test/kernel/writes.ts";
import { digestOf } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import { runIdOf } from "../names.ts";
import { Registry } from "../registry.ts";
import { deriveEffectId, encodeEvidence, readEvidence } from "./evidence.ts";
import { implementEffect } from "./backend.ts";
import { type EffectKind, defineEffect } from "./kind.ts";
import { identityOf, isCovered, readingOf } from "./rules.ts";

const key = z.strictObject({ key: z.string().max(300) });
const good = {
  id: "test.kind/thing@1",
  intent: z.strictObject({ what: z.string().max(10) }),
  envelope: key,
  evidence: z.strictObject({ is: z.string().max(10) }),
  settlement: z.strictObject({ when: z.int() }),
  covers: () => true,
  identify: (envelope: { readonly key: string }) => envelope.key,
  weigh: () => ({ kind: "unknown" }) as const,
};
const purpose = { role: "first", slot: null, before: [], terms: null } as const;
const candidate = { role: "first", envelope: { key: "k" }, seal: null, dispatched: true } as const;
const subject = { id: digestOf("effect"), intent: { what: "it" } };

describe("defineEffect: refuses", () => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["an id that is none", { id: "thing" }, /effect id "thing" is not/],
    ["no schema of the intent", { intent: undefined }, /schema at \/intent: not a zod schema/],
    ["a schema outside of the subset", { evidence: z.strictObject({ at: z.date() }) }, /schema at \/evidence\/at/],
    [
      "a secret in an envelope",
      { envelope: z.strictObject({ privateKey: z.string() }) },
      /schema at \/envelope\/privateKey: the name says secret/,
    ],
    ["a settlement that is none", { settlement: {} }, /schema at \/settlement/],
    ["no covers", { covers: undefined }, /covers must be a function/],
    ["no identify", { identify: "key" }, /identify must be a function/],
    ["no weigh", { weigh: null }, /weigh must be a function/],
  ];
  for (const [name, change, words] of cases) {
    it(name, () => {
      assert.throws(
        () => defineEffect({ ...good, ...change } as never),
        (error) => error instanceof MfmError && error.code === "DEFINITION_INVALID" && words.test(error.message),
      );
    });
  }

  it("nothing that covers id and every schema, and its descriptor is their digest", () => {
    const others = [
      { id: "test.kind/thing@2" },
      { intent: key },
      { envelope: z.strictObject({ key: z.string().max(9) }) },
      { evidence: key },
      { settlement: key },
    ];
    const digests = others.map((change) => defineEffect({ ...good, ...change } as never).descriptor);
    assert.equal(new Set([defineEffect(good).descriptor, ...digests]).size, others.length + 1);
    assert.equal(defineEffect({ ...good, covers: () => false }).descriptor, defineEffect(good).descriptor);
  });
});

describe("an effect kind's code", () => {
  const kindThat = (change: object): EffectKind => defineEffect({ ...good, ...change } as never);
  const readingThat = (answer: unknown): unknown => {
    try {
      return readingOf(kindThat({ weigh: () => answer }), subject, [candidate], { is: "so" });
    } catch (error) {
      return error instanceof MfmError ? error.code : error;
    }
  };

  it("covers only with true", () => {
    for (const answer of [false, 1, "yes", undefined])
      assert.equal(isCovered(kindThat({ covers: () => answer }), subject, purpose, { key: "k" }), false);
    assert.equal(isCovered(kindThat({}), subject, purpose, { key: "k" }), true);
  });

  it("identifies with a text of 1 to 200 characters", () => {
    assert.equal(identityOf(kindThat({}), { key: "k" }), "k");
    for (const text of ["", "x".repeat(201), "\ud800"])
      assert.throws(() => identityOf(kindThat({ identify: () => text }), { key: "k" }), { code: "EFFECT_RULE_INVALID" });
    assert.throws(() => identityOf(kindThat({ identify: () => 7 }), { key: "k" }), { code: "EFFECT_RULE_INVALID" });
  });

  it("weighs to a reading, and to nothing else", () => {
    assert.deepEqual(readingThat({ kind: "included", status: "reverted" }), { kind: "included", status: "reverted" });
    assert.deepEqual(readingThat({ kind: "final", status: "success", settlement: { when: 3 } }), {
      kind: "final",
      status: "success",
      settlement: '{"when":3}',
    });
    const wrong: readonly unknown[] = [
      undefined,
      "accepted",
      { kind: "done" },
      { kind: "stuck" },
      { kind: "stuck", why: "they say: https://user:pass@host" },
      { kind: "included", status: "done" },
      { kind: "accepted", note: "hello" },
      { kind: "final", status: "success" },
      { kind: "final", status: "reverted", settlement: { when: 3 } },
      { kind: "final", status: "success", settlement: { when: 0.5 } },
      { kind: "final", status: "settled" },
    ];
    for (const answer of wrong) assert.equal(readingThat(answer), "EFFECT_RULE_INVALID", JSON.stringify(answer));
  });
});

describe("a backend of an effect kind", () => {
  it("must have every call", () => {
    for (const name of ["prepare", "dispatch", "observe"]) {
      const all: object = { prepare: () => ({ key: "k" }), dispatch: () => ({ is: "so" }), observe: () => ({ is: "so" }) };
      assert.throws(() => implementEffect(defineEffect(good), { ...all, [name]: undefined } as never), {
        code: "DEFINITION_INVALID",
        message: new RegExp(`lacks ${name}`),
      });
    }
  });

  it("is found by the id of its kind, of which there is one", () => {
    const backend = implementEffect(defineEffect(good), {
      prepare: () => ({ key: "k" }),
      dispatch: () => ({ is: "so" }),
      observe: () => ({ is: "so" }),
    });
    assert.equal(new Registry({ backend }).effectBackends.get(good.id), backend);
    assert.throws(() => new Registry(backend, { other: { ...backend } }), { code: "REGISTRY_CONFLICT" });
    assert.equal(writeRegistry.states.get(sendMoney.use.id)?.code.kind, "writes");
  });
});

describe("evidence", () => {
  const text = encodeEvidence(transfer, "a key", '{"kind":"pending"}', "main-branch");

  it("is read as it was written, about the candidate that it names", () => {
    assert.deepEqual(readEvidence(transfer, "a key", text), { kind: "pending" });
    assert.throws(() => readEvidence(transfer, "another", text), { code: "HISTORY_INVALID" });
    assert.throws(() => readEvidence(defineEffect(good), "a key", text), { code: "HISTORY_INVALID" });
    assert.throws(() => readEvidence(transfer, "a key", text.replace("pending", "spending")), { code: "HISTORY_INVALID" });
    for (const other of ["null", "[]", "{}", '{"evidence":{"kind":"pending"},"source":"x"}'])
      assert.throws(() => readEvidence(transfer, "a key", other), { code: "HISTORY_INVALID" });
  });

  it("is of an effect whose id follows from run and step", () => {
    const [one, two] = [runIdOf(digestOf("1")), runIdOf(digestOf("2"))];
    assert.equal(new Set([deriveEffectId(one, "a"), deriveEffectId(one, "b"), deriveEffectId(two, "a")]).size, 3);
    assert.equal(deriveEffectId(one, "a"), deriveEffectId(one, "a"));
  });
});
