/** Planning and starting an op that sends transactions: the same for payments, calls and whatever else proposes some. */
import { certify } from "../../kernel/certify.ts";
import { type Digest, isDigest } from "../../kernel/canonical.ts";
import { type Op, planOp } from "../../kernel/op.ts";
import type { Quorum, Spec } from "../../kernel/spec.ts";
import { approvalOf } from "../../kernel/saga/approval-rules.ts";
import { readConfiguration } from "../configuration.ts";
import { type Driven, type Driving, startConfigured } from "../drive-runs.ts";
import { failure, usage } from "../failure.ts";
import { closing } from "../closing.ts";
import { withLazySigner } from "../keystore/lazy-signer.ts";
import { findAccount, findSigner } from "../keystore/signers.ts";
import type { Place } from "../place.ts";
import { assembleRegistry } from "../registry.ts";
import type { AssetView } from "./asset.ts";
import { findRunOfKey } from "./known-run.ts";
import { type EvmPlan, planTransactions } from "./plan.ts";
import type { Proposed } from "./proposed.ts";
import { heedSigner } from "./signer-findings.ts";
import { type Opening, type SendFlags, openSending } from "./request.ts";

/** What is to be started, and what it would send. */
export interface PreparedOp {
  readonly op: Op;
  readonly config: unknown;
  readonly proposed: readonly Proposed[];
  /** False where no step of it ever sends: then there is nothing to confirm, and no signer is needed. */
  readonly sends?: boolean;
}

/** An op that is started by its id. */
export type SendingOp = Pick<Op, "id">;

export type Prepare = (place: Place, opening: Opening) => Promise<PreparedOp>;

export interface SendingPlan extends Omit<EvmPlan, "transactions"> {
  readonly entryPoint: string;
  /** With those who have to agree before it is sent; null: nobody. */
  readonly transactions: readonly (EvmPlan["transactions"][number] & { readonly approval: Quorum | null })[];
  /** What becomes of what took effect where the run fails. */
  readonly saga: Spec["saga"];
  /** The content address of everything that decides what the run does: `--expect-spec` names it. */
  readonly specRef: Digest;
  readonly configDigest: Digest;
}

export interface Planned {
  readonly plan: SendingPlan;
  readonly prepared: PreparedOp;
}

/** Simulates everything; signs and starts nothing. @throws CERTIFICATION_FAILED, SPEC_UNEXPECTED; what preparing and reading the chain throw */
export async function planSending(
  place: Place,
  flags: SendFlags & Pick<SendTerms, "expectSpec">,
  prepare: Prepare,
  signal: AbortSignal,
): Promise<Planned> {
  const opening = await openSending(place, flags, signal);
  const prepared = await prepare(place, opening);
  const { modules } = await readConfiguration(place);
  const { registry } = await assembleRegistry(modules, place, prepared.op.id);
  const { spec, specRef, configDigest } = planOp(prepared.op, prepared.config);
  certify(spec, registry);
  if (flags.expectSpec !== undefined && !isDigest(flags.expectSpec))
    throw usage("--expect-spec is sha256: and 64 hex digits, as a plan shows it", { option: "--expect-spec" });
  if (flags.expectSpec !== undefined && flags.expectSpec !== specRef)
    throw failure("SPEC_UNEXPECTED", `this would be ${specRef}, and ${flags.expectSpec} is expected`, {
      specRef,
      expected: flags.expectSpec,
    });
  const { proposed } = prepared;
  const simulated = await planTransactions(opening.asking, opening.subject, { proposed, steps: spec.steps });
  const approvals = new Map(spec.steps.map((step) => [step.key, approvalOf(step)]));
  const plan =
    place.signer === undefined ? simulated : await heedSigner(place.signer, opening.subject, { proposed, plan: simulated, approvals });
  const transactions = plan.transactions.map((transaction) => ({ ...transaction, approval: approvals.get(transaction.step) ?? null }));
  return { plan: { entryPoint: prepared.op.id, specRef, configDigest, saga: spec.saga, ...plan, transactions }, prepared };
}

/** `planSending` with the signer that options name, or that runs and has the account: then what it would refuse stands in the plan too. */
export async function showPlan(
  place: Place,
  flags: Parameters<typeof planSending>[1],
  prepare: Prepare,
  signal: AbortSignal,
): Promise<SendingPlan> {
  if (!flags.signer.isNamed) return planBesideSigner(place, flags, prepare, signal);
  // Nothing is signed: who must agree where an entry has no policy is asked when it is.
  const choice = { ...flags.signer, agree: async () => true };
  return withLazySigner(place, choice, async (signer) => (await planSending({ ...place, signer }, flags, prepare, signal)).plan);
}

/** With the signer process, where one runs that has the account. A plan needs none. */
async function planBesideSigner(
  place: Place,
  flags: Parameters<typeof planSending>[1],
  prepare: Prepare,
  signal: AbortSignal,
): Promise<SendingPlan> {
  const running = await findSigner(place);
  if (running === undefined) return (await planSending(place, flags, prepare, signal)).plan;
  return closing(running, async () => {
    const account = findAccount(await running.accounts(), flags.from);
    return (await planSending(account === undefined ? place : { ...place, signer: running }, flags, prepare, signal)).plan;
  });
}

export interface SendTerms {
  readonly key: string | undefined;
  readonly detach: boolean;
  readonly expectSpec: string | undefined;
  /** Asked with the plan before anything is started; undefined where nobody can be asked. */
  readonly confirm: ((plan: SendingPlan) => Promise<boolean>) | undefined;
}

export interface Sent extends Driven {
  /** What the first transaction pays with; null where it pays nothing. */
  readonly asset: AssetView | null;
}

/**
 * Plans, asks, and drives the run.
 * @throws PLAN_WOULD_FAIL where the simulation shows that it cannot succeed as a whole; CONFIRMATION_NEEDED, CANCELLED; as planSending, and as starting a run
 */
export async function send(
  op: SendingOp,
  given: { readonly flags: SendFlags; readonly terms: SendTerms; readonly prepare: Prepare },
  driving: Driving,
): Promise<Sent> {
  const { flags, terms } = given;
  if (terms.detach) return sendFrom(op, given, driving);
  return withLazySigner(driving.place, flags.signer, (signer) => sendFrom(op, given, { ...driving, place: { ...driving.place, signer } }));
}

/** Who signs is at hand by now, where this process sends; it is unlocked when something is to be signed. */
async function sendFrom(op: SendingOp, { flags, terms, prepare }: Parameters<typeof send>[1], driving: Driving): Promise<Sent> {
  const { place, signal } = driving;
  const known = terms.key === undefined ? undefined : await findRunOfKey(place, op.id, terms.key);
  const opened = known === undefined ? await planSending(place, { ...flags, expectSpec: terms.expectSpec }, prepare, signal) : undefined;
  if (opened !== undefined && opened.prepared.sends !== false) await agree(opened.plan, terms);
  const prepared = opened?.prepared ?? (await prepare(place, await openSending(place, flags, signal)));
  const driven = await startConfigured(prepared.config, { entryPoint: op.id, key: terms.key, detach: terms.detach }, driving);
  return { ...driven, asset: prepared.proposed[0]?.moves[0]?.asset ?? null };
}

async function agree(plan: SendingPlan, { confirm }: SendTerms): Promise<void> {
  const [first] = plan.problems;
  if (first !== undefined) {
    const words = plan.problems.slice(0, 10).map(({ code, message }) => `${code}: ${message}`);
    throw failure("PLAN_WOULD_FAIL", words.join("; "), { count: plan.problems.length, problems: plan.problems.slice(0, 100) });
  }
  if (confirm === undefined)
    throw failure("CONFIRMATION_NEEDED", "nobody is there to confirm what would be sent", { specRef: plan.specRef });
  if (!(await confirm(plan))) throw failure("CANCELLED", "it was not confirmed; nothing was started");
}
