/**
 * Whether a transaction would succeed now, and what it would need: asked at one pinned block before anything is decided. What is asked is
 * recorded as facts, so that it can be held against what came of it.
 */
import type { BlockRef } from "../../capabilities/evm/block.ts";
import type { BlockLost, SourceFailed } from "../../capabilities/evm/failure.ts";
import type { evmRead } from "../../capabilities/evm/read.ts";
import type { evmSimulate } from "../../capabilities/evm/simulate.ts";
import { capsByPolicy } from "../../capabilities/evm/transaction-fees.ts";
import type { Client } from "../../kernel/capability.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Hex } from "./asking.ts";
import type { Action } from "./action.ts";
import type { Fragments } from "./fragments.ts";
import { decodeRevert, wordsOfRevert } from "./revert.ts";
import { heedFailure, uselessAnswer } from "./source-failure.ts";
import type { TransactionTerms } from "./terms.ts";

export interface Simulators {
  readonly chain: Client<typeof evmRead.methods>;
  readonly simulator: Client<typeof evmSimulate.methods>;
}

export interface Sender {
  readonly network: `eip155:${string}`;
  readonly from: Hex;
  readonly terms: TransactionTerms;
}

/** The block that a transaction is simulated at. */
export interface Scene {
  readonly at: BlockRef;
  /** Wei per gas. */
  readonly baseFeePerGas: bigint;
}

export interface Simulation {
  /** What the call returned. */
  readonly returned: Hex;
  /** The gas limit by the terms. */
  readonly gas: bigint;
  /** What it would use. */
  readonly estimate: bigint;
}

/** The newest block. @throws SOURCE_FAILED; BASE_FEE_MISSING where the chain has no EIP-1559 */
export async function pinScene({ chain }: Pick<Simulators, "chain">, network: Sender["network"]): Promise<Scene> {
  const answer = await chain.block({ network, block: { kind: "tag", tag: "latest" } });
  if (answer.kind === "source_failed") return failAttempt(answer, network);
  if (answer.kind === "not_found") return failAttempt(uselessAnswer("malformed"), network);
  const { number, baseFeePerGas } = answer.header;
  if (baseFeePerGas === undefined)
    throw new MfmError("BASE_FEE_MISSING", `block ${number} of ${network} names no base fee`, { network, block: number.toString() });
  return { at: { number, hash: answer.hash }, baseFeePerGas };
}

/** The action at this block. @throws SIMULATION_REVERTED, FUNDS_INSUFFICIENT, GAS_CAP_EXCEEDED, SOURCE_FAILED */
export async function simulate(
  { chain, simulator }: Simulators,
  { network, from, terms }: Sender,
  given: { readonly scene: Scene; readonly action: Action; readonly abi: Fragments },
): Promise<Simulation> {
  const { scene, action: proposed, abi } = given;
  const proposal = { network, at: scene.at, from, ...proposed };
  const [balance, call, estimate] = await Promise.all([
    chain.balance({ network, account: from, at: scene.at }),
    simulator.call(proposal),
    simulator.estimateGas(proposal),
  ]);
  if (balance.kind !== "ok") return failAttempt(balance, network);
  const short = (cost: bigint): never => refuseFunds({ network, account: from, held: balance.balance, needed: proposed.value + cost });
  if (balance.balance < proposed.value) return short(0n);
  for (const answer of [call, estimate]) if (answer.kind !== "ok") return refuseAnswer(answer, { abi, network, scene, short });
  if (call.kind !== "ok" || estimate.kind !== "ok") throw new MfmError("INTERNAL", "a refusal was passed over");
  const gas = limitGas(estimate.gas, terms.gas);
  const cost = gas * leastFee(terms, scene);
  if (balance.balance < proposed.value + cost) return short(cost);
  return { returned: call.data, gas, estimate: estimate.gas };
}

/** As `simulate`, of a function of a contract. @throws CONTRACT_MISSING; as simulate */
export async function simulateCall(
  asking: Simulators,
  sender: Sender,
  given: { readonly scene: Scene; readonly action: Action; readonly abi: Fragments },
): Promise<Simulation> {
  const [simulation] = await Promise.all([simulate(asking, sender, given), assertContract(asking, sender.network, given)]);
  return simulation;
}

/** Where there is no code, a call succeeds and does nothing but move what it carries. */
async function assertContract(
  { chain }: Pick<Simulators, "chain">,
  network: Sender["network"],
  { scene, action: { to } }: { readonly scene: Scene; readonly action: Action },
): Promise<void> {
  if (to === undefined) return;
  const answer = await chain.code({ network, account: to, at: scene.at });
  if (answer.kind !== "ok") return failAttempt(answer, network);
  if (answer.code === "0x") throw new MfmError("CONTRACT_MISSING", `there is no contract at ${to}`, { address: to, network });
}

/** Estimate and margin. @throws GAS_CAP_EXCEEDED */
export function limitGas(estimate: bigint, { marginPercent, cap }: TransactionTerms["gas"]): bigint {
  const gas = (estimate * BigInt(marginPercent) + 99n) / 100n;
  if (gas <= cap) return gas;
  throw new MfmError("GAS_CAP_EXCEEDED", `it needs ${gas} gas (${estimate} estimated), and its terms allow ${cap}`, {
    gas: gas.toString(),
    estimate: estimate.toString(),
    cap: cap.toString(),
  });
}

/**
 * The least that the fee policy offers for a unit of gas. The market's tips are not asked for: this is to refuse early what cannot be paid, and
 * never what can; when it is sent the node looks at the real fees.
 */
export function leastFee({ fees }: Pick<TransactionTerms, "fees">, { baseFeePerGas }: Scene): bigint {
  return capsByPolicy(fees, { baseFeePerGas, priorityFeePerGas: 0n }).maxFeePerGas;
}

type Answer = Exclude<Awaited<ReturnType<Simulators["simulator"]["call"]>>, { kind: "ok" }>;
interface Refusing {
  readonly abi: Fragments;
  readonly network: string;
  readonly scene: Scene;
  readonly short: (cost: bigint) => never;
}

function refuseAnswer(answer: Answer, { abi, network, scene: { at }, short }: Refusing): never {
  const where = `at block ${at.number} of ${network}`;
  const details = { network, block: at.number.toString(), blockHash: at.hash };
  switch (answer.kind) {
    case "reverted": {
      const revert = decodeRevert(answer.data, abi);
      throw new MfmError("SIMULATION_REVERTED", `it would revert ${where}: ${wordsOfRevert(revert)}`, {
        ...details,
        data: answer.data.slice(0, 2050),
      });
    }
    case "out_of_gas":
      throw new MfmError("SIMULATION_REVERTED", `it would run out of gas ${where}, whatever it is given`, details);
    case "too_large":
      throw new MfmError("SIMULATION_REVERTED", `what it would return ${where} is larger than is read`, details);
    case "underfunded":
      return short(0n);
    default:
      return failAttempt(answer, network);
  }
}

/** The block may leave the chain between two questions: the next attempt pins another. @throws SOURCE_FAILED */
export function failAttempt(answer: SourceFailed | BlockLost, network: string): never {
  heedFailure(answer.kind === "block_lost" ? uselessAnswer("wrong_block") : answer, network, "pause");
  throw new MfmError("INTERNAL", "a failing source pauses");
}

export interface Shortage {
  readonly network: string;
  readonly account: Hex;
  /** Absent: the network's own asset. */
  readonly token?: Hex;
  readonly held: bigint;
  readonly needed: bigint;
}

/** @throws FUNDS_INSUFFICIENT */
export function refuseFunds({ network, account, token, held, needed }: Shortage): never {
  const unit = token === undefined ? " wei" : ` of the smallest unit of token ${token}`;
  throw new MfmError(
    "FUNDS_INSUFFICIENT",
    `${account} holds ${held}${unit} on ${network} and needs ${needed}: ${needed - held}${token === undefined ? " wei" : ""} is missing`,
    {
      network,
      account,
      ...(token === undefined ? {} : { token }),
      held: held.toString(),
      needed: needed.toString(),
      missing: (needed - held).toString(),
    },
  );
}
