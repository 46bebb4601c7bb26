/** Lanes: who waits, who is under way, and what is known to be used up; and saying what is known where one is quarantined. */
import type { Run } from "../../kernel/run.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Lane, ListedEffect, PlacedEffect } from "../../kernel/lanes.ts";
import type { Store } from "../../kernel/store.ts";
import { actOf } from "../actor.ts";
import { causesOf } from "../causes.ts";
import { closing } from "../closing.ts";
import { readConfiguration } from "../configuration.ts";
import { withRecords } from "../engine.ts";
import { type NonceRange, type SignedNonce, type Signer, mostSignedNonces } from "../../keystore/signer-port.ts";
import { failure, usage } from "../failure.ts";
import { findAccount, findSigner } from "../keystore/signers.ts";
import type { Place } from "../place.ts";
import { redact } from "../redact.ts";
import { openExistingStore } from "../stores.ts";

export interface LaneRow {
  readonly lane: string;
  /** Effects that have a slot and are not settled. */
  readonly taken: number;
  readonly queued: number;
  /** Slots below are known to be used up; null where none is. */
  readonly next: number | null;
}

const queueShown = 100;

/** By name; none where there is no store yet. */
export async function listLanes(place: Place): Promise<readonly LaneRow[]> {
  const store = await openExistingStore((await readConfiguration(place)).store);
  if (store === undefined) return [];
  return closing(store, async () => {
    const rows: LaneRow[] = [];
    for (const name of await store.listLanes()) {
      const lane = await store.readLane(name, 0);
      if (lane !== undefined) rows.push({ lane: name, taken: lane.taken.length, queued: lane.queued, next: lane.next });
    }
    return rows;
  });
}

export interface LaneMember extends PlacedEffect {
  /** What the outside knows it by; null before anything was prepared. */
  readonly identity: string | null;
  readonly is: string;
  /** Why its run does not go on: what it waits for, where it is paused or blocked. */
  readonly waitingFor: Run["waitingFor"];
  /** What its step failed with last, where its run paused for that. */
  readonly because: string | null;
}

/** What the signer signed for the account, and is not under way here, as where the store was restored from a backup. */
export interface SignedBeside {
  readonly nonce: number;
  /** What it was signed for, where this store has that. */
  readonly of: { readonly runId: string; readonly step: string; readonly is: string } | null;
}

export interface LaneView extends Omit<Lane, "taken" | "queue"> {
  /** Null where nobody says: then `unsaid` says why. */
  readonly signed: readonly SignedBeside[] | null;
  readonly unsaid: string | null;
  readonly taken: readonly LaneMember[];
  /** The first hundred. */
  readonly queue: readonly LaneMember[];
  /** Effects of paused runs, which do not stand in the queue until they are resumed. */
  readonly aside: readonly LaneMember[];
  /** Where something waits behind a gap: the slots below it that nothing here is under way with; empty where what is under way was lost. */
  readonly gap: readonly number[] | null;
}

type StoredLane = Omit<LaneView, "signed" | "unsaid">;

/** @throws LANE_UNKNOWN */
export async function showLane(place: Place, given: string): Promise<LaneView> {
  return withRecords(place, async ({ runtime: { store } }) => {
    const view = await viewLane(store, await resolveLane(store, given));
    return { ...view, ...(await signedBeside(place, store, view)) };
  });
}

const notRunning = "the signer process that has the account does not run (mfm signer start)";

/** What the signer cannot say now keeps nobody from looking at the lane. */
async function signedBeside(place: Place, store: Store, view: StoredLane): Promise<Pick<LaneView, "signed" | "unsaid">> {
  try {
    const signed = await readSigned(place, store, view);
    return { signed, unsaid: signed === null ? notRunning : null };
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    return { signed: null, unsaid: redact(`${error.code}: ${error.message}`) };
  }
}

async function readSigned(place: Place, store: Store, { lane, taken }: StoredLane): Promise<LaneView["signed"]> {
  const account = /^eip155:([1-9][0-9]*)\/(0x[0-9a-fA-F]{40})$/.exec(lane);
  if (account === null) return [];
  const signer = await findSigner(place);
  if (signer === undefined) return null;
  return closing(signer, async () => {
    const sender = (account[2] ?? "0x") as `0x${string}`;
    if (findAccount(await signer.accounts(), sender) === undefined) return null;
    const signed = await signedBy(signer, { chainId: Number(account[1]), sender });
    const rows = await rowsOf(store, lane);
    const open = new Set(taken.map(({ effect }) => effect));
    return signed.flatMap(({ nonce, intentId }) => {
      const row = rows.get(intentId);
      // Of what is settled here, nothing is forgotten.
      if (open.has(intentId) || row?.is === "settled") return [];
      return [{ nonce, of: row === undefined ? null : { runId: row.runId, step: row.step, is: row.is } }];
    });
  });
}

/** All of them: what lies below the nonces that are known to be used up here may have been signed for what nobody here knows. */
async function signedBy(signer: Pick<Signer, "signedNonces">, account: Pick<NonceRange, "chainId" | "sender">): Promise<SignedNonce[]> {
  const signed: SignedNonce[] = [];
  for (let from = 0; ;) {
    const page = await signer.signedNonces({ ...account, from });
    signed.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < mostSignedNonces) return signed;
    from = last.nonce + 1;
  }
}

const effectsAtOnce = 1000;

async function rowsOf(store: Store, lane: string): Promise<ReadonlyMap<string, ListedEffect>> {
  const rows = new Map<string, ListedEffect>();
  for (let before: number | undefined; ;) {
    const page = await store.listEffects({ lane, limit: effectsAtOnce, ...(before === undefined ? {} : { before }) });
    for (const row of page) rows.set(row.effect, row);
    before = page.at(-1)?.number;
    if (page.length < effectsAtOnce) return rows;
  }
}

export interface ExplainRequest {
  readonly lane: string;
  readonly next: number;
  readonly actor: string | undefined;
  readonly reason: string;
}

export interface Explained {
  readonly lane: string;
  readonly next: number;
  /** In whose history it stands; it may be paused, and goes on when it is resumed. */
  readonly run: Run;
}

/** @throws LANE_UNKNOWN, LANE_NOT_AWAITED, USAGE */
export async function explainLane(place: Place, { lane: given, next, actor, reason }: ExplainRequest): Promise<Explained> {
  const act = actOf(actor, reason);
  return withRecords(place, async ({ runtime }) => {
    const lane = await resolveLane(runtime.store, given);
    const known = (await runtime.store.readLane(lane, 0))?.next ?? null;
    if (known !== null && next < known) throw usage(`--next ${next}: everything below ${known} is used up already`, { option: "--next" });
    return { lane, next, run: await runtime.explainLane({ lane, next, act }) };
  });
}

/** By its name, or a part of it that no other has, such as an account. */
async function resolveLane(store: Store, given: string): Promise<string> {
  const names = await store.listLanes();
  if (names.includes(given)) return given;
  const wanted = given.toLowerCase();
  const found = wanted === "" ? [] : names.filter((name) => name.toLowerCase().includes(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const words = found.length === 0 ? "no lane is called that" : `${found.length} lanes are called that: ${found.slice(0, 10).join(", ")}`;
  throw failure("LANE_UNKNOWN", `${JSON.stringify(given)}: ${words}`, { given, lanes: (found.length === 0 ? names : found).slice(0, 50) });
}

const asideAtMost = 100;

async function viewLane(store: Store, name: string): Promise<StoredLane> {
  const lane = await store.readLane(name, queueShown);
  if (lane === undefined) throw failure("LANE_UNKNOWN", `nothing ever stood in ${name}`, { given: name });
  const rows = await store.listEffects({ lane: name, is: "intended", limit: asideAtMost });
  const placed = new Set([...lane.taken, ...lane.queue].map(({ effect }) => effect));
  const aside = rows.filter(({ effect, place }) => !placed.has(effect) && place === null);
  const describe = (members: readonly PlacedEffect[]) => Promise.all(members.map((member) => describeMember(store, member)));
  const taken = await describe(lane.taken);
  return {
    ...lane,
    taken,
    gap: gapOf(taken, lane.next),
    queue: await describe(lane.queue),
    aside: await describe(aside.map(({ runId, step, effect }) => ({ runId, step, effect, place: "queued", slot: null }))),
  };
}

const slotsNamed = 10;

/** What waits behind a gap waits for one below the lowest of its kind. Where nothing is known to be used up, the slot before the lowest is free. */
function gapOf(taken: readonly LaneMember[], next: number | null): readonly number[] | null {
  const slots = taken.map(({ slot }) => slot ?? 0);
  const behind = taken.filter(({ waitingFor }) => waitingFor.some((wait) => "why" in wait && wait.why === "NONCE_GAP"));
  if (behind.length === 0) return null;
  const end = Math.min(...behind.map(({ slot }) => slot ?? 0));
  const start = next ?? Math.min(...slots, end) - (slots.some((slot) => slot < end) ? 0 : 1);
  const below = Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
  return below.filter((slot) => slot >= 0 && !slots.includes(slot)).slice(0, slotsNamed);
}

const effectsOfRun = 10_000;

async function describeMember(store: Store, member: PlacedEffect): Promise<LaneMember> {
  const rows = await store.listEffects({ runId: member.runId, limit: effectsOfRun });
  const row = rows.find(({ effect }) => effect === member.effect);
  const stored = await store.readRun(member.runId);
  const run = stored?.run;
  const causes = run === undefined ? [] : await causesOf(store, run);
  const because = causes.find(({ step }) => step === member.step)?.code ?? null;
  return { ...member, identity: row?.identity ?? null, is: row?.is ?? "intended", waitingFor: run?.waitingFor ?? [], because };
}
