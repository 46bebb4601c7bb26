import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeFunctionData, parseAbi } from "viem/utils";
import type { Hex } from "../vault/bytes.ts";
import { findLookAlike } from "./address-book.ts";
import { addresseesOf } from "./addressees.ts";
import { readIntent } from "./intent.ts";

const [one, two, three]: readonly [Hex, Hex, Hex] = [
  "0x52908400098527886E0F7030069857D2E4169EE7",
  "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
  "0xde709f2102306220921060314715629080e2fb77",
];
const abi = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function transferFrom(address from, address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
  "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation)",
]);

function called(data: Hex): readonly Hex[] {
  const transaction = { type: "legacy", chainId: 1, nonce: 0, gas: 1n, gasPrice: 1n, to: one, value: 0n, data };
  return addresseesOf(readIntent({ kind: "transaction", intentId: `sha256:${"1".repeat(64)}`, sender: one, role: "first", transaction }));
}

describe("addressees", () => {
  it("are the callee, who receives tokens or may take them, and whom a Safe calls", () => {
    assert.deepEqual(called("0x"), [one]);
    assert.deepEqual(called(encodeFunctionData({ abi, functionName: "transfer", args: [two, 1n] })), [one, two]);
    assert.deepEqual(called(encodeFunctionData({ abi, functionName: "transferFrom", args: [three, two, 1n] })), [one, two]);
    assert.deepEqual(called(encodeFunctionData({ abi, functionName: "approve", args: [two, 1n] })), [one, two]);
    const inner = encodeFunctionData({ abi, functionName: "transfer", args: [two, 1n] });
    const exec = encodeFunctionData({ abi, functionName: "execTransactionFromModule", args: [one, 0n, inner, 0] });
    assert.deepEqual(called(exec), [one, one, two]);
  });

  it("are every address in a document, and the delegate of an authorization", () => {
    const document = {
      types: {
        EIP712Domain: [{ name: "verifyingContract", type: "address" }],
        Order: [
          { name: "payees", type: "Payee[]" },
          { name: "note", type: "string" },
        ],
        Payee: [{ name: "wallets", type: "address[2]" }],
      },
      domain: { verifyingContract: one },
      primaryType: "Order",
      message: { payees: [{ wallets: [two, three] }], note: one },
    };
    const typed = addresseesOf(readIntent({ kind: "typedData", sender: one, document: JSON.stringify(document) }));
    assert.deepEqual(
      typed.map((address) => address.toLowerCase()),
      [one, two, three].map((address) => address.toLowerCase()),
    );
    const authorization = { kind: "authorization", intentId: `sha256:${"1".repeat(64)}`, sender: one, chainId: 0, delegate: two, nonce: 0 };
    assert.deepEqual(addresseesOf(readIntent(authorization)), [two]);
    assert.deepEqual(addresseesOf(readIntent({ kind: "message", sender: one, message: "0x" })), []);
  });
});

describe("look-alikes", () => {
  const known = [{ name: "exchange", address: one }];
  const like = (first: string, last: string): Hex => `0x${first}${"0".repeat(40 - first.length - last.length)}${last}`;

  it("begin and end with the same four digits, and are another address", () => {
    assert.equal(findLookAlike(like("5290", "9ee7"), known)?.name, "exchange");
    assert.equal(findLookAlike(like("5290", "9EE7"), known)?.name, "exchange");
    for (const other of [like("5290", "9ee8"), like("5291", "9ee7"), one, one.toLowerCase() as Hex])
      assert.equal(findLookAlike(other, known), undefined);
  });

  it("are none where they are known themselves", () => {
    const both = [...known, { name: "other", address: like("5290", "9ee7") }];
    assert.equal(findLookAlike(like("5290", "9ee7"), both), undefined);
    assert.equal(findLookAlike(one, both), undefined);
  });
});
