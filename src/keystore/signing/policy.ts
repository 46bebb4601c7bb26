/** The signing policy of an entry: what its key may sign without anybody looking. What is not listed is refused. */
import * as z from "zod";
import { address, bytes, uint256 } from "../../kernel/codecs.ts";
import { type Digest, digestOf, toCanonical } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";

const many = 1000;

/** `selectors`: 4 bytes each, and `0x` for a plain transfer; left out, every call is allowed. `maxValue` in wei, for each transaction. */
const destination = z.strictObject({
  address,
  selectors: z.array(bytes).max(many).optional(),
  maxValue: uint256.optional(),
});

/** Who has to agree to transactions, by MFM's approvals, each signed by one of them. `fromValue`: plain transfers of less wei need nobody. */
const approvals = z.strictObject({
  operators: z.array(address).min(1).max(100),
  quorum: z.int().min(1).max(100),
  fromValue: uint256.optional(),
});

/** Values in wei, fees in wei per gas, gas in gas. What a transaction of a type without a member has instead (gasPrice) falls under the same cap. */
const chainRules = z.strictObject({
  chainId: z.int().min(1),
  /** Left out: every address. */
  destinations: z.array(destination).max(many).optional(),
  /** Contract creation. */
  creation: z.enum(["allow", "deny"]).optional(),
  maxValue: uint256,
  /** Of all transactions signed on one day, UTC. */
  maxValuePerDay: uint256,
  maxFeePerGas: uint256,
  maxPriorityFeePerGas: uint256.optional(),
  maxGas: uint256,
  /** Without it no blobs. */
  maxFeePerBlobGas: uint256.optional(),
  /** Left out: nobody. */
  approvals: approvals.optional(),
});

/** A document fits when every member that is written here is the same in its domain. */
const domainRule = z.strictObject({
  chainId: z.int().min(1).optional(),
  verifyingContract: address.optional(),
  name: z.string().max(200).optional(),
  version: z.string().max(200).optional(),
  primaryTypes: z.array(z.string().max(200)).max(many).optional(),
});

const policySchema = z.strictObject({
  format: z.literal("mfm-policy/1"),
  chains: z.array(chainRules).max(many),
  /** `text` is well-formed text; `any` also bytes, which may be the hash of something unseen, such as a Safe transaction. */
  messages: z.enum(["deny", "text", "any"]).optional(),
  typedData: z.array(domainRule).max(many).optional(),
  /** Spenders that may be given an allowance without limit, or all tokens of a collection. */
  unlimitedApprovals: z.array(address).max(many).optional(),
  /** Contracts that a Safe may run as its own code. */
  delegateCalls: z.array(address).max(many).optional(),
  /** EIP-7702: what may become the account's code, and where; chain 0 is every chain. */
  authorizations: z
    .array(z.strictObject({ chainId: z.int().min(0), delegate: address }))
    .max(many)
    .optional(),
});

export type Policy = z.output<typeof policySchema>;
export type ChainRules = Policy["chains"][number];
export type ApprovalRule = NonNullable<ChainRules["approvals"]>;

/** A reason against an intent. `rule` is the member of the policy that would have to change. */
export interface Refusal {
  readonly [name: string]: Json;
  readonly rule: string;
  readonly reason: string;
}

const codec = new ValueCodec(lowerSchema(policySchema));

/**
 * A policy of JSON data.
 * @throws POLICY_INVALID when it is outside the schema, names a chain twice, has a selector that is none, a domain rule that fits everything or a quorum that nobody can reach
 */
export function readPolicy(data: unknown): Policy {
  let policy: Policy;
  try {
    policy = codec.decode(data, "signing policy") as Policy;
  } catch (error) {
    if (error instanceof MfmError && error.code === "VALUE_INVALID") throw new MfmError("POLICY_INVALID", error.message, error.details);
    throw error;
  }
  const chains = policy.chains.map(({ chainId }) => chainId);
  const twice = chains.find((chainId, index) => chains.indexOf(chainId) !== index);
  if (twice !== undefined) throw refuse("/chains", `chain ${twice} stands there twice`);
  for (const [index, chain] of policy.chains.entries()) {
    checkDestinations(chain, `/chains/${index}/destinations`);
    checkApprovals(chain, `/chains/${index}/approvals`);
  }
  for (const [index, rule] of (policy.typedData ?? []).entries()) {
    const { primaryTypes: _types, ...domain } = rule;
    if (Object.keys(domain).length === 0) throw refuse(`/typedData/${index}`, "name at least one member of the domain");
  }
  return policy;
}

function checkDestinations({ destinations = [] }: ChainRules, path: string): void {
  for (const [index, { address: to, selectors = [] }] of destinations.entries()) {
    const strange = selectors.find((selector) => selector.length !== 2 && selector.length !== 10);
    if (strange !== undefined) throw refuse(`${path}/${index}/selectors`, "a selector has 4 bytes; 0x stands for a plain transfer");
    if (destinations.findIndex((other) => other.address === to) !== index) throw refuse(`${path}/${index}`, `${to} stands there twice`);
  }
}

function checkApprovals({ approvals: rule }: ChainRules, path: string): void {
  if (rule === undefined) return;
  const { operators, quorum } = rule;
  const twice = operators.findIndex((operator, index) => operators.indexOf(operator) !== index);
  if (twice >= 0) throw refuse(`${path}/operators/${twice}`, `${operators[twice]} stands there twice`);
  if (quorum > operators.length) throw refuse(`${path}/quorum`, `${quorum} of ${operators.length} operators can never agree`);
}

function refuse(path: string, reason: string): MfmError {
  return new MfmError("POLICY_INVALID", `${path}: ${reason}`, { path, reason });
}

export function policyJson(policy: Policy): Json {
  return readStrictJson(codec.encode(policy, "signing policy"));
}

/** The content address that audit records name a policy by. */
export function policyDigest(policy: Policy): Digest {
  return digestOf(toCanonical(policyJson(policy)));
}
