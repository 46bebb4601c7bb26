/** Bytes that are secret, and bytes as text: secrets lie in memory of their own, which can be wiped; hex has one form (DESIGN 4). */

export type Hex = `0x${string}`;

/** Not from Node's shared pool, where the neighbours would see it. */
export function secretBytes(length: number): Uint8Array {
  return new Uint8Array(length);
}

export function hexOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

/** Of text whose form was checked. */
export function bytesOf(hex: Hex): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}

/** What `work` returns, with the secret wiped afterwards, whatever happens. */
export function wiping<T>(secret: Uint8Array, work: (secret: Uint8Array) => T): T {
  try {
    return work(secret);
  } finally {
    secret.fill(0);
  }
}
