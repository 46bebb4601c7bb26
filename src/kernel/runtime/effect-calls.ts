/** The calls for a run's effects that are under way in one drive. They land in any order: the order law speaks of runs without writes. */
import type { EffectMove } from "../effects/closing.ts";
import { type Effect, type Request, holdsSlot, isAtRest, isPastBoundary, waitsForSlot } from "../effects/ledger.ts";
import { parseInstant } from "../codecs.ts";
import type { Fold } from "../fold.ts";
import type { RunId } from "../names.ts";
import { approvalOf, awaitsApproval } from "../saga/approval-rules.ts";
import type { Context } from "./context.ts";
import { EffectCall } from "./effect-call.ts";
import { LaneCall } from "./lane-call.ts";

export type Call = EffectCall | LaneCall;

/** Calls for effects at once in one run. */
const callWindow = 16;

export class EffectCalls {
  readonly #context: Context;
  readonly #calls = new Set<Call>();
  readonly #indices = new Set<number>();
  /** Lanes in which there was no slot when they were asked for one. */
  readonly #waits = new Map<string, LaneWait>();
  /** Calls for a slot during which something of this run moved in their lane: what they read of it is old. */
  readonly #outdated = new Set<LaneCall>();

  constructor(context: Context) {
    this.#context = context;
  }

  get size(): number {
    return this.#calls.size;
  }

  get indices(): Iterable<number> {
    return this.#indices;
  }

  get hasLanded(): boolean {
    return [...this.#calls].some(({ landing }) => landing !== undefined);
  }

  /** Runs that are before this one in a lane. */
  get ahead(): RunId[] {
    return [...new Set([...this.#waits.values()].map(({ behind }) => behind))].filter((runId) => runId !== null);
  }

  /** Lanes are to be read again: somebody else's turn may be over. */
  lookAgain(): void {
    this.#waits.clear();
  }

  /** Decides calls for what is due; those that do not fit into the window come when one lands. @returns when the next is due by itself */
  start(fold: Fold, moves: readonly EffectMove[]): number | null {
    const { clock } = this.#context;
    const now = clock.now();
    let next: number | null = null;
    const lanes = new Map<string, LaneMembers>();
    for (const one of moves) {
      const effect = fold.effects.get(one.index);
      if (effect === undefined || this.#indices.has(one.index)) continue;
      const due = this.#dueAt(fold, one.index, effect);
      if (due > now) {
        if (due !== Infinity) next = Math.min(next ?? due, due);
        continue;
      }
      if (effect.lane !== null && isForLane(one, effect)) {
        const members = lanes.get(`${one.move} ${effect.lane}`) ?? { lane: effect.lane, move: one.move, members: [] };
        members.members.push([one.index, effect]);
        lanes.set(`${one.move} ${effect.lane}`, members);
      } else if (this.#calls.size < callWindow) this.#add(new EffectCall(one, effect));
    }
    // One call for a lane at a time: the next one takes all that have come meanwhile.
    for (const { lane, move, members } of lanes.values())
      if (![...this.#calls].some((call) => call instanceof LaneCall && call.lane === lane)) this.#add(new LaneCall(lane, move, members));
    return next;
  }

  #add(call: Call): void {
    this.#calls.add(call);
    for (const index of call.indices) this.#indices.add(index);
  }

  #remove(call: Call): void {
    this.#calls.delete(call);
    for (const index of call.indices) this.#indices.delete(index);
  }

  /** When an effect may be asked about again, in Unix milliseconds; 0: at once; Infinity: not before something else happens. */
  #dueAt(fold: Fold, index: number, effect: Effect): number {
    const { looks } = this.#context;
    if (isPastBoundary(effect) || holdsSlot(effect)) return looks.dueAt(fold.runId, fold.stepAt(index).key);
    return waitsForSlot(effect) ? (this.#waits.get(effect.lane)?.until ?? 0) : 0;
  }

  /** Those that were decided, and are launched once what they follow from is committed. */
  unlaunched(): Call[] {
    return [...this.#calls].filter(({ launched }) => !launched);
  }

  /** Takes out a call that has landed. */
  takeLanded(): Call | undefined {
    for (const call of this.#calls) {
      if (call.landing === undefined) continue;
      this.#remove(call);
      return call;
    }
    return undefined;
  }

  /** To be told of a landed call, once its events are in the fold. */
  landed(fold: Fold, call: Call): void {
    if (call instanceof LaneCall) this.#laneLanded(fold, call);
    // What was made is sealed or sent at once; what was looked at is looked at again later.
    const goesOn = call.landing?.drafts.some(({ type }) => type === "EffectPrepared" || type === "EffectDispatched") === true;
    for (const index of call.indices) {
      const effect = fold.effects.get(index);
      const step = fold.stepAt(index);
      if (effect === undefined || step.kind !== "state") continue;
      // The store wakes others whose turn it may be now; that it may be this run's, only this driver knows.
      if (effect.lane !== null && call.move !== "acquire") this.#laneMoved(effect.lane);
      if (isAtRest(effect) || call.move === "acquire" || call.move === "seal") this.#context.looks.forget(fold.runId, step.key);
      if ((isPastBoundary(effect) || (holdsSlot(effect) && call.landing?.drafts.length === 0)) && !goesOn)
        this.#context.looks.looked(this.#context, fold.runId, step);
    }
  }

  #laneMoved(lane: string): void {
    this.#waits.delete(lane);
    for (const call of this.#calls) if (call instanceof LaneCall && call.lane === lane && call.move === "acquire") this.#outdated.add(call);
  }

  /** Asked again at once where there was a slot, after a while where the kind says so, and where it is somebody else's turn not before that changes. */
  #laneLanded(fold: Fold, call: LaneCall): void {
    const { looks, clock } = this.#context;
    const { lane, delay, indices } = call;
    if (this.#outdated.delete(call)) return;
    const key = laneKey(lane);
    const step = fold.stepAt(indices[0] ?? -1);
    if (delay === undefined || step.kind !== "state") return looks.forget(fold.runId, key);
    if (delay.kind === "turn") return void this.#waits.set(lane, { behind: delay.behind, until: Infinity });
    looks.looked(this.#context, fold.runId, { key, retry: step.retry });
    this.#waits.set(lane, { behind: null, until: Math.max(clock.now(), looks.dueAt(fold.runId, key)) });
  }

  /** Somebody else appended: keeps what was launched and still follows from what is there. */
  reload(fold: Fold, landed: readonly Call[]): void {
    const all = [...landed, ...this.#calls];
    this.#calls.clear();
    this.#indices.clear();
    this.#waits.clear();
    for (const call of all) {
      // What was read of a lane may not hold any more.
      const follows = call.launched && call.move !== "acquire" && fold.phase.is === "driving" && this.#isSame(fold, call);
      if (follows) this.#add(call);
      else call.abandon();
    }
  }

  #isSame(fold: Fold, call: Call): boolean {
    return call.indices.every((index, position) => {
      const [now, then] = [fold.effects.get(index), call.effects[position]];
      if (now?.is !== then?.is || now?.candidates.length !== then?.candidates.length || now?.id !== then?.id) return false;
      // What is made follows from what was asked for; what is seen does not.
      return call.move === "look" || call.move === "send" || isSameRequest(now?.request ?? null, then?.request ?? null);
    });
  }

  /** Ends all calls without a trace. */
  abandon(): void {
    for (const call of this.#calls) this.#abandonCall(call);
  }

  /** Ends without a trace, in a run that is to end, the calls from which nothing can follow any more. Nothing has left by them. */
  abandonVain(fold: Fold): void {
    for (const call of this.#calls) if (isVain(fold, call)) this.#abandonCall(call);
  }

  #abandonCall(call: Call): void {
    this.#remove(call);
    call.abandon();
  }

  /** When an effect is due by itself, in Unix milliseconds; null where none is, or where it is somebody else's turn, who wakes this run. */
  nextDue(fold: Fold): number | null {
    const now = this.#context.clock.now();
    const times = fold.effects.open.flatMap((index) => {
      const effect = fold.effects.get(index);
      if (effect === undefined) return [];
      // A slot is given up once its run is to end.
      const isLeft = holdsSlot(effect) && fold.closing !== null && fold.closing !== "exhausted";
      const from = isPastBoundary(effect) || isLeft ? now : waitsForSlot(effect) ? askedFrom(fold, index, effect) : Infinity;
      const due = Math.max(now, from, this.#dueAt(fold, index, effect));
      return due === Infinity ? [] : [due];
    });
    return times.length === 0 ? null : Math.min(...times);
  }
}

/** From when on a slot is asked for: not before people have agreed, nor before a failed attempt is tried again; Infinity where the run begins nothing more. */
function askedFrom(fold: Fold, index: number, effect: Effect): number {
  if (awaitsApproval(approvalOf(fold.stepAt(index)), effect) || fold.closingOf(index) !== null) return Infinity;
  const progress = fold.progressAt(index);
  if (progress.is === "failed") return parseInstant(progress.retryAt);
  return progress.is === "open" ? 0 : Infinity;
}

/** What is being sealed while somebody ends the run is not sent: its slot is given up, by a candidate of its own. */
function isVain(fold: Fold, { move, indices }: Call): boolean {
  if (move !== "seal") return move === "prepare" || move === "acquire";
  return indices.some((index) => {
    const effect = fold.effects.get(index);
    return (
      effect !== undefined && holdsSlot(effect) && fold.closingOf(index) !== "exhausted" && effect.candidates.at(-1)?.role !== "cancel"
    );
  });
}

function isSameRequest(left: Request | null, right: Request | null): boolean {
  return left?.role === right?.role && left?.terms === right?.terms;
}

interface LaneWait {
  readonly behind: RunId | null;
  /** Unix milliseconds; Infinity: until something else happens. */
  readonly until: number;
}

/** No step has this key. */
function laneKey(lane: string): string {
  return ` ${lane}`;
}

interface LaneMembers {
  readonly lane: string;
  readonly move: LaneCall["move"];
  readonly members: (readonly [number, Effect])[];
}

/** Acquiring, and sealing what holds a slot, is done for all effects of a lane at once; what was dispatched is a matter of its own. */
function isForLane(move: EffectMove, effect: Effect): move is EffectMove & { readonly move: LaneCall["move"] } {
  return move.move === "acquire" || (move.move === "seal" && effect.is === "prepared");
}
