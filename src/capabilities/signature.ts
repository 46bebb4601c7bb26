/**
 * Who signed: ECDSA over secp256k1 as Ethereum has it, s low (EIP-2). The contract of every signature that is recorded, so that whoever signs,
 * records and verifies asks the same. @see https://www.secg.org/sec1-v2.pdf 4.1.4 and 4.1.6
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { codecs } from "../kernel/codecs.ts";
import { MfmError, invariant } from "../kernel/errors.ts";

type Hex = `0x${string}`;
const { Point, Signature } = secp256k1;
const { Fn } = Point;
type Key = InstanceType<typeof Point>;

/** 32 bytes each. */
export interface EcdsaSignature {
  readonly r: Hex;
  readonly s: Hex;
  readonly yParity: number;
}

/** The EIP-55 address that signed the hash. @throws SIGNATURE_INVALID when no key can have made it, or its s is high */
export function recoverAddress(hash: Hex, signature: EcdsaSignature): Hex {
  return addressOfKey(recoverKey(hash, readSignature(signature)));
}

/**
 * Whether it is the address that would be recovered. The key of an address that is asked for again and again is remembered with multiples of
 * it, and s·R = h·G + r·Q is computed for R: that holds for the Q that recovery finds, and for no other, at a third of the work.
 * @throws SIGNATURE_INVALID as `recoverAddress`
 */
export function isSignatureOf(address: Hex, hash: Hex, signature: EcdsaSignature): boolean {
  const asked = [address, hash, signature.r, signature.s, signature.yParity].join();
  const known = answers.get(asked);
  if (known !== undefined) return known;
  const answer = check(address, hash, readSignature(signature));
  keep(answers, asked, answer);
  return answer;
}

/** The EIP-55 address of a public key of 33 or 65 bytes. */
export function addressOfPublic(publicKey: Uint8Array): Hex {
  const whole = publicKey.length === 65 ? publicKey : Point.fromBytes(publicKey).toBytes(false);
  const address = codecs.address.decode(hexOf(keccak_256(whole.subarray(1)).subarray(12)));
  invariant(typeof address === "string", "20 bytes of a hash are an address");
  return address as Hex;
}

interface Known {
  readonly key: Key;
  uses: number;
}

/** From here on the table of a key costs less than it saves. */
const usesForTable = 8;
/** Multiples of 2^5: 848 points, 4 ms to make. */
const tableBits = 5;
const kept = 64;
/** Signers check what they made, and whoever records it asks again. */
const answers = new Map<string, boolean>();
const keys = new Map<Hex, Known>();
let base: Key | undefined;

function check(address: Hex, hash: Hex, signature: ReadSignature): boolean {
  const known = keys.get(address);
  if (known === undefined || known.uses < usesForTable) {
    const key = recoverKey(hash, signature);
    if (addressOfKey(key) !== address) return false;
    const uses = (known?.uses ?? 0) + 1;
    if (uses === usesForTable) key.precompute(tableBits);
    keep(keys, address, { key, uses });
    return true;
  }
  const { r, s, recovery } = signature;
  const inverse = Fn.inv(s);
  const left = baseWithTable().multiplyUnsafe(Fn.mul(hashNumber(hash), inverse));
  const nonce = left.add(known.key.multiplyUnsafe(Fn.mul(r, inverse)));
  if (nonce.is0()) return false;
  const { x, y } = nonce.toAffine();
  return x === r && (y & 1n) === BigInt(recovery ?? 2);
}

/** Apart from the curve's own, whose table for public numbers takes ten times as long to make. */
function baseWithTable(): Key {
  base ??= Point.fromAffine(Point.BASE.toAffine()).precompute(tableBits);
  return base;
}

type ReadSignature = InstanceType<typeof Signature>;

function readSignature({ r, s, yParity }: EcdsaSignature): ReadSignature {
  return unlessNone(() => {
    const signature = Signature.fromBytes(Uint8Array.from([yParity, ...bytesOf(r), ...bytesOf(s)]), "recovered");
    // A high s is refused: the chain refuses it too, and with it one signature would have two forms.
    if (signature.hasHighS() || (yParity !== 0 && yParity !== 1)) throw new RangeError("high s, or no parity");
    return signature;
  });
}

function recoverKey(hash: Hex, signature: ReadSignature): Key {
  return unlessNone(() => signature.recoverPublicKey(bytesOf(hash)));
}

function unlessNone<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new MfmError("SIGNATURE_INVALID", "the signature is none that a key could have made", {}, error);
  }
}

function addressOfKey(key: Key): Hex {
  return addressOfPublic(key.toBytes(false));
}

/** As the number that is signed. */
function hashNumber(hash: Hex): bigint {
  return Fn.create(BigInt(hash));
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= kept && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

function hexOf(data: Uint8Array): Hex {
  return `0x${Buffer.from(data).toString("hex")}`;
}

function bytesOf(hex: Hex): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}
