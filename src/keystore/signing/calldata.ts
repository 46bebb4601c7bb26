/**
 * The calls that a signing policy must see through: transfers and approvals of tokens, Permit2's approval, and a Safe's calls on behalf of its
 * owners. Everything else is a selector and bytes.
 * @see https://eips.ethereum.org/EIPS/eip-20
 * @see https://github.com/safe-global/safe-smart-account
 */
import { decodeFunctionData, parseAbi, toFunctionSelector } from "viem/utils";
import type { Hex } from "../vault/bytes.ts";

/** What of a call matters to a policy. */
export type CallFact =
  /** Somebody receives tokens. */
  | { readonly kind: "recipient"; readonly address: Hex }
  | { readonly kind: "approval"; readonly spender: Hex; readonly amount: bigint }
  /** Operator of all tokens of a collection. */
  | { readonly kind: "operator"; readonly spender: Hex }
  | { readonly kind: "call"; readonly to: Hex; readonly data: Hex; readonly isDelegate: boolean }
  /** An owner's consent to a Safe transaction of which only the hash is given. */
  | { readonly kind: "opaque" }
  /** A selector of the table with arguments that are none: a contract may read them otherwise than we would. */
  | { readonly kind: "malformed"; readonly name: string };

const abi = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function transferFrom(address from, address to, uint256 amount)",
  "function safeTransferFrom(address from, address to, uint256 tokenId)",
  "function safeTransferFrom(address from, address to, uint256 tokenId, bytes data)",
  "function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)",
  "function approve(address spender, uint256 amount)",
  "function increaseAllowance(address spender, uint256 addedValue)",
  "function setApprovalForAll(address operator, bool approved)",
  // Permit2
  "function approve(address token, address spender, uint160 amount, uint48 expiration)",
  // Safe
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)",
  "function approveHash(bytes32 hashToApprove)",
  "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation)",
  "function execTransactionFromModuleReturnData(address to, uint256 value, bytes data, uint8 operation)",
]);

const names = new Map<string, string>(abi.map((item) => [toFunctionSelector(item), item.name]));

/** `0x` for a plain transfer; undefined for one to three bytes, which no function has. */
export function selectorOf(data: Hex): Hex | undefined {
  if (data === "0x") return data;
  return data.length < 10 ? undefined : (data.slice(0, 10) as Hex);
}

/** What a call does, as far as its selector says. */
export function readCall(data: Hex): CallFact | undefined {
  const name = names.get(selectorOf(data) ?? "");
  if (name === undefined) return undefined;
  const call = decode(data);
  if (call === undefined) return { kind: "malformed", name };
  switch (call.functionName) {
    case "transfer":
      return { kind: "recipient", address: call.args[0] };
    case "transferFrom":
    case "safeTransferFrom":
      return { kind: "recipient", address: call.args[1] };
    case "approve":
      return call.args.length === 2
        ? { kind: "approval", spender: call.args[0], amount: call.args[1] }
        : { kind: "approval", spender: call.args[1], amount: call.args[2] };
    case "increaseAllowance":
      return { kind: "approval", spender: call.args[0], amount: call.args[1] };
    case "setApprovalForAll":
      return call.args[1] ? { kind: "operator", spender: call.args[0] } : undefined;
    case "approveHash":
      return { kind: "opaque" };
    default:
      return { kind: "call", to: call.args[0], data: call.args[2], isDelegate: call.args[3] !== 0 };
  }
}

/** Only arguments that are written as every compiler writes them: a shorter or dirty word is read differently by different contracts. */
function decode(data: Hex) {
  try {
    return decodeFunctionData({ abi, data });
  } catch {
    return undefined;
  }
}

/** Tokens that keep allowances in 96 bits take this for infinite. */
const largest96 = 2n ** 96n - 1n;
/** More than there is of any token. */
const unlimited = 2n ** 127n;

/** Whether an allowance is for all there is or will be. */
export function isUnlimited(amount: bigint): boolean {
  return amount >= unlimited || amount === largest96;
}
