/**
 * A call for several effects of one run that need the same lane. To acquire: the lane is read, the outside surveyed once, and the first in the
 * queue that are of this run get the slots that follow, each with its candidate, in one append. To seal: all that hold a slot, in its order,
 * so that nothing is sent before what comes before it is recorded.
 */
import { jsonArtifact } from "../artifacts.ts";
import type { SlotAnswer } from "../effects/kind.ts";
import type { Effect } from "../effects/ledger.ts";
import { fits, slotOf, windowOf } from "../effects/rules.ts";
import { MfmError, invariant } from "../errors.ts";
import { failureOf } from "../execute.ts";
import type { EventDraft } from "../events.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { Lane } from "../lanes.ts";
import type { NewArtifact } from "../store.ts";
import type { Context } from "./context.ts";
import { type Recorded, askBackend, decodeRecorded, encodeAnswer, liveKind, readRecorded } from "./effect-asking.ts";
import { type Landing, type StepWork, failureDraft } from "./flight.ts";
import { readEnvelopes } from "./open-envelopes.ts";
import { failedCall, prepareCandidate, sealCandidate } from "./prepare.ts";

/** Effects that one call acquires slots for, at most. */
const slotsAtOnce = 64;
/** In the words of an error. */
const slotsNamed = 10;

interface Member {
  readonly step: StepWork;
  readonly effect: Effect;
  readonly recorded: Recorded;
}

/** What kept an effect from getting a slot: its turn has not come, or the kind wants to be asked again later. */
export type Delay = { readonly kind: "turn"; readonly behind: RunId | null } | { readonly kind: "later" };

export class LaneCall {
  readonly lane: string;
  readonly indices: readonly number[];
  readonly move: "acquire" | "seal";
  readonly effects: readonly Effect[];
  landing: Landing | undefined;
  launched = false;
  /** Undefined where something was acquired. */
  delay: Delay | undefined;
  readonly controller = new AbortController();

  constructor(lane: string, move: "acquire" | "seal", members: readonly (readonly [number, Effect])[]) {
    this.lane = lane;
    this.move = move;
    this.indices = members.map(([index]) => index);
    this.effects = members.map(([, effect]) => effect);
  }

  abandon(): void {
    this.controller.abort();
  }

  /** @throws only what reading from the store throws */
  async launch(context: Context, steps: readonly StepWork[]): Promise<void> {
    this.launched = true;
    const members: Member[] = [];
    for (const [position, effect] of this.effects.entries()) {
      const step = steps[position];
      invariant(step !== undefined, "every effect is of a step");
      members.push({ step, effect, recorded: await readRecorded(step, effect) });
    }
    const made = await (this.move === "acquire" ? this.#acquire(context, members) : this.#seal(context, members));
    this.landing = made;
  }

  async #acquire(context: Context, members: readonly Member[]): Promise<Landing> {
    const lane = await context.store.readLane(this.lane, slotsAtOnce);
    const turn = lane === undefined ? [] : turnOf(lane, members);
    const [first] = turn;
    if (lane === undefined || first === undefined) return this.#wait(lane === undefined ? { kind: "later" } : delayOf(lane, members));
    const live = liveKind(context, first.step.state);
    const { kind } = live;
    const open = lane.taken.flatMap((placed) => {
      const { slot, effect } = placed;
      return slot === null ? [] : [{ slot, effect, envelopes: () => readEnvelopes(context, kind, placed) }];
    });
    const known = { lane: this.lane, next: lane.next, waiting: lane.queue.map(({ effect }) => effect), open };
    let standing: string;
    try {
      standing = await askBackend(
        context,
        first.step,
        { effect: first.effect, name: "survey", live, controller: this.controller },
        async (ask) => {
          const { id, intent } = decodeRecorded(kind, first.recorded);
          return encodeAnswer(kind, "standing", (await ask({ id, intent, known })).answer);
        },
      );
    } catch (cause) {
      return join(turn.map(({ step, effect }) => failedCall(context, step, effect, cause)));
    }
    return this.#give(context, lane, turn, standing);
  }

  /** Gives slots to as many as fit, up to the first that cannot be prepared. */
  async #give(context: Context, lane: Lane, turn: readonly Member[], standing: string): Promise<Landing> {
    const slots = lane.taken.flatMap(({ slot }) => (slot === null ? [] : [slot]));
    const { ref, artifact } = jsonArtifact("standing", standing);
    const given: (Member & { readonly drafts: readonly EventDraft[]; readonly slot: number })[] = [];
    let delay: Delay = { kind: "turn", behind: null };
    let failure: Landing | undefined;
    for (const member of turn) {
      const { step, recorded } = member;
      const { kind } = liveKind(context, step.state);
      const { intent } = recorded.subject;
      try {
        const facts = { intent, standing: JSON.parse(standing) as Json };
        const open = slots.toSorted((left, right) => left - right);
        const answer = slotOf(kind, { id: member.effect.id, ...facts, open, next: lane.next });
        if (answer.kind === "later") delay = { kind: "later" };
        if (answer.kind === "quarantined") {
          // One behind it may be what the lane waits for.
          failure ??= failedCall(context, step, member.effect, quarantineOf(this.lane, answer));
          continue;
        }
        if (answer.kind !== "slot" || !fits(answer.slot, { open, size: windowOf(kind, facts), next: lane.next })) break;
        const data = {
          step: step.step.key,
          lane: this.lane,
          seq: lane.seq + given.length + 1,
          slot: answer.slot,
          open,
          ...(lane.next === null ? {} : { next: lane.next }),
          standing: ref,
        };
        given.push({ ...member, drafts: [{ type: "LaneAcquired", data }], slot: answer.slot });
        slots.push(answer.slot);
      } catch (cause) {
        failure = failedCall(context, step, member.effect, cause);
        break;
      }
    }
    if (given.length === 0) return failure ?? this.#wait(delay);
    return this.#prepareAll(context, given, artifact);
  }

  async #prepareAll(
    context: Context,
    given: readonly (Member & { readonly drafts: readonly EventDraft[]; readonly slot: number })[],
    standing: NewArtifact,
  ): Promise<Landing> {
    const { controller } = this;
    const prepared = await Promise.allSettled(
      given.map(({ step, effect, recorded, slot }) =>
        prepareCandidate(context, step, { effect, recorded, role: "first", slot, controller }),
      ),
    );
    const landings: Landing[] = [];
    for (const [position, result] of prepared.entries()) {
      const member = given[position];
      if (member === undefined) break;
      if (result.status === "rejected") {
        if (isReserved(result.reason)) {
          if (position === 0) return this.#wait({ kind: "later" });
          break;
        }
        landings.push(failedCall(context, member.step, member.effect, result.reason));
        // Those behind it would leave a gap: they are given their slots again.
        break;
      }
      // What was read is kept where a slot was given by it.
      const read = landings.length === 0 ? [standing] : [];
      landings.push({ drafts: [...member.drafts, ...result.value.drafts], artifacts: [...read, ...result.value.artifacts] });
    }
    return join(landings);
  }

  /** In the order of the slots, up to the first that is not sealed. */
  async #seal(context: Context, members: readonly Member[]): Promise<Landing> {
    const { controller } = this;
    const ordered = members.toSorted((left, right) => (left.effect.place?.slot ?? 0) - (right.effect.place?.slot ?? 0));
    const sealed = await Promise.allSettled(
      ordered.map(({ step, effect, recorded }) => sealCandidate(context, step, { effect, recorded, controller })),
    );
    const landings: Landing[] = [];
    for (const [position, result] of sealed.entries()) {
      const member = ordered[position];
      if (member === undefined) break;
      if (result.status === "fulfilled") landings.push(result.value);
      else {
        const { step } = member;
        if (!step.isStopped)
          landings.push({ drafts: [failureDraft(context, step.step, step.attempt, failureOf(result.reason))], artifacts: [] });
        break;
      }
    }
    return join(landings);
  }

  #wait(delay: Delay): Landing {
    this.delay = delay;
    return { drafts: [], artifacts: [] };
  }
}

/** Those of this run whose turn it is: the first in the queue, where nobody holds a slot of which nothing has left. */
function turnOf(lane: Lane, members: readonly Member[]): Member[] {
  if (lane.taken.some(({ place }) => place === "held")) return [];
  const turn: Member[] = [];
  for (const { effect } of lane.queue) {
    const member = members.find((one) => one.effect.id === effect);
    if (member === undefined) break;
    turn.push(member);
  }
  return turn;
}

/** Another run's turn, which wakes this one when it is over; or that of a step of this run which is not asked for now. */
function delayOf(lane: Lane, members: readonly Member[]): Delay {
  const first = lane.taken.find(({ place }) => place === "held") ?? lane.queue[0];
  return first === undefined || first.runId === members[0]?.step.runId ? { kind: "later" } : { kind: "turn", behind: first.runId };
}

function quarantineOf(lane: string, { why, slots }: SlotAnswer & { readonly kind: "quarantined" }): MfmError {
  const of = slots === undefined ? "" : ` of ${slots.slice(0, slotsNamed).join(", ")}`;
  return new MfmError("LANE_QUARANTINED", `${lane}: ${why}${of}`, { lane, why, ...(slots === undefined ? {} : { slots }) });
}

/** Nothing failed: the lane's own effects have to come first. */
function isReserved(cause: unknown): boolean {
  return cause instanceof MfmError && cause.code === "LANE_RESERVED";
}

function join(landings: readonly Landing[]): Landing {
  return { drafts: landings.flatMap(({ drafts }) => drafts), artifacts: landings.flatMap(({ artifacts }) => artifacts) };
}
