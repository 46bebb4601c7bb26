import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { encodeFunctionData, parseAbi } from "viem/utils";
import type { SigningIntent } from "../../capabilities/signer.ts";
import { MfmError } from "../../kernel/errors.ts";
import { evaluatePolicy } from "./evaluate.ts";
import { readIntent } from "./intent.ts";
import { type Policy, policyDigest, policyJson, readPolicy } from "./policy.ts";
import type { Hex } from "./signature.ts";

const sender: Hex = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";
const token: Hex = "0x52908400098527886E0F7030069857D2E4169EE7";
const safe: Hex = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";
const spender: Hex = "0xde709f2102306220921060314715629080e2fb77";
const delegate: Hex = "0x27b1fdb04752bbc536007a920d24acb045561c26";
const permit2: Hex = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

const abi = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
  "function increaseAllowance(address spender, uint256 addedValue)",
  "function setApprovalForAll(address operator, bool approved)",
  "function approveHash(bytes32 hashToApprove)",
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)",
  "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation)",
]);
const permit2Abi = parseAbi(["function approve(address token, address spender, uint160 amount, uint48 expiration)"]);

const most = 2n ** 256n - 1n;
const approve = (amount: bigint): Hex => encodeFunctionData({ abi, functionName: "approve", args: [spender, amount] });
const exec = (to: Hex, data: Hex, operation: number): Hex =>
  encodeFunctionData({ abi, functionName: "execTransaction", args: [to, 0n, data, operation, 0n, 0n, 0n, to, to, "0x"] });

const base = {
  format: "mfm-policy/1",
  chains: [{ chainId: 1, maxValue: "100", maxValuePerDay: "250", maxFeePerGas: "50", maxPriorityFeePerGas: "5", maxGas: "500000" }],
};
const policyOf = (more: object = {}): Policy => readPolicy({ ...base, ...more });
/** The policy with members of its chain changed. */
const chainOf = (more: object): Policy => readPolicy({ ...base, chains: [{ ...base.chains[0], ...more }] });

function transaction(change: object = {}, role = "first"): SigningIntent {
  const fields = {
    type: "eip1559",
    chainId: 1,
    nonce: 0,
    gas: 21_000n,
    to: token,
    value: 1n,
    data: "0x",
    maxFeePerGas: 50n,
    maxPriorityFeePerGas: 5n,
  };
  return readIntent({ kind: "transaction", intentId: `sha256:${"1".repeat(64)}`, sender, role, transaction: { ...fields, ...change } });
}

function typed(
  primaryType: string,
  fields: readonly (readonly [string, string])[],
  message: object,
  extraTypes: object = {},
): SigningIntent {
  const document = {
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ],
      [primaryType]: fields.map(([name, type]) => ({ name, type })),
      ...extraTypes,
    },
    primaryType,
    domain: { name: "thing", chainId: 1, verifyingContract: token },
    message,
  };
  return readIntent({ kind: "typedData", sender, document: JSON.stringify(document) });
}

const permit = (value: bigint) =>
  typed(
    "Permit",
    [
      ["owner", "address"],
      ["spender", "address"],
      ["value", "uint256"],
      ["nonce", "uint256"],
      ["deadline", "uint256"],
    ],
    { owner: sender, spender, value: value.toString(), nonce: 0, deadline: 1 },
  );
const daiPermit = (allowed: boolean) =>
  typed(
    "Permit",
    [
      ["holder", "address"],
      ["spender", "address"],
      ["nonce", "uint256"],
      ["expiry", "uint256"],
      ["allowed", "bool"],
    ],
    { holder: sender, spender, nonce: 0, expiry: 0, allowed },
  );
const permitSingle = (amount: bigint) =>
  typed(
    "PermitSingle",
    [
      ["details", "PermitDetails"],
      ["spender", "address"],
      ["sigDeadline", "uint256"],
    ],
    { details: { token, amount: amount.toString(), expiration: 1, nonce: 0 }, spender, sigDeadline: 1 },
    {
      PermitDetails: [
        { name: "token", type: "address" },
        { name: "amount", type: "uint160" },
        { name: "expiration", type: "uint48" },
        { name: "nonce", type: "uint48" },
      ],
    },
  );
const safeTx = (to: Hex, data: Hex, operation: number) =>
  typed(
    "SafeTx",
    [
      ["to", "address"],
      ["value", "uint256"],
      ["data", "bytes"],
      ["operation", "uint8"],
      ["nonce", "uint256"],
    ],
    { to, value: 0, data, operation, nonce: 0 },
  );
const message = (bytes: Uint8Array): SigningIntent => ({ kind: "message", sender, message: `0x${Buffer.from(bytes).toString("hex")}` });
const authorization = (chainId: number): SigningIntent =>
  readIntent({ kind: "authorization", intentId: `sha256:${"2".repeat(64)}`, sender, chainId, delegate, nonce: 0 });
const blobs = { type: "eip4844", maxFeePerBlobGas: 7n, blobVersionedHashes: [`0x01${"22".repeat(31)}`] };
const authorized = {
  type: "eip7702",
  authorizationList: [{ chainId: 1, address: delegate, nonce: 0, r: `0x${"1".repeat(64)}`, s: `0x${"1".repeat(64)}`, yParity: 0 }],
};

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

function readLegacy(gasPrice: bigint): SigningIntent {
  const fields = { type: "legacy", chainId: 1, nonce: 0, gas: 21_000n, to: token, value: 1n, data: "0x", gasPrice };
  return readIntent({ kind: "transaction", intentId: `sha256:${"1".repeat(64)}`, sender, role: "first", transaction: fields });
}

describe("signing policy", () => {
  for (const [name, policy, intent, rules, spent = 0n] of cases) {
    it(`${rules.length === 0 ? "allows" : "refuses"} ${name}`, () => {
      assert.deepEqual(
        evaluatePolicy(policy, intent, spent).map(({ rule }) => rule),
        rules,
      );
    });
  }

  it("looks through Safes only so deep, and refuses what is deeper", () => {
    let data: Hex = "0x";
    for (let depth = 0; depth < 12; depth++) data = exec(safe, data, 0);
    const rules = evaluatePolicy(policyOf(), transaction({ to: safe, data }), 0n).map(({ rule }) => rule);
    assert.deepEqual(rules, ["delegateCalls"]);
  });

  it("refuses every intent where it lists nothing", () => {
    const nothing = readPolicy({ format: "mfm-policy/1", chains: [] });
    for (const intent of [transaction(), message(Buffer.from("x")), permit(1n), authorization(1)])
      assert.equal(evaluatePolicy(nothing, intent, 0n).length, 1);
  });

  const amounts = fc.bigInt({ min: 0n, max: 300n });

  it("never allows more for a tighter cap, a higher value or a day that has seen more", () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, (cap, tighter, value, spent) => {
        const allows = (maxValue: bigint, amount: bigint, before: bigint): boolean =>
          evaluatePolicy(chainOf({ maxValue: maxValue.toString() }), transaction({ value: amount }), before).length === 0;
        const [low, high] = cap < tighter ? [cap, tighter] : [tighter, cap];
        if (allows(low, value, spent)) assert.ok(allows(high, value, spent));
        if (allows(cap, value + 1n, spent)) assert.ok(allows(cap, value, spent));
        if (allows(cap, value, spent + 1n)) assert.ok(allows(cap, value, spent));
      }),
    );
  });

  it("is the same after it was stored, and has the digest of what it says", () => {
    const policy = policyOf({ unlimitedApprovals: [spender], typedData: [{ name: "thing" }], messages: "text" });
    assert.deepEqual(readPolicy(policyJson(policy)), policy);
    assert.equal(policyDigest(readPolicy(policyJson(policy))), policyDigest(policy));
    assert.notEqual(policyDigest(policyOf()), policyDigest(policy));
  });

  const wrong: readonly (readonly [string, object])[] = [
    ["another format", { format: "mfm-policy/2" }],
    ["a member that nobody knows", { chain: [] }],
    ["a chain twice", { chains: [base.chains[0], base.chains[0]] }],
    ["a chain without caps", { chains: [{ chainId: 1 }] }],
    ["a selector of three bytes", { chains: [{ ...base.chains[0], destinations: [{ address: token, selectors: ["0x123456"] }] }] }],
    ["a destination twice", { chains: [{ ...base.chains[0], destinations: [{ address: token }, { address: token.toLowerCase() }] }] }],
    ["an address with a wrong checksum", { unlimitedApprovals: [token.replace("E4", "e4")] }],
    ["a rule for domains that fits every domain", { typedData: [{ primaryTypes: ["Permit"] }] }],
    ["a float", { chains: [{ ...base.chains[0], maxValue: 1.5 }] }],
  ];
  for (const [name, change] of wrong) {
    it(`is refused with ${name}`, () => {
      assert.throws(
        () => readPolicy({ ...base, ...change }),
        (error) => error instanceof MfmError && error.code === "POLICY_INVALID",
      );
    });
  }
});
