/* oxlint-disable typescript/no-misused-spread, typescript/no-unnecessary-type-assertion -- forging is what is tested */
/** Whatever looks like a certified spec and is none is refused; one that is cannot be changed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { audit, registry } from "../../test/kernel/samples.ts";
import { CertifiedSpec, assertCertified, certify } from "./certify.ts";
import { planOp } from "./op.ts";

const plan = planOp(audit, { account: "alice" });
const certified = certify(plan.spec, registry);

class Impostor extends CertifiedSpec {
  constructor() {
    super(Symbol("certifier"), { kind: "accepted", spec: plan.spec, text: plan.text, states: new Map() });
  }
}

describe("certified spec", () => {
  it("is what certify returns, however it is reached", () => {
    assertCertified(certified);
    const held: unknown = { inside: [certified] };
    assertCertified((held as { inside: unknown[] }).inside[0]);
    assert.ok(certified instanceof CertifiedSpec);
  });

  const forged: readonly (readonly [string, () => unknown])[] = [
    ["a cast", () => ({ spec: plan.spec, text: plan.text, specRef: plan.specRef, states: certified.states }) as unknown as CertifiedSpec],
    ["a spread", () => ({ ...certified })],
    ["an assignment", () => Object.assign(Object.create(CertifiedSpec.prototype) as object, certified)],
    ["Object.create of one", () => Object.create(certified) as unknown],
    ["an object with its prototype set", () => Object.setPrototypeOf({ ...certified }, CertifiedSpec.prototype) as unknown],
    ["a proxy of one", () => new Proxy(certified, {})],
    ["its JSON, read again", () => JSON.parse(JSON.stringify(certified)) as unknown],
    ["the plain spec", () => plan.spec],
    ["its text", () => plan.text],
    ["its class", () => CertifiedSpec],
    ["nothing", () => undefined],
    ["null", () => null],
  ];
  for (const [name, forge] of forged) it(`is not ${name}`, () => assert.throws(() => assertCertified(forge()), { code: "NOT_CERTIFIED" }));

  it("is not made by the constructor, with a guessed symbol, by a subclass or by reflection", () => {
    const accepted = { kind: "accepted", spec: plan.spec, text: plan.text, states: new Map() } as const;
    for (const key of [Symbol("certifier"), Symbol.for("certifier"), undefined as never])
      assert.throws(() => new CertifiedSpec(key, accepted), { code: "NOT_CERTIFIED" });
    assert.throws(() => new Impostor(), { code: "NOT_CERTIFIED" });
    assert.throws(() => Reflect.construct(CertifiedSpec, [Symbol("certifier"), accepted]), { code: "NOT_CERTIFIED" });
    const { constructor } = certified as unknown as { constructor: typeof CertifiedSpec };
    assert.throws(() => new constructor(Symbol("certifier"), accepted), { code: "NOT_CERTIFIED" });
  });

  it("is not copied by structuredClone, which cannot copy what it holds", () => {
    assert.throws(() => structuredClone(certified), { name: "DataCloneError" });
    assert.throws(() => assertCertified(structuredClone({ ...certified, states: undefined })), { code: "NOT_CERTIFIED" });
  });

  it("is not one that a second copy of this module made, nor the other way round", async () => {
    const second = (await import(new URL("./certify.js?second", import.meta.url).href)) as {
      certify: typeof certify;
      assertCertified: (value: unknown) => void;
      CertifiedSpec: unknown;
    };
    assert.notEqual(second.CertifiedSpec, CertifiedSpec);
    const theirs = second.certify(plan.spec, registry);
    second.assertCertified(theirs);
    assert.throws(() => assertCertified(theirs), { code: "NOT_CERTIFIED" });
    assert.throws(() => second.assertCertified(certified), { code: "NOT_CERTIFIED" });
  });

  it("is frozen at every depth", () => {
    const thawed: string[] = [];
    const look = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      if (!Object.isFrozen(value)) thawed.push(path);
      for (const [name, member] of Object.entries(value)) look(member, `${path}/${name}`);
    };
    look(certified, "");
    assert.deepEqual(thawed, []);
    assert.throws(() => Object.assign(certified, { text: "" }), TypeError);
    assert.throws(() => Object.assign(certified.states, { get: () => undefined }), TypeError);
    assert.equal("set" in certified.states, false);
  });

  it("is a copy: what was certified may change afterwards, or answer differently each time it is read", () => {
    const mine = JSON.parse(plan.text) as { steps: { key: string }[] };
    const copy = certify(mine, registry);
    mine.steps.splice(0);
    assert.equal(copy.spec.steps.length, 6);
    let reads = 0;
    const shifty = {
      ...plan.spec,
      get op() {
        return reads++ === 0 ? plan.spec.op : "evil.op/run@1";
      },
    };
    const certifiedOnce = certify(shifty, registry);
    assert.deepEqual([certifiedOnce.spec.op, certifiedOnce.text], [plan.spec.op, plan.text]);
  });
});
