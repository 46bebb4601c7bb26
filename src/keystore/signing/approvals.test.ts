import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Wallet, keccak256 } from "ethers";
import type { IntentOf } from "../../capabilities/signer.ts";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Hex } from "../vault/bytes.ts";
import { chainOf, sender, token, transaction } from "./evaluate.test.support.ts";
import { evaluatePolicy } from "./evaluate.ts";
import { readIntent } from "./intent.ts";

/** The documents are written and signed by another implementation, from what the manual says of them. */
const [ann, bob, eve] = ["11", "22", "33"].map((byte) => new Wallet(`0x${byte.repeat(32)}`)) as [Wallet, Wallet, Wallet];
const operators = [ann.address, bob.address];
const rule = { operators, quorum: 2 };

type Transaction = IntentOf<"transaction">;
type Fields = Transaction["transaction"];
type Approved = NonNullable<Transaction["approved"]>;

const statement = { runId: `run:${"5".repeat(64)}`, specRef: digestOf("spec"), step: "pay", intentDigest: digestOf("intent") };
const ceilings = { gas: 21_000n, maxFeePerGas: 50n, maxPriorityFeePerGas: 5n };
const noon = Date.parse("2026-01-01T12:00:00.000Z");
const [later, before] = ["2026-01-01T13:00:00.000Z", "2026-01-01T11:00:00.000Z"];

const types = {
  Approval: [
    ...["runId", "specRef", "step", "effect", "kind", "intentDigest"].map((name) => ({ name, type: "string" })),
    { name: "intent", type: "Intent" },
    { name: "expiry", type: "uint256" },
  ],
  Intent: [
    ["network", "string"],
    ["from", "address"],
    ["to", "string"],
    ["value", "uint256"],
    ["selector", "string"],
    ["data", "bytes32"],
    ["gas", "uint256"],
    ["maxFeePerGas", "uint256"],
    ["maxPriorityFeePerGas", "uint256"],
  ].map(([name = "", type = ""]) => ({ name, type })),
};

/** What one person signs. `change`: of the document, away from what is to be signed. */
async function signBy(who: Wallet, change: { readonly message?: object; readonly intent?: object } = {}, expiry = later) {
  const { transaction: of, intentId } = transaction() as Transaction;
  const message = {
    ...statement,
    effect: intentId,
    kind: "mfm.evm/transaction@1",
    expiry: Date.parse(expiry) / 1000,
    ...change.message,
    intent: {
      network: "eip155:1",
      from: sender,
      to: of.to,
      value: of.value,
      selector: "",
      data: keccak256(of.data),
      ...ceilings,
      ...change.intent,
    },
  };
  const signature = (await who.signTypedData({ name: "MFM", version: "1" }, types, message)) as Hex;
  return { expiry, signature };
}

/** The intent, with who signed. */
function approved(signatures: Approved["signatures"], change: Partial<Approved> = {}, of: Transaction = transaction() as Transaction) {
  return { ...of, approved: { ...statement, ...ceilings, ...change, signatures } };
}

const refusals = (intent: Transaction, more: object = {}) =>
  evaluatePolicy(chainOf({ approvals: { ...rule, ...more } }), intent, { spentToday: 0n, now: noon });

function assertRefused(intent: Transaction, reason: RegExp): void {
  const found = refusals(intent);
  assert.deepEqual(
    found.map((refusal) => refusal.rule),
    ["chains.approvals"],
  );
  assert.match(found[0]?.reason ?? "", reason);
}

const both = async (...of: [({ readonly message?: object; readonly intent?: object } | undefined)?, string?]) => [
  await signBy(ann, ...of),
  await signBy(bob, ...of),
];

describe("approvals in a signing policy", () => {
  it("allow what enough of those who may have agreed to, in either form of a signature", async () => {
    const signatures = await both();
    assert.deepEqual(refusals(approved(signatures)), []);
    const [first, second] = signatures;
    const short = (second?.signature ?? "").replace(/1b$/, "00").replace(/1c$/, "01") as Hex;
    assert.deepEqual(refusals(approved([{ expiry: later, signature: short }, ...(first === undefined ? [] : [first])])), []);
  });

  it("want each of them once", async () => {
    assertRefused(transaction() as Transaction, /^2 of .* must have agreed to this: nobody has$/);
    assertRefused(approved([await signBy(ann)]), new RegExp(`: ${ann.address} has$`));
    assertRefused(approved([await signBy(ann), await signBy(ann, {}, "2026-01-01T14:00:00.000Z")]), new RegExp(`: ${ann.address} has$`));
    assertRefused(approved([await signBy(ann), await signBy(eve)]), new RegExp(`: ${ann.address} has$`));
  });

  const others: readonly (readonly [string, { readonly message?: object; readonly intent?: object }])[] = [
    ["another value", { intent: { value: 2n } }],
    ["another recipient", { intent: { to: sender } }],
    ["another sender", { intent: { from: token } }],
    ["another network", { intent: { network: "eip155:2" } }],
    ["other data", { intent: { data: keccak256("0x01") } }],
    ["a creation", { intent: { to: "a new contract" } }],
    ["other ceilings than are given", { intent: { maxFeePerGas: 51n } }],
    ["another effect", { message: { effect: digestOf("another") } }],
    ["another run", { message: { runId: `run:${"6".repeat(64)}` } }],
    ["another spec", { message: { specRef: digestOf("another") } }],
    ["another step", { message: { step: "other" } }],
    ["another kind", { message: { kind: "mfm.evm/transaction@2" } }],
    ["another expiry than is given", { message: { expiry: Date.parse(later) / 1000 + 1 } }],
  ];
  for (const [name, change] of others)
    it(`know nobody who signed ${name}`, async () => assertRefused(approved(await both(change)), /: nobody has$/));

  const above: readonly (readonly [string, Partial<Extract<Fields, { type: "eip1559" }>>])[] = [
    ["gas", { gas: 21_001n }],
    ["fees", { maxFeePerGas: 51n }],
    ["tips", { maxFeePerGas: 50n, maxPriorityFeePerGas: 6n }],
  ];
  for (const [name, change] of above)
    it(`cover no candidate above the ${name} that were agreed to`, async () => {
      const intent = approved(await both(), {}, transaction(change) as Transaction);
      const generous = chainOf({ approvals: rule, maxFeePerGas: "90", maxPriorityFeePerGas: "90" });
      const [refusal, ...others] = evaluatePolicy(generous, intent, { spentToday: 0n, now: noon });
      assert.deepEqual([refusal?.rule, others], ["chains.approvals", []]);
      assert.match(refusal?.reason ?? "", /: its (?:gas|fee|tip) is (?:above|not) the \d+ .*agreed to$/);
    });

  it("cover no other gas than was agreed to, and no access list, which they do not say", async () => {
    const signatures = await both();
    assertRefused(approved(signatures, {}, transaction({ gas: 20_999n }) as Transaction), /: its gas is not the 21000 that was agreed to$/);
    const accessList = [{ address: token, storageKeys: [] }];
    assertRefused(approved(signatures, {}, transaction({ accessList }) as Transaction), /: it has an access list/);
    assert.deepEqual(refusals(approved(signatures, {}, transaction({ accessList: [] }) as Transaction)), []);
  });

  it("name whom to ask where that would help, and nobody before anybody has agreed to what cannot be agreed to", () => {
    const before = (change: object) => {
      const { approved: _, ...intent } = approved([], {}, transaction(change) as Transaction);
      const [refusal] = evaluatePolicy(chainOf({ approvals: rule }), intent, { spentToday: 0n, now: noon });
      return refusal?.["asked"];
    };
    assert.deepEqual(before({}), { operators: rule.operators, quorum: rule.quorum });
    assert.equal(before({ accessList: [{ address: token, storageKeys: [] }] }), undefined);
  });

  it("are asked for where an account would get code: nobody can give them", () => {
    const listed = (chainId: number) => ({ ...chainOf({ approvals: rule }), authorizations: [{ chainId, delegate: token }] });
    const moment = { spentToday: 0n, now: noon };
    const asked = (chainId: number) =>
      ({ kind: "authorization", intentId: digestOf("x"), sender, chainId, delegate: token, nonce: 0 }) as const;
    for (const chainId of [0, 1])
      assert.deepEqual(
        evaluatePolicy(listed(chainId), asked(chainId), moment).map((refusal) => refusal.rule),
        ["chains.approvals"],
      );
    assert.deepEqual(evaluatePolicy(listed(2), asked(2), moment), []);
  });

  it("hold until they expire; what was begun in time is replaced after it", async () => {
    const signatures = await both({}, before);
    assertRefused(approved(signatures), new RegExp(`: nobody has, and no more ${ann.address}, ${bob.address}$`));
    assert.deepEqual(refusals(approved(signatures, {}, transaction({}, "replacement") as Transaction)), []);
    const [first] = signatures;
    assert.ok(first !== undefined);
    assertRefused(approved([first, await signBy(bob)]), new RegExp(`: ${bob.address} has, and no more ${ann.address}$`));
  });

  it("are not asked for a cancel, nor for plain transfers of less than the policy says", async () => {
    assert.deepEqual(refusals(transaction({ to: sender, value: 0n }, "cancel") as Transaction), []);
    const paying = (value: bigint, change: object = {}) => refusals(transaction({ value, ...change }) as Transaction, { fromValue: "10" });
    assert.deepEqual(paying(9n), []);
    assert.equal(paying(10n).length, 1);
    assert.equal(paying(9n, { data: "0x1234" }).length, 1);
    const creating = chainOf({ creation: "allow", approvals: { ...rule, fromValue: "10" } });
    const created = evaluatePolicy(creating, transaction({ to: undefined, value: 0n, data: "0x60" }), {
      spentToday: 0n,
      now: noon,
    });
    assert.equal(created.length, 1);
  });

  it("cover no transaction of another type, of which the document does not say everything", async () => {
    const {
      type: _type,
      maxFeePerGas: _fee,
      maxPriorityFeePerGas: _tip,
      ...fields
    } = (transaction() as Transaction).transaction as Extract<Fields, { type: "eip1559" }>;
    const legacy = { ...(transaction() as Transaction), transaction: { ...fields, type: "legacy", gasPrice: 50n } } as Transaction;
    assertRefused(approved(await both(), {}, legacy), /: only transactions of type 2 can be agreed to$/);
  });

  it("count no signature that is none, and no expiry between two seconds", async () => {
    const [first] = await both();
    assert.ok(first !== undefined);
    for (const signature of ["0x", `0x${"00".repeat(65)}`, `0x${"ff".repeat(65)}`] as Hex[])
      assertRefused(approved([first, { expiry: later, signature }]), new RegExp(`: ${ann.address} has$`));
    assertRefused(approved([{ ...first, expiry: "2026-01-01T13:00:00.001Z" }]), /: nobody has$/);
  });

  it("are part of an intent's JSON", async () => {
    const signatures = await both();
    const { intentJson } = await import("./intent.ts");
    const intent = approved(signatures);
    assert.deepEqual(readIntent(intentJson(intent)), intent);
  });

  it("are no policy where nobody could reach the quorum", () => {
    for (const wrong of [
      { operators, quorum: 3 },
      { operators: [ann.address, ann.address], quorum: 2 },
      { operators: [], quorum: 1 },
      { operators, quorum: 0 },
    ])
      assert.throws(
        () => chainOf({ approvals: wrong }),
        (error) => error instanceof MfmError && error.code === "POLICY_INVALID",
        JSON.stringify(wrong),
      );
  });
});
