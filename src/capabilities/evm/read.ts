/**
 * Reading an EVM chain: what a state may ask, and what may come back. Every answer is a value, a failing source included, because answers
 * enter history. State is read at a block that is named by number and hash; a question about a block that left the canonical chain is
 * answered `block_lost`, never from another block. @see https://ethereum.github.io/execution-apis/
 */
import * as z from "zod";
import { defineCapability } from "../../kernel/capability.ts";
import { address, bytes, hash, networkId, uint256 } from "../../kernel/codecs.ts";
import { blockRef, blockSelector, header } from "./block.ts";
import { blockLost, sourceFailed } from "./failure.ts";

const network = networkId;
/** A question about the state of one account at one block. */
const accountAt = z.strictObject({ network, account: address, at: blockRef });

export const log = z.strictObject({
  address,
  topics: z.array(hash).max(4),
  data: bytes,
  logIndex: z.int().min(0),
  transactionHash: hash,
});

export const receipt = z.strictObject({
  transactionHash: hash,
  blockNumber: uint256,
  blockHash: hash,
  transactionIndex: z.int().min(0),
  from: address,
  /** Absent where a contract was created. */
  to: address.optional(),
  contractAddress: address.optional(),
  status: z.enum(["success", "reverted"]),
  gasUsed: uint256,
  effectiveGasPrice: uint256,
  logs: z.array(log).max(10_000),
});

export const storageProof = z.strictObject({ slot: hash, value: uint256, proof: z.array(bytes).max(128) });

/** `eth_getProof`: EIP-1186. */
export const accountProof = z.strictObject({
  kind: z.literal("ok"),
  balance: uint256,
  nonce: uint256,
  codeHash: hash,
  storageHash: hash,
  accountProof: z.array(bytes).max(128),
  storage: z.array(storageProof).max(1024),
});
export type AccountProof = z.output<typeof accountProof>;

/** Where a node lacks a method. */
const unsupported = z.strictObject({ kind: z.literal("unsupported") });

export const evmRead = defineCapability({
  id: "mfm.evm/read@1",
  kind: "read",
  methods: {
    chainId: {
      request: z.strictObject({ network }),
      response: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("ok"), chainId: uint256 }), sourceFailed]),
    },
    /** `sources`: how many independent sources name this very block; two are asked for a tag or a number where two are configured. */
    block: {
      request: z.strictObject({ network, block: blockSelector }),
      response: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("ok"), hash, header, sources: z.int().min(1) }),
        z.strictObject({ kind: z.literal("not_found") }),
        sourceFailed,
      ]),
    },
    balance: {
      request: accountAt,
      response: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("ok"), balance: uint256 }), blockLost, sourceFailed]),
    },
    code: {
      request: accountAt,
      response: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("ok"), code: bytes }), blockLost, sourceFailed]),
    },
    nonce: {
      request: accountAt,
      response: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("ok"), nonce: uint256 }), blockLost, sourceFailed]),
    },
    /**
     * `code` stands in for the code at `to` during the call (state override). `reverted` is an answer of the chain; `out_of_gas` and
     * `too_large` say that this call cannot be made as it is, but smaller ones may; `no_overrides`: this network's sources cannot stand in code.
     * `begins` is how the answer begins of a source that reads the right block: one that begins otherwise is passed over, and given out only
     * where no source has another.
     */
    call: {
      request: z.strictObject({
        network,
        at: blockRef,
        to: address,
        data: bytes,
        gas: uint256.optional(),
        code: bytes.optional(),
        begins: bytes.optional(),
      }),
      response: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("ok"), data: bytes }),
        z.strictObject({ kind: z.literal("reverted"), data: bytes }),
        z.strictObject({ kind: z.literal("out_of_gas") }),
        z.strictObject({ kind: z.literal("too_large") }),
        z.strictObject({ kind: z.literal("no_overrides") }),
        blockLost,
        sourceFailed,
      ]),
    },
    /** The storage slots that a call touches, by contract: `eth_createAccessList`. */
    accessList: {
      request: z.strictObject({ network, at: blockRef, to: address, data: bytes }),
      response: z.discriminatedUnion("kind", [
        z.strictObject({
          kind: z.literal("ok"),
          accessed: z.array(z.strictObject({ address, slots: z.array(hash).max(1024) })).max(1024),
        }),
        unsupported,
        blockLost,
        sourceFailed,
      ]),
    },
    /** `stateRoot` is that of the header whose hash was recomputed: a source whose proof does not lead there is passed over. */
    proof: {
      request: z.strictObject({ network, at: blockRef, stateRoot: hash, account: address, slots: z.array(hash).max(64) }),
      response: z.discriminatedUnion("kind", [accountProof, unsupported, blockLost, sourceFailed]),
    },
    receipt: {
      request: z.strictObject({ network, transaction: hash }),
      response: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("ok"), receipt }),
        z.strictObject({ kind: z.literal("not_found") }),
        sourceFailed,
      ]),
    },
    /** The logs of one block, by its hash. */
    logs: {
      request: z.strictObject({
        network,
        block: hash,
        addresses: z.array(address).max(1000),
        /** By position; an empty list stands for any. */
        topics: z.array(z.array(hash).max(100)).max(4),
      }),
      response: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("ok"), logs: z.array(log).max(10_000) }),
        blockLost,
        sourceFailed,
      ]),
    },
    feeHistory: {
      request: z.strictObject({
        network,
        newest: blockSelector,
        blocks: z.int().min(1).max(1024),
        /** Whole percents, ascending. */
        percentiles: z.array(z.int().min(0).max(100)).max(16),
      }),
      response: z.discriminatedUnion("kind", [
        z.strictObject({
          kind: z.literal("ok"),
          oldestBlock: uint256,
          /** One more than there are blocks: the last is the next block's. */
          baseFeePerGas: z.array(uint256).max(1025),
          /** How full each block was, in millionths of its gas limit. */
          gasUsedMillionths: z.array(z.int().min(0).max(1_000_000)).max(1024),
          /** By block, then by percentile. */
          rewards: z.array(z.array(uint256).max(16)).max(1024),
        }),
        sourceFailed,
      ]),
    },
  },
});
