/** Policies and intents for the tests of both. */
import { encodeFunctionData, parseAbi } from "viem/utils";
import type { SigningIntent } from "../../capabilities/signer.ts";
import { readIntent } from "./intent.ts";
import { type Policy, readPolicy } from "./policy.ts";
import type { Hex } from "../vault/bytes.ts";

export const sender: Hex = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";
export const token: Hex = "0x52908400098527886E0F7030069857D2E4169EE7";
export const safe: Hex = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";
export const spender: Hex = "0xde709f2102306220921060314715629080e2fb77";
export const delegate: Hex = "0x27b1fdb04752bbc536007a920d24acb045561c26";
export const permit2: Hex = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

export const abi = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
  "function increaseAllowance(address spender, uint256 addedValue)",
  "function setApprovalForAll(address operator, bool approved)",
  "function approveHash(bytes32 hashToApprove)",
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)",
  "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation)",
]);
export const permit2Abi = parseAbi(["function approve(address token, address spender, uint160 amount, uint48 expiration)"]);

export const most = 2n ** 256n - 1n;
export const approve = (amount: bigint): Hex => encodeFunctionData({ abi, functionName: "approve", args: [spender, amount] });
export const exec = (to: Hex, data: Hex, operation: number): Hex =>
  encodeFunctionData({ abi, functionName: "execTransaction", args: [to, 0n, data, operation, 0n, 0n, 0n, to, to, "0x"] });

export const base = {
  format: "mfm-policy/1",
  chains: [{ chainId: 1, maxValue: "100", maxValuePerDay: "250", maxFeePerGas: "50", maxPriorityFeePerGas: "5", maxGas: "500000" }],
};
export const policyOf = (more: object = {}): Policy => readPolicy({ ...base, ...more });
/** The policy with members of its chain changed. */
export const chainOf = (more: object): Policy => readPolicy({ ...base, chains: [{ ...base.chains[0], ...more }] });

export function transaction(change: object = {}, role = "first"): SigningIntent {
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

export function typed(
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

export const permit = (value: bigint) =>
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
export const daiPermit = (allowed: boolean) =>
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
export const permitSingle = (amount: bigint) =>
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
export const safeTx = (to: Hex, data: Hex, operation: number) =>
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
export const message = (bytes: Uint8Array): SigningIntent => ({
  kind: "message",
  sender,
  message: `0x${Buffer.from(bytes).toString("hex")}`,
});
export const authorization = (chainId: number): SigningIntent =>
  readIntent({ kind: "authorization", intentId: `sha256:${"2".repeat(64)}`, sender, chainId, delegate, nonce: 0 });
export const blobs = { type: "eip4844", maxFeePerBlobGas: 7n, blobVersionedHashes: [`0x01${"22".repeat(31)}`] };
export const authorized = {
  type: "eip7702",
  authorizationList: [{ chainId: 1, address: delegate, nonce: 0, r: `0x${"1".repeat(64)}`, s: `0x${"1".repeat(64)}`, yParity: 0 }],
};

export function readLegacy(gasPrice: bigint): SigningIntent {
  const fields = { type: "legacy", chainId: 1, nonce: 0, gas: 21_000n, to: token, value: 1n, data: "0x", gasPrice };
  return readIntent({ kind: "transaction", intentId: `sha256:${"1".repeat(64)}`, sender, role: "first", transaction: fields });
}
