/** An effect kind that needs a lane and seals its candidates, and an outside that carries them out by number: an account's chain in a few lines. */
import * as z from "zod";
import { digestOf } from "../../src/kernel/canonical.ts";
import { uint256 } from "../../src/kernel/codecs.ts";
import { type EffectBackend, implementEffect } from "../../src/kernel/effects/backend.ts";
import { defineEffect } from "../../src/kernel/effects/kind.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { StepFailure } from "../../src/kernel/execute.ts";
import { defineOp } from "../../src/kernel/op.ts";
import { defineState, nothing } from "../../src/kernel/state.ts";
import { operators } from "./people.ts";

const name = z.string().min(1).max(40);
const intent = z.strictObject({ account: name, to: name, amount: uint256, window: z.int().min(1).max(16), renewals: z.int().min(0) });
const envelope = z.strictObject({ account: name, number: z.int().min(0), to: name, amount: uint256, bid: z.int().min(1) });
type Envelope = z.output<typeof envelope>;

export const turn = defineEffect({
  id: "test.kernel/turn@1",
  intent,
  envelope,
  seal: z.strictObject({ mark: z.string().max(100) }),
  standing: z.strictObject({ used: z.int().min(0), stranger: z.boolean(), busy: z.boolean() }),
  evidence: z.strictObject({
    used: z.int().min(0),
    bar: z.int().min(0),
    known: z.array(z.strictObject({ identity: z.string().max(200), is: z.enum(["pending", "done"]) })).max(20),
  }),
  settlement: z.strictObject({ number: z.int() }),
  covers({ intent: { account, to, amount }, envelope: made, role, slot, before }) {
    const isMeant = role === "cancel" ? made.to === account && made.amount === 0n : made.to === to && made.amount === amount;
    const isHigher = before.every(({ envelope: { bid } }) => made.bid > bid);
    return made.account === account && made.number === slot && isMeant && isHigher;
  },
  identify: (made) => `draft ${markOf(made)}`,
  states: ({ to, amount }) => [
    { name: "to", type: "string", value: to },
    { name: "amount", type: "uint256", value: String(amount) },
  ],
  unseal({ envelope: made, seal }) {
    if (seal.mark !== markOf(made)) throw new Error("another mark");
    return `tx ${seal.mark}`;
  },
  lane: {
    of: ({ account }) => account,
    window: ({ intent: { window } }) => window,
    slot({ standing, open, next }) {
      if (standing.stranger) return { kind: "quarantined", why: "STRANGER" };
      if (standing.busy) return { kind: "later", why: "BUSY" };
      let slot = Math.max(standing.used, next ?? 0);
      while (open.includes(slot)) slot++;
      return { kind: "slot", slot };
    },
  },
  renews: ({ intent: { renewals }, renewal }) => renewal <= renewals,
  weigh({ candidates, envelope: { number, bid }, evidence: { used, bar, known } }) {
    const ids = candidates.map(({ seal }) => `tx ${seal?.mark ?? ""}`);
    const candidate = ids.findIndex((id) => known.some((one) => one.identity === id && one.is === "done"));
    if (candidate >= 0) {
      if (candidates[candidate]?.role === "cancel") return { kind: "final", status: "cancelled", candidate };
      return { kind: "final", status: "success", settlement: { number }, candidate };
    }
    if (used > number) return { kind: "superseded" };
    if (known.length === 0) return { kind: "notFound" };
    return bid < bar ? { kind: "stuck", why: "LOW", next: "replace" } : { kind: "accepted" };
  },
});

function markOf({ account, number, to, amount, bid }: Envelope): string {
  return digestOf(`${account} ${number} ${to} ${amount} ${bid}`).slice("sha256:".length, "sha256:".length + 16);
}

/** What the outside does with what it is sent. */
export interface Rules {
  /** The least bid that is carried out. */
  bar: number;
  /** Whether it carries out what it can at once. */
  automatic: boolean;
  /** Throws instead of doing what it is asked to. */
  failing: ReadonlySet<"survey" | "prepare" | "seal" | "dispatch" | "observe">;
  stranger: boolean;
  busy: boolean;
  /** The most that may be under way in amounts, together. */
  purse: bigint;
}

export class Outside {
  /** What was carried out, by account, in order of number. */
  readonly done = new Map<string, Envelope[]>();
  readonly pending = new Map<string, Envelope>();
  readonly calls: string[] = [];
  readonly rules: Rules = { bar: 0, automatic: true, failing: new Set(), stranger: false, busy: false, purse: 2n ** 64n };
  /** Most that were pending and done without the runs knowing, for window checks. */
  sealed = 0;

  usedBy(account: string): number {
    return this.done.get(account)?.length ?? 0;
  }

  /** Carries out everything that can be. */
  settle(): void {
    for (let moved = true; moved;) {
      moved = false;
      for (const [mark, made] of [...this.pending].toSorted(([, left], [, right]) => right.bid - left.bid)) {
        const list = this.done.get(made.account) ?? [];
        if (made.number < list.length) this.pending.delete(mark);
        if (made.number !== list.length || made.bid < this.rules.bar) continue;
        this.done.set(made.account, [...list, made]);
        this.pending.delete(mark);
        moved = true;
      }
    }
  }

  /** Somebody else uses the account. */
  foreign(account: string): void {
    const list = this.done.get(account) ?? [];
    this.done.set(account, [...list, { account, number: list.length, to: "a stranger", amount: 1n, bid: 99 }]);
    this.settle();
  }

  /** What each received, by the outside's own account. */
  get received(): { readonly [to: string]: readonly bigint[] } {
    const all: { [to: string]: bigint[] } = {};
    for (const { to, amount } of [...this.done.values()].flat()) (all[to] ??= []).push(amount);
    return all;
  }

  backend(): EffectBackend {
    const ask = (call: "survey" | "prepare" | "seal" | "dispatch" | "observe", what: string): void => {
      this.calls.push(`${call} ${what}`);
      if (this.rules.failing.has(call)) throw new StepFailure("NOT_NOW", "safe");
    };
    const see = ({ candidates }: { readonly candidates: readonly { readonly envelope: Envelope }[] }) => {
      const account = candidates[0]?.envelope.account ?? "";
      const marks = candidates.map(({ envelope: made }) => markOf(made));
      const found = new Set((this.done.get(account) ?? []).map(markOf));
      const known = marks.flatMap((mark): { identity: string; is: "pending" | "done" }[] => {
        if (found.has(mark)) return [{ identity: `tx ${mark}`, is: "done" }];
        return this.pending.has(mark) ? [{ identity: `tx ${mark}`, is: "pending" }] : [];
      });
      return { used: this.usedBy(account), bar: this.rules.bar, known };
    };
    let promised = 0n;
    return implementEffect(turn, {
      survey: async ({ intent: { account }, known: { open } }) => {
        ask("survey", account);
        const prepared = (await Promise.all(open.map(({ envelopes }) => envelopes()))).flat();
        promised = prepared.reduce((sum, { amount }) => sum + amount, 0n);
        return { used: this.usedBy(account), stranger: this.rules.stranger, busy: this.rules.busy };
      },
      prepare: ({ intent: { account, to, amount }, role, slot, before }) => {
        ask("prepare", `${role} ${slot}`);
        if (role === "first" && promised + amount > this.rules.purse) throw new MfmError("LANE_RESERVED", "others have it");
        promised += amount;
        const bid = Math.max(this.rules.bar, 1, ...before.map(({ envelope: { bid: last } }) => last + 1));
        const number = slot ?? 0;
        return role === "cancel" ? { account, number, to: account, amount: 0n, bid } : { account, number, to, amount, bid };
      },
      seal: ({ envelope: made }) => {
        ask("seal", String(made.number));
        this.sealed++;
        return { mark: markOf(made) };
      },
      dispatch: (given) => {
        ask("dispatch", String(given.envelope.number));
        const isUsed = given.envelope.number < this.usedBy(given.envelope.account);
        if (!isUsed) this.pending.set(markOf(given.envelope), given.envelope);
        if (this.rules.automatic) this.settle();
        return see(given);
      },
      observe: (given) => {
        ask("observe", String(given.envelope.number));
        return see(given);
      },
    });
  }
}

const config = intent;

/** Sends by turns; to `enough` there is nothing to send. */
export const takeTurn = defineState({
  id: "test.kernel/take-turn@1",
  effect: "write",
  needs: { turn },
  config,
  output: z.strictObject({ number: z.int() }),
  intend: ({ config: given }) => (given.to === "enough" ? nothing({ number: -1 }) : given),
  conclude: ({ settlement }) => ({ number: settlement.number }),
});

/** Sends one after the other as fast as the lane lets it. */
export const takeTurns = defineOp({
  id: "test.kernel/take-turns@1",
  config: z.strictObject({
    account: name,
    receivers: z.array(name).min(1).max(100),
    window: z.int().min(1).max(16),
    renewals: z.int().min(0),
  }),
  plan(program, { account, receivers, window, renewals }) {
    const sent = receivers.map((to, index) =>
      program.step(`send/${index}`, takeTurn, {
        config: { account, to, amount: BigInt(index + 1), window, renewals },
        retry: { maxAttempts: 3, firstDelayMs: 1000, maxDelayMs: 1000 },
        timeLimit: "10s",
      }),
    );
    return {
      last:
        sent.at(-1)?.output ??
        program.step("none", takeTurn, { config: { account, to: "enough", amount: 0n, window: 1, renewals: 0 } }).output,
    };
  },
});

/** Sends once one of the operators has agreed. */
export const askTurn = defineOp({
  id: "test.kernel/ask-turn@1",
  plan: (program) => ({
    sent: program.step("send", takeTurn, {
      config: { account: "treasury", to: "ada", amount: 1n, window: 1, renewals: 0 },
      approval: { operators, quorum: 1 },
      retry: { maxAttempts: 2, firstDelayMs: 1000, maxDelayMs: 1000 },
      timeLimit: "10s",
    }).output,
  }),
});

export const turnDefinitions = { takeTurn, takeTurns };
