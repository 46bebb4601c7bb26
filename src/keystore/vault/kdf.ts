/** From passphrase to key: Argon2id (RFC 9106), its bounds, and the port through which the vault derives. */
import { MfmError } from "../../kernel/errors.ts";
import { type Hex, bytesOf } from "./bytes.ts";

export interface KdfCost {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** As it stands in a vault's header. */
export interface Kdf extends KdfCost {
  readonly name: "argon2id";
  /** 0x13, the only one there is. */
  readonly version: 19;
  /** 32 bytes. */
  readonly salt: Hex;
}

/** 64 bytes for a normalised passphrase; off the event loop. */
export type DeriveKey = (passphrase: Uint8Array, kdf: Kdf) => Promise<Uint8Array>;

const mebi = 1024;

/** What a new vault has at least (RFC 9106's second choice), has by default, and has at most. */
export const kdfFloor: KdfCost = { memoryKib: 64 * mebi, iterations: 3, parallelism: 4 };
export const kdfDefault: KdfCost = { memoryKib: 256 * mebi, iterations: 3, parallelism: 4 };
const ceiling: KdfCost = { memoryKib: 2048 * mebi, iterations: 16, parallelism: 16 };
const workCeiling = 8192 * mebi;

const derivedBytes = 64;

/**
 * Before anything is derived: a file must not decide that this process needs all memory of the machine, nor that guessing is cheap.
 * @throws KEYSTORE_KDF_REFUSED
 */
export function assertKdfCost({ memoryKib, iterations, parallelism }: KdfCost): void {
  const refuse = (reason: string): never => {
    throw new MfmError("KEYSTORE_KDF_REFUSED", `Argon2id with ${memoryKib} KiB, t=${iterations}, p=${parallelism} is refused: ${reason}`, {
      memoryKib,
      iterations,
      parallelism,
      reason,
    });
  };
  if (memoryKib < kdfFloor.memoryKib) refuse(`at least ${kdfFloor.memoryKib} KiB`);
  if (iterations < kdfFloor.iterations) refuse(`t is at least ${kdfFloor.iterations}`);
  if (parallelism < 1) refuse("p is at least 1");
  if (memoryKib > ceiling.memoryKib) refuse(`at most ${ceiling.memoryKib} KiB`);
  if (iterations > ceiling.iterations) refuse(`t is at most ${ceiling.iterations}`);
  if (parallelism > ceiling.parallelism) refuse(`p is at most ${ceiling.parallelism}`);
  if (memoryKib * iterations > workCeiling) refuse(`memory times t is at most ${workCeiling} KiB`);
}

/** Native, on a thread of its own. The library's enums are const enums, which have no value here: 2 is Argon2id, 1 is version 0x13. */
export const deriveWithArgon2: DeriveKey = async (passphrase, kdf) => {
  const { hashRaw } = await import("@node-rs/argon2");
  return hashRaw(passphrase, {
    algorithm: 2,
    version: 1,
    memoryCost: kdf.memoryKib,
    timeCost: kdf.iterations,
    parallelism: kdf.parallelism,
    salt: bytesOf(kdf.salt),
    outputLen: derivedBytes,
  });
};

/** Long enough that a guess costs something; doubled, still short enough that nobody turns it down. */
const wantedMs = 500;
const calibrationCeilingKib = 1024 * mebi;

/**
 * The default or more: memory is doubled, to at most 1 GiB and `mostKib`, while a derivation takes less than half a second on this machine.
 * `now` in milliseconds.
 */
export async function calibrateKdf(derive: DeriveKey, now: () => number, mostKib: number = calibrationCeilingKib): Promise<KdfCost> {
  const salt: Hex = `0x${"00".repeat(32)}`;
  for (let cost = kdfDefault; ; cost = { ...cost, memoryKib: cost.memoryKib * 2 }) {
    const start = now();
    await derive(new Uint8Array(16), { name: "argon2id", version: 19, ...cost, salt });
    if (now() - start >= wantedMs || cost.memoryKib * 2 > Math.min(mostKib, calibrationCeilingKib)) return cost;
  }
}
