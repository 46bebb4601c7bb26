/** The bytes of a transaction made again from how a node shows it, for the types that Ethereum has. */
import { type Member, encodeTransaction } from "../../../capabilities/evm/transactions-root.ts";
import {
  type Fields,
  type Hex,
  parseAddress,
  parseBytes,
  parseHash,
  parseList,
  parseObject,
  parseOptional,
  parseQuantity,
} from "../parse.ts";

/** Undefined of a type that is not known here, such as the deposits of rollups. @throws RpcFailure malformed */
export function rawOf(fields: Fields): Hex | undefined {
  const type = fields["type"] === undefined ? 0 : Number(parseQuantity(fields["type"], "type"));
  const quantity = (name: string): bigint => parseQuantity(fields[name], name);
  const place = [quantity("nonce")];
  const action = [
    quantity("gas"),
    parseOptional(fields["to"], "to", parseAddress) ?? "0x",
    quantity("value"),
    parseBytes(fields["input"], "input"),
  ];
  if (type === 0) return encodeTransaction(0, [...place, quantity("gasPrice"), ...action, quantity("v"), quantity("r"), quantity("s")]);
  const rest = restOf(type, fields);
  if (rest === undefined) return undefined;
  const fees = type === 1 ? [quantity("gasPrice")] : [quantity("maxPriorityFeePerGas"), quantity("maxFeePerGas")];
  const signature = [parseQuantity(fields["yParity"] ?? fields["v"], "yParity"), quantity("r"), quantity("s")];
  const accessed = parseList(fields["accessList"] ?? [], "accessList", 10_000).map(accessOf);
  return encodeTransaction(type, [quantity("chainId"), ...place, ...fees, ...action, accessed, ...rest, ...signature]);
}

/** What a type has between the access list and the signature. @see EIP-2930, EIP-1559, EIP-4844, EIP-7702 */
function restOf(type: number, fields: Fields): readonly Member[] | undefined {
  switch (type) {
    case 1:
    case 2:
      return [];
    case 3: {
      const hashes = parseList(fields["blobVersionedHashes"], "blobVersionedHashes", 1000);
      return [parseQuantity(fields["maxFeePerBlobGas"], "maxFeePerBlobGas"), hashes.map((hash) => parseHash(hash, "blobVersionedHash"))];
    }
    case 4:
      return [parseList(fields["authorizationList"], "authorizationList", 10_000).map(authorizationOf)];
    default:
      return undefined;
  }
}

function accessOf(entry: unknown): Member {
  const fields = parseObject(entry, "access");
  const keys = parseList(fields["storageKeys"], "storageKeys", 10_000);
  return [parseAddress(fields["address"], "address"), keys.map((key) => parseHash(key, "storageKey"))];
}

function authorizationOf(entry: unknown): Member {
  const fields = parseObject(entry, "authorization");
  const quantity = (name: string): bigint => parseQuantity(fields[name], name);
  const parity = parseQuantity(fields["yParity"] ?? fields["v"], "yParity");
  return [quantity("chainId"), parseAddress(fields["address"], "address"), quantity("nonce"), parity, quantity("r"), quantity("s")];
}
