/**
 * What a contract lifecycle is asked: which contracts there are or are to be, which calls configure them, and what must then be true of them.
 * Arguments are JSON texts, because their shape is the contract's and not ours; `encodeArguments` says how values are written in them.
 */
import * as z from "zod";
import { blockSelector } from "../../capabilities/evm/block.ts";
import { address, hash, networkId, uint256 } from "../../kernel/codecs.ts";
import { template } from "../../states/abi/template.ts";
import { runtimeCode } from "../../states/contracts/runtime-code.ts";
import { fragments } from "../../states/evm/fragments.ts";
import { transactionTerms } from "../../states/evm/terms.ts";

/** How contracts, calls and assertions are called in a plan: part of the keys of their steps. */
const name = z.string().min(1).max(64);
/** As `parseSignature` reads it. */
const signature = z.string().min(1).max(4096);
/** JSON: arguments as a list or an object by name, or a value. */
const json = z.string().min(1).max(200_000);

/** The code of an artifact whose libraries are named. */
const artifactCode = {
  /** What is sent to create it, before its arguments. */
  creation: template,
  /** What then must stand at its address. */
  runtime: runtimeCode,
};

/** Errors that the contract may revert with: `error Denied(address who)`. */
const errors = fragments.optional();

const creation = {
  ...artifactCode,
  errors,
  name,
  /** Of the constructor. */
  signature,
  args: json,
  /** Wei. */
  value: uint256,
  /** Contracts that must be there before, beside those that its arguments and libraries name. */
  after: z.array(name).max(100),
};

export const contractEntry = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("existing"), name, address, runtime: runtimeCode.optional(), errors }),
  /** At an address that the sender's nonce decides. */
  z.strictObject({ kind: z.literal("create"), ...creation }),
  /** At an address that the code and a salt decide, through a factory; there already means done. */
  z.strictObject({ kind: z.literal("create2"), ...creation, salt: hash, factory: address }),
  /** By another contract, with CREATE: as a transparent proxy creates its admin, with nonce 1. */
  z.strictObject({
    kind: z.literal("created_by"),
    name,
    creator: name,
    nonce: z.int().min(1).max(1_000_000),
    runtime: runtimeCode.optional(),
    errors,
  }),
]);
export type ContractEntry = z.output<typeof contractEntry>;

/** A call and what it must return. */
const expectation = z.strictObject({ contract: name, signature, args: json, returns: json });
export type Expectation = z.output<typeof expectation>;

const callOf = {
  contract: name,
  signature,
  args: json,
  /** Wei. */
  value: uint256,
  /** Where this holds already, nothing is sent. */
  unless: expectation.optional(),
};

export const configureCall = z.strictObject({
  name,
  ...callOf,
  /** What takes it back where the run fails later and is to be compensated. */
  undo: z.strictObject(callOf).optional(),
  /** What must hold in the block in which it was done; where it does not, the run fails there. */
  ensures: expectation.optional(),
});
export type ConfigureCall = z.output<typeof configureCall>;

const assertion = { name, contract: name };

export const validation = z.discriminatedUnion("kind", [
  /** Its code is that of its artifact. */
  z.strictObject({ kind: z.literal("code"), ...assertion, metadata: z.enum(["same", "any"]) }),
  z.strictObject({ kind: z.literal("code_hash"), ...assertion, hash }),
  z.strictObject({
    kind: z.literal("slot"),
    ...assertion,
    slot: hash,
    type: z.enum(["address", "bool", "bytes32", "uint256"]),
    value: json,
  }),
  /** EIP-1967; `value` is an address. */
  z.strictObject({ kind: z.literal("proxy"), ...assertion, slot: z.enum(["admin", "beacon", "implementation"]), value: json }),
  z.strictObject({ kind: z.literal("call"), ...assertion, signature, args: json, returns: json }),
  /** AccessControl: `role` is its name, or 32 bytes in hex; DEFAULT_ADMIN_ROLE is 32 zeros. `account` is an address. */
  z.strictObject({ kind: z.literal("role"), ...assertion, role: z.string().min(1).max(128), account: json, holds: z.boolean() }),
  /** `args` by name or all by position; by name, those left out may be anything. */
  z.strictObject({
    kind: z.literal("log"),
    ...assertion,
    signature,
    args: json,
    transaction: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("deploy"), contract: name }),
      z.strictObject({ kind: z.literal("configure"), call: name }),
      z.strictObject({ kind: z.literal("named"), transactionHash: hash }),
    ]),
  }),
]);
export type Validation = z.output<typeof validation>;

/** Who must agree, and how many of them. */
const quorum = { operators: z.array(address).min(1).max(100), quorum: z.int().min(1).max(100) };

export const lifecycleConfig = z.strictObject({
  network: networkId,
  contracts: z.array(contractEntry).min(1).max(500),
  /** Whose account sends, and under which terms. Absent where nothing is sent. */
  sender: z
    .strictObject({
      from: address,
      terms: transactionTerms,
      /** Who must sign each transaction before it is prepared. Absent: nobody. */
      approval: z.strictObject(quorum).optional(),
    })
    .optional(),
  /** In this order, each when the one before is final. */
  configure: z.array(configureCall).min(1).max(500).optional(),
  /** What happens when it fails after a write: calls are undone, or people decide. Absent: it stops and says so. */
  onFailure: z.strictObject({ policy: z.enum(["compensate", "manual"]), ...quorum }).optional(),
  /** All read at one block. */
  validate: z.strictObject({ block: blockSelector, assertions: z.array(validation).min(1).max(500) }).optional(),
});
export type LifecycleConfig = z.output<typeof lifecycleConfig>;
/** As authored: addresses may be without a checksum. */
export type LifecycleRequest = z.input<typeof lifecycleConfig>;
