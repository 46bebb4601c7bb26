/** The addresses that an intent names: what a person would compare with a list of known ones. */
import type { SigningIntent } from "../../capabilities/signer.ts";
import { unreachable } from "../../kernel/errors.ts";
import { readCall } from "./calldata.ts";
import type { Hex } from "../vault/bytes.ts";
import { type TypedDocument, type TypedValue, readTypedData } from "./typed-data.ts";

/** Recipients, callees, spenders and delegates, through a Safe's calls too. */
export function addresseesOf(intent: SigningIntent): readonly Hex[] {
  switch (intent.kind) {
    case "transaction": {
      const { to, data } = intent.transaction;
      const delegates = intent.transaction.type === "eip7702" ? intent.transaction.authorizationList.map(({ address }) => address) : [];
      return [...(to === undefined ? [] : [to, ...addresseesOfCall(data, 0)]), ...delegates];
    }
    case "message":
      return [];
    case "typedData":
      return addresseesOfDocument(readTypedData(intent.document));
    case "authorization":
      return [intent.delegate];
    default:
      return unreachable(intent);
  }
}

const deepest = 8;

function addresseesOfCall(data: Hex, depth: number): readonly Hex[] {
  const fact = readCall(data);
  switch (fact?.kind) {
    case "recipient":
      return [fact.address];
    case "approval":
    case "operator":
      return [fact.spender];
    case "call":
      return [fact.to, ...(depth < deepest ? addresseesOfCall(fact.data, depth + 1) : [])];
    default:
      return [];
  }
}

/** Every member of type address. */
function addresseesOfDocument({ types, primaryType, domain, message }: TypedDocument): readonly Hex[] {
  const visit = (type: string, value: TypedValue): readonly Hex[] => {
    if (Array.isArray(value)) return (value as readonly TypedValue[]).flatMap((item) => visit(type.replace(/\[\d*\]$/, ""), item));
    if (typeof value === "object") {
      const members = value as { readonly [name: string]: TypedValue };
      return (types[type] ?? []).flatMap((field) => visit(field.type, members[field.name] ?? ""));
    }
    return type === "address" && typeof value === "string" ? [value as Hex] : [];
  };
  return [...(domain.verifyingContract === undefined ? [] : [domain.verifyingContract]), ...visit(primaryType, message)];
}
