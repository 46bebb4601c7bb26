/** Definitions with a write step that the kernel's tests share, and the events of its effect by hand. */
import * as z from "zod";
import { uint256 } from "../../src/kernel/codecs.ts";
import { deriveEffectId } from "../../src/kernel/effects/evidence.ts";
import { defineEffect } from "../../src/kernel/effects/kind.ts";
import type { Abandonment, EventData, EventDraft } from "../../src/kernel/events.ts";
import { Fold } from "../../src/kernel/fold.ts";
import { defineOp, planOp } from "../../src/kernel/op.ts";
import { Registry } from "../../src/kernel/registry.ts";
import type { Spec } from "../../src/kernel/spec.ts";
import { defineState } from "../../src/kernel/state.ts";
import { sealAll } from "./drafts.ts";
import { addUp, chain } from "./samples.ts";
import { admitted, refOf, simulatedRunId } from "./simulate.ts";

/** The lane that events by hand are in. */
export const lane = "an account";

const account = z.string().min(1).max(40);
const status = z.enum(["success", "reverted", "cancelled"]);

/** A bank that says in words what became of a transfer. */
export const transfer = defineEffect({
  id: "test.kernel/transfer@1",
  intent: z.strictObject({ to: account, amount: uint256 }),
  envelope: z.strictObject({ key: z.string().min(1).max(250), to: account, amount: uint256 }),
  evidence: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("nothing") }),
    z.strictObject({ kind: z.literal("pending") }),
    z.strictObject({ kind: z.literal("frozen"), why: z.string().max(64) }),
    z.strictObject({ kind: z.literal("booked"), status, block: z.int(), isFinal: z.boolean() }),
    z.strictObject({ kind: z.literal("taken") }),
    z.strictObject({ kind: z.literal("nonsense") }),
    z.strictObject({ kind: z.literal("busy") }),
  ]),
  settlement: z.strictObject({ block: z.int() }),
  covers: ({ id, intent, envelope }) => envelope.key.startsWith(id) && envelope.to === intent.to && envelope.amount === intent.amount,
  identify: ({ key }) => key,
  states: ({ to, amount }) => [
    { name: "to", type: "string", value: to },
    { name: "amount", type: "uint256", value: String(amount) },
  ],
  weigh({ evidence }) {
    switch (evidence.kind) {
      case "nothing":
        return { kind: "notFound" };
      case "pending":
        return { kind: "accepted" };
      case "frozen":
        return { kind: "stuck", why: evidence.why };
      case "taken":
        return { kind: "superseded" };
      case "nonsense":
        return { kind: "contradiction" };
      case "busy":
        return { kind: "unknown" };
      case "booked":
        if (!evidence.isFinal) return { kind: "included", status: evidence.status };
        return evidence.status === "success"
          ? { kind: "final", status: "success", settlement: { block: evidence.block } }
          : { kind: "final", status: evidence.status };
    }
  },
});

const payment = z.strictObject({ to: account, amount: uint256 });

/** Reads once before it says what is to be done. Paying `nobody` fails before there is an intent, paying `hermit` after it was carried out. */
export const sendMoney = defineState({
  id: "test.kernel/send-money@1",
  effect: "write",
  needs: { bank: transfer, chain },
  config: payment,
  output: z.strictObject({ total: uint256 }),
  async intend({ config, chain: asked }) {
    await asked.blockNumber();
    if (config.to === "nobody") throw new Error("nobody takes money");
    return { to: config.to, amount: config.amount };
  },
  conclude({ intent, settlement }) {
    if (intent.to === "hermit") throw new Error("nobody is told");
    return { total: intent.amount + BigInt(settlement.block) };
  },
});

/** Pays each, all at the same time, and adds up what came of it. */
export const payAll = defineOp({
  id: "test.kernel/pay-all@1",
  config: z.strictObject({ payments: z.array(payment).min(1).max(50) }),
  output: z.strictObject({ sum: z.strictObject({ total: uint256 }) }),
  plan(program, { payments }) {
    const paid = payments.map((config, index) =>
      program.step(`pay/${index}`, sendMoney, { config, retry: { maxAttempts: 2, firstDelayMs: 1000 }, timeLimit: "10s" }),
    );
    return { sum: program.step("sum", addUp, { input: { terms: paid.map((step) => step.output.at("total")) } }).output };
  },
});

export const writeDefinitions = { sendMoney, payAll, addUp };
export const writeRegistry = new Registry(writeDefinitions);

/** Steps: pay/0, pay/1, sum (after both). */
export const paySpec: Spec = planOp(payAll, {
  payments: [
    { to: "ada", amount: 1n },
    { to: "alan", amount: 2n },
  ],
}).spec;

export function payFoldOf(...drafts: readonly EventDraft[]): Fold {
  const fold = new Fold(simulatedRunId, paySpec);
  for (const sealed of sealAll([admitted, ...drafts])) fold.apply(sealed);
  return fold;
}

const evidence = refOf("evidence", "e");
type Seen = EventData<"EffectObserved">["seen"];
type Outcome = EventData<"EffectSettled">["outcome"];

export function intended(step: string, attempt = 1): EventDraft & { readonly type: "EffectIntended" } {
  const effect = deriveEffectId(simulatedRunId, step);
  return { type: "EffectIntended", data: { step, attempt, effect, intent: refOf("intent", step), facts: [] } };
}

/** A slot of a lane, as the first of it. */
export function laneAcquired(
  step: string,
  slot: number,
  { open = [], next }: { readonly open?: number[]; readonly next?: number } = {},
): EventDraft & { readonly type: "LaneAcquired" } {
  const known = next === undefined ? {} : { next };
  return { type: "LaneAcquired", data: { step, lane, seq: 1, slot, open, ...known, standing: refOf("standing", "nothing new") } };
}

export function prepared(step: string, candidate = 0): EventDraft & { readonly type: "EffectPrepared" } {
  return {
    type: "EffectPrepared",
    data: {
      step,
      candidate,
      identity: `${step} ${candidate}`,
      envelope: refOf("envelope", `${step} ${candidate}`),
      ...(candidate === 0 ? {} : { role: "replacement" as const }),
    },
  };
}

export function dispatched(step: string, candidate = 0): EventDraft & { readonly type: "EffectDispatched" } {
  return { type: "EffectDispatched", data: { step, candidate } };
}

export function observed(step: string, kind: Seen["kind"], candidate = 0): EventDraft & { readonly type: "EffectObserved" } {
  const seen: Seen =
    kind === "unknown"
      ? { kind }
      : kind === "stuck"
        ? { kind, why: "FROZEN", evidence }
        : kind === "included"
          ? { kind, status: "success", evidence }
          : { kind, evidence };
  return { type: "EffectObserved", data: { step, candidate, seen } };
}

export function included(step: string, status: "success" | "reverted" | "cancelled"): EventDraft & { readonly type: "EffectObserved" } {
  return { type: "EffectObserved", data: { step, candidate: 0, seen: { kind: "included", status, evidence } } };
}

export function settled(step: string, kind: Outcome["kind"], candidate = 0): EventDraft & { readonly type: "EffectSettled" } {
  const outcome: Outcome = kind === "success" ? { kind, settlement: refOf("settlement", "s") } : { kind };
  return { type: "EffectSettled", data: { step, candidate, outcome, evidence } };
}

export function ambiguous(step: string): EventDraft & { readonly type: "EffectAmbiguous" } {
  return { type: "EffectAmbiguous", data: { step, candidate: 0, evidence } };
}

export function abandoned(step: string, why: Abandonment): EventDraft & { readonly type: "EffectAbandoned" } {
  return { type: "EffectAbandoned", data: { step, why } };
}

export const cancelRequested: EventDraft = { type: "CancelRequested", data: { actor: "ann", reason: "the node is back" } };

/** From nothing to the boundary. */
export const toBoundary = (step: string): EventDraft[] => [intended(step), prepared(step), dispatched(step)];
/** From nothing to a success, before the step is concluded. */
export const toSuccess = (step: string): EventDraft[] => [...toBoundary(step), included(step, "success"), settled(step, "success")];

export function stepFailed(step: string, code: string, attempt = 1): EventDraft {
  return { type: "StepFailed", data: { step, attempt, code, advice: "never", retry: { kind: "no" } } };
}
