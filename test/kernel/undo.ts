/** Definitions with writes that are undone, people who decide, and folds of such runs by hand. */
import * as z from "zod";
import { digestOf } from "../../src/kernel/canonical.ts";
import { uint256 } from "../../src/kernel/codecs.ts";
import { deriveEffectId } from "../../src/kernel/effects/evidence.ts";
import type { EventDraft } from "../../src/kernel/events.ts";
import { StepFailure } from "../../src/kernel/execute.ts";
import { Fold } from "../../src/kernel/fold.ts";
import { type StepRef, defineOp, planOp } from "../../src/kernel/op.ts";
import { nothing, defineState } from "../../src/kernel/state.ts";
import { operators } from "./people.ts";
import { sealAll } from "./drafts.ts";
import { addUp } from "./samples.ts";
import { admitted, simulatedRunId } from "./simulate.ts";
import { payAll, sendMoney, transfer } from "./writes.ts";

/** Takes back what was sent. Of `hermit` it needs nothing done; of `miser` it fails. */
export const takeBack = defineState({
  id: "test.kernel/take-back@1",
  effect: "write",
  needs: { bank: transfer },
  config: z.strictObject({ to: z.string().min(1).max(40) }),
  input: z.strictObject({ total: uint256 }),
  output: z.strictObject({ total: uint256 }),
  intend({ config, input }) {
    if (config.to === "miser") throw new StepFailure("NOTHING_TO_TAKE", "never");
    return config.to === "zoe" ? nothing({ total: 0n }) : { to: `${config.to}-back`, amount: input.total };
  },
  conclude: ({ intent }) => ({ total: intent.amount }),
});

/** Fails for good unless it is told that all is well. */
export const check = defineState({
  id: "test.kernel/check@1",
  effect: "pure",
  config: z.strictObject({ isWell: z.boolean() }),
  input: z.strictObject({ total: uint256 }),
  output: z.strictObject({ total: uint256 }),
  run({ config, input }) {
    if (!config.isWell) throw new StepFailure("NOT_WELL", "never");
    return input;
  },
});

export const payConfig = z.strictObject({
  /** One after the other, in this order, unless they are paid at once. */
  payments: z.array(z.strictObject({ to: z.string().min(1).max(40), amount: uint256 })).min(1),
  /** Those whose payment two people have to agree to. */
  asked: z.array(z.string()).optional(),
  /** Those whose payment nothing undoes. */
  kept: z.array(z.string()).optional(),
  atOnce: z.boolean().optional(),
  policy: z.enum(["compensate", "manual"]),
  isWell: z.boolean(),
});

/** Pays one after the other, and checks in the end; what was paid is taken back where that fails. */
export const payOrUndo = defineOp({
  id: "test.kernel/pay-or-undo@1",
  config: payConfig,
  output: z.strictObject({ checked: z.strictObject({ total: uint256 }) }),
  plan(program, { payments, kept = [], asked = [], atOnce = false, policy, isWell }) {
    program.onFailure(policy, { operators, quorum: 2 });
    const terms = [];
    let before: readonly StepRef[] = [];
    for (const { to, amount } of payments) {
      const options = { retry: { maxAttempts: 2, firstDelayMs: 1000 }, timeLimit: "10s" } as const;
      const paid = program.step(`pay/${to}`, sendMoney, {
        config: { to, amount },
        after: before,
        ...options,
        ...(asked.includes(to) ? { approval: { operators, quorum: 2 } } : {}),
      });
      if (policy === "compensate" && !kept.includes(to))
        program.undo(paid, takeBack, { config: { to }, input: { total: paid.output.at("total") }, ...options });
      terms.push(paid.output.at("total"));
      if (!atOnce) before = [paid];
    }
    const sum = program.step("sum", addUp, { input: { terms } });
    return { checked: program.step("check", check, { config: { isWell }, input: { total: sum.output.at("total") } }).output };
  },
});

export const undoDefinitions = { sendMoney, takeBack, check, addUp, payOrUndo };

export const two = [
  { to: "ada", amount: 1n },
  { to: "alan", amount: 2n },
];

/** Steps: pay/ada, pay/ada/undo, pay/alan, pay/alan/undo, sum, check. */
export const undoSpec = planOp(payOrUndo, { payments: two, policy: "compensate", isWell: true }).spec;

export function undoFoldOf(...drafts: readonly EventDraft[]): Fold {
  const fold = new Fold(simulatedRunId, undoSpec);
  for (const sealed of sealAll([admitted, ...drafts])) fold.apply(sealed);
  return fold;
}

const signature = `0x${"5".repeat(130)}` as const;
const [first = "", second = ""] = operators as `0x${string}`[];

export const approved: EventDraft & { readonly type: "ApprovalRecorded" } = {
  type: "ApprovalRecorded",
  data: {
    step: "pay/ada",
    effect: deriveEffectId(simulatedRunId, "pay/ada"),
    operator: first as `0x${string}`,
    expiry: "2026-02-01T00:00:00.000Z",
    statement: digestOf("statement"),
    signature,
  },
};

type Decided = EventDraft & { readonly type: "ResolutionRecorded" };

/** A decision about these effects, signed by the first two operators. */
export function decide(...open: readonly (readonly [step: string, obligation: "ambiguous" | "confirmed"])[]): Decided {
  const decisions = open.map(([step, obligation]) => {
    return { step, effect: deriveEffectId(simulatedRunId, step), obligation, outcome: "accepted" as const };
  });
  const signatures = [first, second].map((operator) => ({ operator: operator as `0x${string}`, signature }));
  return { type: "ResolutionRecorded", data: { reason: "it is settled by hand", decisions, signatures } };
}

export const decided = decide(["pay/ada", "confirmed"]);

/** Pays, has a child pay somebody else meanwhile, and fails by itself. */
export const payFamily = defineOp({
  id: "test.kernel/pay-family@1",
  plan(program) {
    program.onFailure("compensate", { operators, quorum: 1 });
    const paid = program.step("pay", sendMoney, { config: { to: "ada", amount: 1n } });
    program.undo(paid, takeBack, { config: { to: "ada" }, input: { total: paid.output.at("total") } });
    const child = program.child("child", payAll, { payments: [{ to: "kid", amount: 1n }] });
    program.step("check", check, { config: { isWell: false }, input: { total: paid.output.at("total") } });
    return { sum: child.output.at("sum") };
  },
});

/** Pays, and has a child that fails after it has paid, about which people decide. */
export const payStubborn = defineOp({
  id: "test.kernel/pay-stubborn@1",
  plan(program) {
    program.onFailure("compensate", { operators, quorum: 1 });
    const paid = program.step("pay", sendMoney, { config: { to: "ada", amount: 1n } });
    program.undo(paid, takeBack, { config: { to: "ada" }, input: { total: paid.output.at("total") } });
    const config = { payments: [{ to: "kid", amount: 1n }], policy: "manual" as const, isWell: false };
    const child = program.child("child", payOrUndo, config, { after: [paid] });
    program.step("check", check, { config: { isWell: false }, input: { total: paid.output.at("total") } });
    return { checked: child.output.at("checked") };
  },
});
