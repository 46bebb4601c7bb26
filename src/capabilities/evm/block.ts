/** Blocks of an EVM chain: how one is named, and its header as a node reports it. @see https://ethereum.github.io/execution-apis/ */
import * as z from "zod";
import { address, bytes, hash, uint256 } from "../../kernel/codecs.ts";

/** One block for good: what a pin is, and what every read of state names (EIP-1898, require-canonical). */
export const blockRef = z.strictObject({ number: uint256, hash });
export type BlockRef = z.output<typeof blockRef>;

/** Which block is meant, before it is known which that is. */
export const blockSelector = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("tag"), tag: z.enum(["latest", "safe", "finalized"]) }),
  z.strictObject({ kind: z.literal("number"), number: uint256 }),
  z.strictObject({ kind: z.literal("hash"), hash }),
]);
export type BlockSelector = z.output<typeof blockSelector>;

/** The members of a header in the order in which its RLP has them; the optional ones came with London, Shanghai, Cancun and Prague. */
export const header = z.strictObject({
  parentHash: hash,
  sha3Uncles: hash,
  miner: address,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: bytes,
  difficulty: uint256,
  number: uint256,
  gasLimit: uint256,
  gasUsed: uint256,
  /** Unix seconds. */
  timestamp: uint256,
  extraData: bytes,
  mixHash: hash.optional(),
  nonce: bytes.optional(),
  baseFeePerGas: uint256.optional(),
  withdrawalsRoot: hash.optional(),
  blobGasUsed: uint256.optional(),
  excessBlobGas: uint256.optional(),
  parentBeaconBlockRoot: hash.optional(),
  requestsHash: hash.optional(),
});
export type Header = z.output<typeof header>;
