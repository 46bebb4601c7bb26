/** A signer's account as viem takes one: any viem program can sign with an MFM vault, under its policy, guard and audit. */
import { type LocalAccount, toAccount } from "viem/accounts";
import { bytesToHex, stringToHex } from "viem/utils";
import type { IntentOf, SigningIntent, TransactionFields } from "../capabilities/signer.ts";
import { digestOf, toCanonical } from "../kernel/canonical.ts";
import { MfmError } from "../kernel/errors.ts";
import type { Signer } from "./signer-port.ts";
import { intentJson, invalid, readIntent } from "./signing/intent.ts";
import type { Hex } from "./vault/bytes.ts";
import { domainTypeOf } from "./signing/typed-data.ts";

/**
 * An account that signs by the signer. viem names no intents: the same transaction is the same intent, and another one for its nonce is refused
 * (`NONCE_TAKEN`), so that nothing is ever sent twice under two nonces' names. What viem calls signing a hash (`sign`) is not there.
 * @throws SIGNER_ACCOUNT_UNKNOWN when the signer has no such account
 */
export async function toViemAccount(signer: Signer, address: Hex): Promise<LocalAccount<"mfm">> {
  const account = (await signer.accounts()).find((known) => known.address.toLowerCase() === address.toLowerCase());
  if (account === undefined) throw new MfmError("SIGNER_ACCOUNT_UNKNOWN", `the signer has no key of ${address}`, { sender: address });
  const sender = account.address;
  const local = toAccount({
    address: sender,
    async signMessage({ message }) {
      const bytes =
        typeof message === "string" ? stringToHex(message) : typeof message.raw === "string" ? message.raw : bytesToHex(message.raw);
      return (await signer.sign(asIntent("message", { sender, message: bytes }))).signature;
    },
    async signTransaction(transaction, options) {
      if (options?.serializer !== undefined) throw unsupported("a serializer of a chain's own");
      const fields = fieldsOf(transaction as Fields);
      const intentId = digestOf(toCanonical(intentJson(transactionIntent(sender, fields, digestOf("")))));
      return (await signer.sign(transactionIntent(sender, fields, intentId))).raw as never;
    },
    async signTypedData(typedData) {
      const { domain = {}, types, primaryType, message } = typedData as unknown as Fields;
      const whole = { EIP712Domain: domainTypeOf(domain as Fields), ...(types as object) };
      const document = JSON.stringify({ domain, types: whole, primaryType, message }, (_name, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      );
      return (await signer.sign(asIntent("typedData", { sender, document }))).signature;
    },
    async signAuthorization({ chainId, nonce, address: contract, contractAddress }) {
      const delegate = contract ?? contractAddress;
      const intentId = digestOf(toCanonical({ authorization: { chainId, delegate, nonce, sender } }));
      const { authorization } = await signer.sign(asIntent("authorization", { intentId, sender, chainId, delegate, nonce }));
      const { r, s, yParity } = authorization;
      return { address: delegate, chainId, nonce, r, s, yParity, v: BigInt(27 + yParity) };
    },
  });
  return { ...local, source: "mfm", publicKey: "0x" };
}

type Fields = { readonly [name: string]: unknown };

/** By the schema: what viem's types allow beyond it is refused here, by name. */
function asIntent<K extends SigningIntent["kind"]>(kind: K, members: Fields): IntentOf<K> {
  return readIntent({ kind, ...members }) as IntentOf<K>;
}

function transactionIntent(sender: Hex, transaction: Fields, intentId: string): IntentOf<"transaction"> {
  return asIntent("transaction", { intentId, sender, role: "first", transaction });
}

const names: { readonly [type: string]: readonly string[] } = {
  legacy: ["gasPrice"],
  eip2930: ["gasPrice", "accessList"],
  eip1559: ["maxFeePerGas", "maxPriorityFeePerGas", "accessList"],
  eip4844: ["maxFeePerGas", "maxPriorityFeePerGas", "accessList", "maxFeePerBlobGas", "blobVersionedHashes"],
  eip7702: ["maxFeePerGas", "maxPriorityFeePerGas", "accessList", "authorizationList"],
};
/** What viem carries along, and no transaction holds. */
const ignored = ["type", "from", "account", "chain", "nonceManager"];

function fieldsOf(transaction: Fields): TransactionFields {
  const type = typeof transaction["type"] === "string" ? transaction["type"] : guessType(transaction);
  const own = ["chainId", "nonce", "gas", "to", "value", "data", ...(names[type] ?? [])];
  const strange = Object.keys(transaction).find(
    (name) => !own.includes(name) && !ignored.includes(name) && transaction[name] !== undefined && transaction[name] !== null,
  );
  if (strange !== undefined) throw unsupported(`${strange} in a transaction of type ${type}`);
  // viem writes what is missing as 0.
  const missing = ["chainId", "nonce", "gas"].find((name) => transaction[name] === undefined || transaction[name] === null);
  if (missing !== undefined) throw invalid(missing, "it is missing, and nothing is taken for it");
  const given = Object.fromEntries(own.map((name) => [name, transaction[name] ?? undefined]));
  const zero = { value: 0n, data: "0x", ...("maxFeePerGas" in given ? { maxPriorityFeePerGas: 0n } : {}) };
  const filled = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? zero[name as keyof typeof zero]]));
  const list = transaction["authorizationList"];
  const signed = Array.isArray(list) ? { authorizationList: (list as readonly Fields[]).map(authorizationOf) } : {};
  return { type, ...filled, ...signed } as unknown as TransactionFields;
}

/** viem's have `v` besides the parity, or in place of it. */
function authorizationOf({ v, ...fields }: Fields): Fields {
  return { yParity: typeof v === "bigint" ? Number(v - 27n) : undefined, ...fields };
}

function guessType(transaction: Fields): string {
  const has = (name: string): boolean => transaction[name] !== undefined;
  if (has("authorizationList")) return "eip7702";
  if (has("blobVersionedHashes")) return "eip4844";
  if (has("maxFeePerGas")) return "eip1559";
  return has("accessList") ? "eip2930" : "legacy";
}

function unsupported(what: string): MfmError {
  return new MfmError("SIGNER_UNSUPPORTED", `an MFM signer does not sign ${what}`, { what });
}
