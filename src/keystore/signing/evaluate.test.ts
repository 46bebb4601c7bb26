import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { encodeFunctionData } from "viem/utils";
import type { SigningIntent } from "../../capabilities/signer.ts";
import { type Moment, evaluatePolicy } from "./evaluate.ts";
import {
  abi,
  approve,
  authorization,
  authorized,
  blobs,
  chainOf,
  daiPermit,
  delegate,
  exec,
  message,
  most,
  permit,
  permit2,
  permit2Abi,
  permitSingle,
  policyOf,
  readLegacy,
  safe,
  safeTx,
  sender,
  spender,
  token,
  transaction,
  typed,
} from "./evaluate.test.support.ts";
import { type Policy, readPolicy } from "./policy.ts";
import type { Hex } from "../vault/bytes.ts";

/** What refuses it; nothing where it is allowed. */
const cases: readonly (readonly [name: string, policy: Policy, intent: SigningIntent, rules: readonly string[], spent?: bigint])[] = [
  ["a transfer within every cap", policyOf(), transaction({ value: 100n }), []],
  ["a chain that is not listed", policyOf(), transaction({ chainId: 2 }), ["chains"]],
  ["a value over the cap", policyOf(), transaction({ value: 101n }), ["chains.maxValue"]],
  ["the last wei of a day", policyOf(), transaction({ value: 50n }), [], 200n],
  ["a wei over the day's sum", policyOf(), transaction({ value: 51n }), ["chains.maxValuePerDay"], 200n],
  ["a fee over the cap", policyOf(), transaction({ maxFeePerGas: 51n }), ["chains.maxFeePerGas"]],
  ["a tip over the cap", policyOf(), transaction({ maxPriorityFeePerGas: 6n }), ["chains.maxPriorityFeePerGas"]],
  ["a gas price over the cap of fees", policyOf(), readLegacy(51n), ["chains.maxFeePerGas"]],
  ["a gas price within it", policyOf(), readLegacy(50n), []],
  ["gas over the cap", policyOf(), transaction({ gas: 500_001n }), ["chains.maxGas"]],
  [
    "every reason at once",
    policyOf(),
    transaction({ value: 300n, gas: 500_001n }),
    ["chains.maxGas", "chains.maxValue", "chains.maxValuePerDay"],
  ],
  ["blobs where no cap allows them", policyOf(), transaction(blobs), ["chains.maxFeePerBlobGas"]],
  ["blobs within their cap", chainOf({ maxFeePerBlobGas: "7" }), transaction(blobs), []],
  [
    "a cancel, whatever was spent and whoever is listed",
    chainOf({ destinations: [] }),
    transaction({ to: sender, value: 0n }, "cancel"),
    [],
    300n,
  ],
  ["a cancel over the fee cap", policyOf(), transaction({ to: sender, value: 0n, maxFeePerGas: 60n }, "cancel"), ["chains.maxFeePerGas"]],
  ["a contract where creation is not allowed", policyOf(), transaction({ to: undefined, data: "0x60" }), ["chains.creation"]],
  ["a contract where it is", chainOf({ creation: "allow" }), transaction({ to: undefined, data: "0x60" }), []],
  ["a destination that is listed", chainOf({ destinations: [{ address: token }] }), transaction({ data: "0x12345678" }), []],
  ["one that is not", chainOf({ destinations: [{ address: safe }] }), transaction(), ["chains.destinations"]],
  [
    "a destination's own cap",
    chainOf({ destinations: [{ address: token, maxValue: "0" }] }),
    transaction(),
    ["chains.destinations.maxValue"],
  ],
  [
    "a selector that is listed",
    chainOf({ destinations: [{ address: token, selectors: ["0x12345678"] }] }),
    transaction({ data: "0x12345678ff" }),
    [],
  ],
  [
    "one that is not",
    chainOf({ destinations: [{ address: token, selectors: ["0x12345678"] }] }),
    transaction({ data: "0x12345679" }),
    ["chains.destinations.selectors"],
  ],
  [
    "a plain transfer where selectors are listed",
    chainOf({ destinations: [{ address: token, selectors: ["0x12345678"] }] }),
    transaction(),
    ["chains.destinations.selectors"],
  ],
  ["a plain transfer that is listed as 0x", chainOf({ destinations: [{ address: token, selectors: ["0x"] }] }), transaction(), []],
  [
    "less than a selector",
    chainOf({ destinations: [{ address: token, selectors: ["0x", "0x12345678"] }] }),
    transaction({ data: "0x123456" }),
    ["chains.destinations.selectors"],
  ],
  ["an allowance for what is needed", policyOf(), transaction({ data: approve(10n ** 24n) }), []],
  ["an allowance without limit", policyOf(), transaction({ data: approve(most) }), ["unlimitedApprovals"]],
  ["one just below", policyOf(), transaction({ data: approve(most - 1n) }), ["unlimitedApprovals"]],
  ["one that 96 bits take for infinite", policyOf(), transaction({ data: approve(2n ** 96n - 1n) }), ["unlimitedApprovals"]],
  ["one for a spender that is listed", policyOf({ unlimitedApprovals: [spender] }), transaction({ data: approve(most) }), []],
  [
    "an increase without limit",
    policyOf(),
    transaction({ data: encodeFunctionData({ abi, functionName: "increaseAllowance", args: [spender, most] }) }),
    ["unlimitedApprovals"],
  ],
  [
    "an operator of all tokens",
    policyOf(),
    transaction({ data: encodeFunctionData({ abi, functionName: "setApprovalForAll", args: [spender, true] }) }),
    ["unlimitedApprovals"],
  ],
  [
    "taking an operator away",
    policyOf(),
    transaction({ data: encodeFunctionData({ abi, functionName: "setApprovalForAll", args: [spender, false] }) }),
    [],
  ],
  [
    "Permit2's approval without limit",
    policyOf(),
    transaction({
      to: permit2,
      data: encodeFunctionData({ abi: permit2Abi, functionName: "approve", args: [token, spender, 2n ** 160n - 1n, 1] }),
    }),
    ["unlimitedApprovals"],
  ],
  ["an approval that is cut short", policyOf(), transaction({ data: approve(most).slice(0, -2) }), ["chains.destinations.selectors"]],
  ["a Safe's call", policyOf(), transaction({ to: safe, data: exec(token, "0x12345678", 0) }), []],
  ["a Safe's delegatecall", policyOf(), transaction({ to: safe, data: exec(delegate, "0x", 1) }), ["delegateCalls"]],
  [
    "a Safe's delegatecall of what is listed",
    policyOf({ delegateCalls: [delegate] }),
    transaction({ to: safe, data: exec(delegate, "0x", 1) }),
    [],
  ],
  ["an approval inside a Safe's call", policyOf(), transaction({ to: safe, data: exec(token, approve(most), 0) }), ["unlimitedApprovals"]],
  [
    "a delegatecall inside a Safe's call of a Safe",
    policyOf(),
    transaction({ to: safe, data: exec(safe, exec(delegate, "0x", 1), 0) }),
    ["delegateCalls"],
  ],
  [
    "a module's delegatecall",
    policyOf(),
    transaction({ to: safe, data: encodeFunctionData({ abi, functionName: "execTransactionFromModule", args: [delegate, 0n, "0x", 1] }) }),
    ["delegateCalls"],
  ],
  [
    "a Safe transaction of which only the hash is given",
    policyOf(),
    transaction({ to: safe, data: encodeFunctionData({ abi, functionName: "approveHash", args: [`0x${"1".repeat(64)}`] }) }),
    ["delegateCalls"],
  ],
  ["a transaction that carries authorizations", policyOf(), transaction(authorized), ["authorizations"]],
  ["one that carries listed ones", policyOf({ authorizations: [{ chainId: 1, delegate }] }), transaction(authorized), []],
  ["an authorization", policyOf(), authorization(1), ["authorizations"]],
  ["one that is listed", policyOf({ authorizations: [{ chainId: 1, delegate }] }), authorization(1), []],
  [
    "one for every chain where one chain is listed",
    policyOf({ authorizations: [{ chainId: 1, delegate }] }),
    authorization(0),
    ["authorizations"],
  ],
  ["a message", policyOf(), message(Buffer.from("hello")), ["messages"]],
  ["a text where texts are allowed", policyOf({ messages: "text" }), message(Buffer.from("hello\n\u{1f9fe}")), []],
  ["32 bytes of text, which may be a hash", policyOf({ messages: "text" }), message(Buffer.alloc(32, "a")), ["messages"]],
  ["bytes that are no text", policyOf({ messages: "text" }), message(Uint8Array.from([0xff])), ["messages"]],
  ["control characters", policyOf({ messages: "text" }), message(Uint8Array.from([0x1b])), ["messages"]],
  ["bytes where any are allowed", policyOf({ messages: "any" }), message(Buffer.alloc(32, 0xff)), []],
  ["typed data", policyOf(), permit(1n), ["typedData"]],
  ["typed data of a domain that is listed", policyOf({ typedData: [{ chainId: 1, verifyingContract: token }] }), permit(1n), []],
  ["one that differs in the chain", policyOf({ typedData: [{ chainId: 2, verifyingContract: token }] }), permit(1n), ["typedData"]],
  ["one that differs in the contract", policyOf({ typedData: [{ chainId: 1, verifyingContract: safe }] }), permit(1n), ["typedData"]],
  ["one whose rule names a version that it has not", policyOf({ typedData: [{ name: "thing", version: "1" }] }), permit(1n), ["typedData"]],
  ["another type of a listed domain", policyOf({ typedData: [{ name: "thing", primaryTypes: ["Mail"] }] }), permit(1n), ["typedData"]],
  ["a permit without limit", policyOf({ typedData: [{ name: "thing" }] }), permit(most), ["unlimitedApprovals"]],
  [
    "a permit without limit for a listed spender",
    policyOf({ typedData: [{ name: "thing" }], unlimitedApprovals: [spender] }),
    permit(most),
    [],
  ],
  ["DAI's permit", policyOf({ typedData: [{ name: "thing" }] }), daiPermit(true), ["unlimitedApprovals"]],
  ["DAI's permit taken away", policyOf({ typedData: [{ name: "thing" }] }), daiPermit(false), []],
  ["Permit2 without limit", policyOf({ typedData: [{ name: "thing" }] }), permitSingle(2n ** 160n - 1n), ["unlimitedApprovals"]],
  ["Permit2 within", policyOf({ typedData: [{ name: "thing" }] }), permitSingle(5n), []],
  ["a SafeTx with a delegatecall", policyOf({ typedData: [{ name: "thing" }] }), safeTx(delegate, "0x", 1), ["delegateCalls"]],
  [
    "a SafeTx with an approval inside",
    policyOf({ typedData: [{ name: "thing" }] }),
    safeTx(token, approve(most), 0),
    ["unlimitedApprovals"],
  ],
  ["a SafeTx without either", policyOf({ typedData: [{ name: "thing" }] }), safeTx(token, "0x", 0), []],
  [
    "a SafeTx without a Safe's fields",
    policyOf({ typedData: [{ name: "thing" }] }),
    typed("SafeTx", [["to", "address"]], { to: token }),
    ["delegateCalls"],
  ],
];

const at = (spentToday: bigint): Moment => ({ spentToday, now: 0 });

describe("signing policy", () => {
  for (const [name, policy, intent, rules, spent = 0n] of cases) {
    it(`${rules.length === 0 ? "allows" : "refuses"} ${name}`, () => {
      assert.deepEqual(
        evaluatePolicy(policy, intent, at(spent)).map(({ rule }) => rule),
        rules,
      );
    });
  }

  it("looks through Safes only so deep, and refuses what is deeper", () => {
    let data: Hex = "0x";
    for (let depth = 0; depth < 12; depth++) data = exec(safe, data, 0);
    const rules = evaluatePolicy(policyOf(), transaction({ to: safe, data }), at(0n)).map(({ rule }) => rule);
    assert.deepEqual(rules, ["delegateCalls"]);
  });

  it("takes no cancel that costs more than one: nobody is asked about its fees", () => {
    const cancel = (change: object): unknown => transaction({ to: sender, value: 0n, ...change }, "cancel");
    cancel({ gas: 2_000_000n, accessList: [] });
    for (const change of [{ gas: 2_000_001n }, { accessList: [{ address: token, storageKeys: [] }] }])
      assert.throws(() => cancel(change), { code: "INTENT_INVALID" });
  });

  it("refuses every intent where it lists nothing", () => {
    const nothing = readPolicy({ format: "mfm-policy/1", chains: [] });
    for (const intent of [transaction(), message(Buffer.from("x")), permit(1n), authorization(1)])
      assert.equal(evaluatePolicy(nothing, intent, at(0n)).length, 1);
  });

  const amounts = fc.bigInt({ min: 0n, max: 300n });

  it("never allows more for a tighter cap, a higher value or a day that has seen more", () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, (cap, tighter, value, spent) => {
        const allows = (maxValue: bigint, amount: bigint, before: bigint): boolean =>
          evaluatePolicy(chainOf({ maxValue: maxValue.toString() }), transaction({ value: amount }), at(before)).length === 0;
        const [low, high] = cap < tighter ? [cap, tighter] : [tighter, cap];
        if (allows(low, value, spent)) assert.ok(allows(high, value, spent));
        if (allows(cap, value + 1n, spent)) assert.ok(allows(cap, value, spent));
        if (allows(cap, value, spent + 1n)) assert.ok(allows(cap, value, spent));
      }),
    );
  });
});
