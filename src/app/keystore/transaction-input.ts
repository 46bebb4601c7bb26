/** A transaction as a command line says it: quantities by a strict grammar, its type by the fees that are given. */
import type { TransactionFields } from "../../capabilities/signer.ts";
import { invalid } from "../../keystore/signing/intent.ts";
import { parseCount, parseQuantity } from "../../keystore/signing/quantity.ts";
import { usage } from "../failure.ts";

/** As written. */
export interface TransactionInput {
  readonly type: string | undefined;
  readonly chainId: string;
  readonly nonce: string;
  readonly gasLimit: string;
  /** Undefined: `create` says that a contract is to be made. */
  readonly to: string | undefined;
  readonly create: boolean;
  readonly value: string | undefined;
  readonly data: string | undefined;
  readonly gasPrice: string | undefined;
  readonly maxFeePerGas: string | undefined;
  readonly maxPriorityFeePerGas: string | undefined;
  readonly maxFeePerBlobGas: string | undefined;
  readonly blobHashes: readonly string[];
  /** JSON of lists, read from files. */
  readonly accessList: unknown;
  readonly authorizationList: unknown;
}

/**
 * The fields, still to be read by the intent's schema.
 * @throws INTENT_INVALID naming what is no quantity; USAGE when flags belong to transactions of different types, or one is missing
 */
export function transactionOf(input: TransactionInput): { readonly [name: string]: unknown } {
  const type = input.type ?? guessType(input);
  if ((input.to === undefined) !== input.create) throw usage("give --to, or --create to make a contract");
  const { value, data, to } = input;
  return {
    type,
    chainId: parseCount(input.chainId, "chainId"),
    nonce: parseCount(input.nonce, "nonce"),
    gas: parseQuantity(input.gasLimit, "gasLimit"),
    to,
    value: value === undefined ? 0n : parseQuantity(value, "value"),
    data: data === undefined ? "0x" : lowerHex(data),
    ...typedMembers(type as TransactionFields["type"], input),
  };
}

function guessType(input: TransactionInput): string {
  if (input.authorizationList !== undefined) return "eip7702";
  if (input.blobHashes.length > 0 || input.maxFeePerBlobGas !== undefined) return "eip4844";
  if (input.gasPrice === undefined) return "eip1559";
  return input.accessList === undefined ? "legacy" : "eip2930";
}

/** What a type has, and nothing that only another has: a fee that is given must not be passed over. */
function typedMembers(type: TransactionFields["type"], input: TransactionInput): { readonly [name: string]: unknown } {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas, blobHashes, accessList, authorizationList } = input;
  const given = {
    "--gas-price": gasPrice,
    "--max-fee-per-gas": maxFeePerGas,
    "--max-priority-fee-per-gas": maxPriorityFeePerGas,
    "--max-fee-per-blob-gas": maxFeePerBlobGas,
    "--blob-hash": blobHashes.length === 0 ? undefined : blobHashes,
    "--access-list": accessList,
    "--authorizations": authorizationList,
  };
  const needed = flagsOf(type);
  for (const [flag, written] of Object.entries(given)) {
    if (written !== undefined && !needed.includes(flag) && !(flag === "--access-list" && type !== "legacy"))
      throw usage(`${flag} does not belong to a transaction of type ${type}`, { option: flag });
    if (written === undefined && needed.includes(flag)) throw usage(`a transaction of type ${type} needs ${flag}`, { option: flag });
  }
  const quantities = { gasPrice, maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas };
  const read = Object.entries(quantities).flatMap(([name, written]) =>
    written === undefined ? [] : [[name, parseQuantity(written, name)]],
  );
  return {
    ...(Object.fromEntries(read) as object),
    ...(accessList === undefined ? {} : { accessList }),
    ...(blobHashes.length === 0 ? {} : { blobVersionedHashes: blobHashes }),
    ...(authorizationList === undefined ? {} : { authorizationList }),
  };
}

function flagsOf(type: TransactionFields["type"]): readonly string[] {
  const dynamic = ["--max-fee-per-gas", "--max-priority-fee-per-gas"];
  switch (type) {
    case "legacy":
    case "eip2930":
      return ["--gas-price"];
    case "eip1559":
      return dynamic;
    case "eip4844":
      return [...dynamic, "--max-fee-per-blob-gas", "--blob-hash"];
    case "eip7702":
      return [...dynamic, "--authorizations"];
  }
}

function lowerHex(data: string): string {
  if (!/^0x(?:[0-9a-f]{2})*$/i.test(data)) throw invalid("data", "write 0x and an even number of hex digits");
  return data.toLowerCase();
}
