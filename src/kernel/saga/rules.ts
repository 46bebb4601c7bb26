/** When a run may be compensated, decided about and ended after writes: the rules that the fold holds these events to. */
import type { Ending, EventData, EventType } from "../events.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { Act } from "../progress.ts";
import type { Saga } from "../spec.ts";
import type { SagaBook } from "./book.ts";
import type { Obligation, SagaNext } from "./obligations.ts";

/** How a run stands when such an event comes. */
export interface Account {
  readonly saga: SagaBook;
  readonly policy: Saga;
  readonly cancel: Act | null;
  /** What is next; null where the run goes on, or something of it is under way. */
  readonly next: SagaNext | null;
  obligations(): readonly Obligation[];
}

/** While a person has to decide, nothing else happens; once that is recorded, the run ends. */
export function refuseBesides({ saga, next }: Pick<Account, "saga" | "next">, type: EventType): Refusal | undefined {
  if (saga.resolved) return type === "RunResolved" ? undefined : refuse("type", "the run ends as was decided");
  if (next?.kind === "blocked" && type !== "ResolutionRecorded") return refuse("type", "a person has to decide about this run first");
  return undefined;
}

export function refuseCompensation(account: Account, { why }: EventData<"CompensationStarted">): Refusal | undefined {
  const { saga, next } = account;
  if (saga.compensation !== null) return refuse("type", "the run is being compensated");
  if (next?.kind !== "undo") return refuse("type", "there is nothing to undo, or not now");
  return refuseWhy(account, why);
}

export function refuseCompensated(account: Account, { why }: EventData<"RunCompensated">): Refusal | undefined {
  return account.next?.kind === "closed" ? refuseWhy(account, why) : refuse("type", "not everything is undone");
}

/** Whether the signatures are those of these people is the business of whoever can recover them: the runtime before, and verification. */
export function refuseResolution(account: Account, data: EventData<"ResolutionRecorded">): Refusal | undefined {
  const { next, policy } = account;
  if (next?.kind !== "blocked" || !("quorum" in policy)) return refuse("type", "there is nothing to decide about");
  const open = account.obligations();
  const isAboutAll =
    open.length === data.decisions.length &&
    open.every(({ step, effect, kind }, index) => {
      const decision = data.decisions[index];
      return decision?.step === step && decision.effect === effect && decision.obligation === kind;
    });
  if (!isAboutAll) return refuse("data.decisions", "they are not about what is open, each once and in its order");
  const operators = data.signatures.map(({ operator }) => operator);
  if (operators.some((operator, index) => index > 0 && (operators[index - 1] ?? operator) >= operator))
    return refuse("data.signatures", "they stand in the order of the operators, each once");
  if (operators.some((operator) => !policy.operators.includes(operator)))
    return refuse("data.signatures", "the spec does not name all of these operators");
  return operators.length >= policy.quorum ? undefined : refuse("data.signatures", `${policy.quorum} operators have to sign`);
}

export function refuseResolved(account: Account, { why }: EventData<"RunResolved">): Refusal | undefined {
  return account.saga.resolved ? refuseWhy(account, why) : refuse("type", "nothing was decided");
}

/** Why the run ends: who ended it, or else what failed first. Undefined where it does not. */
export function endingOf({ saga, cancel }: Pick<Account, "saga" | "cancel">): Ending | undefined {
  if (saga.compensation !== null) return saga.compensation;
  if (cancel !== null) return { kind: "cancelled", actor: cancel.actor, reason: cancel.reason };
  return saga.failure === null ? undefined : { kind: "failed", ...saga.failure };
}

function refuseWhy(account: Account, why: Ending): Refusal | undefined {
  const known = endingOf(account);
  const isSame =
    why.kind === "failed"
      ? known?.kind === "failed" && known.step === why.step && known.code === why.code
      : known?.kind === "cancelled" && known.actor === why.actor && known.reason === why.reason;
  return isSame ? undefined : refuse("data.why", "the run ends for another reason");
}
