import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { Transaction, Wallet, getCreateAddress } from "ethers";
import { digestOf } from "../../kernel/canonical.ts";
import { type MadeData, identityOf, isCovered, laneOf, mayRenew, sealedIdentityOf } from "../../kernel/effects/rules.ts";
import type { Role } from "../../kernel/effects/ledger.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import { sealOf } from "./transaction-envelope.ts";
import { evmTransaction } from "./transaction.ts";

const wallet = new Wallet(`0x${"01".repeat(32)}`);
const to = "0x52908400098527886E0F7030069857D2E4169EE7";
const accessList = [{ address: to, storageKeys: [`0x${"07".repeat(32)}`] }];
const gwei = (amount: number): string => `${amount}000000000`;

const intent = {
  network: "eip155:10",
  from: wallet.address,
  to,
  value: "5",
  data: "0x1234",
  accessList,
  gas: "60000",
  fees: {
    percentile: 50,
    blocks: 5,
    minPriorityFeePerGas: gwei(1),
    baseFeePercent: 200,
    maxFeePerGas: gwei(100),
    maxPriorityFeePerGas: gwei(10),
  },
  finality: { kind: "depth", blocks: 2 },
  replaceAfterBlocks: 3,
  renewals: 2,
  window: 4,
} satisfies JsonObject;
const subject = { id: digestOf("payment"), intent };

const market = { block: { number: "7", hash: `0x${"aa".repeat(32)}` }, baseFeePerGas: gwei(10), priorityFeePerGas: gwei(2), count: 9 };
const action = { chainId: 10, nonce: 9, gas: "60000", to, value: "5", data: "0x1234", accessList };
const first = { transaction: { ...action, maxFeePerGas: gwei(22), maxPriorityFeePerGas: gwei(2) }, market };
const raised = { maxFeePerGas: "24750000000", maxPriorityFeePerGas: "2250000000" };
const replacement = { transaction: { ...action, ...raised }, market };
const nothing = { chainId: 10, nonce: 9, gas: "21000", to: wallet.address, value: "0", data: "0x" };
const cancel = { transaction: { ...nothing, ...raised }, market };
const before: readonly MadeData[] = [{ role: "first", envelope: first, seal: null, dispatched: true }];

type Envelope = { readonly transaction: JsonObject; readonly market: JsonObject };

function covers(
  role: Role,
  envelope: Envelope,
  change: { readonly slot?: number; readonly of?: JsonObject; readonly terms?: Json } = {},
): boolean {
  const { slot = 9, of = intent, terms = null } = change;
  return isCovered(evmTransaction, { ...subject, intent: of }, { role, slot, before: role === "first" ? [] : before, terms }, envelope);
}

const changed = (envelope: Envelope, fields: JsonObject): Envelope => ({
  ...envelope,
  transaction: { ...envelope.transaction, ...fields },
});
const without = (envelope: Envelope, name: string): Envelope => {
  const { [name]: _, ...transaction } = envelope.transaction;
  return { ...envelope, transaction };
};

describe("a candidate of an EVM transaction", () => {
  const candidates: readonly (readonly [Role, Envelope])[] = [
    ["first", first],
    ["replacement", replacement],
    ["cancel", cancel],
  ];
  for (const [role, envelope] of candidates) {
    it(`${role}: is covered as it follows from intent, nonce, market and candidates before`, () => assert.ok(covers(role, envelope)));

    const wrong: readonly JsonObject[] = [
      { chainId: 1 },
      { nonce: 8 },
      { nonce: 10 },
      { to: "0x8617E340B3D01FA5F11F306F4090FD50E238070D" },
      { value: "6" },
      { data: "0x1235" },
      { gas: role === "cancel" ? "2000001" : "60001" },
      { gas: "20999" },
      { accessList: [{ address: to, storageKeys: [] }] },
      { maxFeePerGas: "24750000001" },
      { maxFeePerGas: "21999999999" },
      { maxPriorityFeePerGas: "2250000001" },
      { maxPriorityFeePerGas: "1999999999" },
    ];
    for (const fields of wrong)
      it(`${role}: is not with ${JSON.stringify(fields)}`, () => assert.ok(!covers(role, changed(envelope, fields))));
  }

  it("is not at another slot, without its receiver, or with an address that nothing is created at", () => {
    assert.ok(!covers("first", first, { slot: 8 }));
    assert.ok(!covers("first", without(first, "to")));
    assert.ok(!covers("first", { ...first, contractAddress: to } as Envelope));
    assert.ok(!covers("first", without(first, "accessList")));
  });

  it("may have the fees of another moment where it was signed then, within the same intent, as the first (case 47)", () => {
    const then = { ...changed(first, { maxFeePerGas: gwei(30), maxPriorityFeePerGas: gwei(3) }), signedBefore: true } as Envelope;
    assert.ok(covers("first", then));
    assert.ok(!covers("first", { ...then, signedBefore: undefined } as unknown as Envelope));
    // A person may have gone over the ceilings.
    assert.ok(covers("first", changed(then, { maxFeePerGas: gwei(600), maxPriorityFeePerGas: gwei(50) })));
    assert.ok(!covers("replacement", then));
    assert.ok(!covers("first", then, { slot: 8 }));
    for (const fields of [{ value: "6" }, { gas: "60001" }, { maxPriorityFeePerGas: gwei(31) }])
      assert.ok(!covers("first", changed(then, fields)), JSON.stringify(fields));
  });

  it("is of no other role than the one it was made for", () => {
    assert.ok(!covers("replacement", first));
    assert.ok(!covers("cancel", replacement));
    assert.ok(!covers("replacement", cancel));
    assert.ok(!isCovered(evmTransaction, subject, { role: "first", slot: 9, before, terms: null }, first));
  });

  it("has the caps that a person names, and no others then", () => {
    const terms = { maxFeePerGas: gwei(300) };
    assert.ok(covers("replacement", changed(replacement, { maxFeePerGas: gwei(300) }), { terms }));
    assert.ok(!covers("replacement", replacement, { terms }));
    assert.ok(!covers("replacement", changed(replacement, { maxFeePerGas: gwei(300) })));
  });

  it("that creates a contract names the address that ethers expects", () => {
    const { to: _to, accessList: _accessList, ...creating } = intent;
    const { to: _receiver, accessList: _list, ...transaction } = first.transaction;
    const contractAddress = getCreateAddress({ from: wallet.address, nonce: 9 });
    const envelope = { transaction, market, contractAddress };
    assert.ok(covers("first", envelope, { of: creating }));
    assert.ok(!covers("first", { transaction, market }, { of: creating }));
    assert.ok(
      !covers("first", { ...envelope, contractAddress: getCreateAddress({ from: wallet.address, nonce: 8 }) } as Envelope, {
        of: creating,
      }),
    );
  });

  it("is known by what is signed, which is ethers' as well, and in the lane of its account", () => {
    assert.equal(identityOf(evmTransaction, first), unsigned().unsignedHash);
    assert.notEqual(identityOf(evmTransaction, first), identityOf(evmTransaction, replacement));
    assert.equal(laneOf(evmTransaction, intent), `eip155:10/${wallet.address}`);
  });

  it("is renewed as often as the intent says", () =>
    assert.deepEqual(
      [1, 2, 3].map((renewal) => mayRenew(evmTransaction, intent, renewal)),
      [true, true, false],
    ));
});

describe("a seal of an EVM transaction", () => {
  const seal = (): JsonObject => ({ ...sealOf(signed()) });
  const unseal = (given: Json, envelope: Json = first): string =>
    sealedIdentityOf(evmTransaction, subject, { role: "first", envelope, seal: given });

  it("is ethers' signature, and leads to ethers' hash", () => assert.equal(unseal(seal()), read().hash));

  it("is none of another transaction, of another account, with another hash, or with a high s", () => {
    const refused = { code: "SIGNATURE_INVALID" };
    assert.throws(() => unseal(seal(), replacement), refused);
    assert.throws(() => unseal({ ...sealOf(signed(new Wallet(`0x${"02".repeat(32)}`))) }), refused);
    assert.throws(() => unseal({ ...seal(), hash: `0x${"11".repeat(32)}` }), refused);
    assert.throws(() => unseal({ ...seal(), r: `0x${"00".repeat(32)}` }), refused);
    const { s, yParity } = sealOf(signed());
    const high = (secp256k1.Point.CURVE().n - BigInt(s)).toString(16).padStart(64, "0");
    assert.throws(() => unseal({ ...seal(), s: `0x${high}`, yParity: 1 - yParity }), refused);
  });

  it("is not read from bytes that are no signed transaction of type 2", () => {
    for (const raw of ["0x", "0x02", "0x02c0", `0x01${signed().slice(4)}`, unsigned().unsignedSerialized] as const)
      assert.throws(() => sealOf(raw as `0x${string}`));
  });
});

/** The same transaction in ethers' hands. */
function unsigned(): Transaction {
  const { chainId, nonce, gas, value, data, maxFeePerGas, maxPriorityFeePerGas } = first.transaction;
  return Transaction.from({ type: 2, chainId, nonce, gasLimit: gas, to, value, data, accessList, maxFeePerGas, maxPriorityFeePerGas });
}

function signed(by = wallet): `0x${string}` {
  const transaction = unsigned();
  transaction.signature = by.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized as `0x${string}`;
}

function read(): Transaction {
  return Transaction.from(signed());
}
