/** The types of write states and effect kinds: what compiles, and what does not. Checked by the compiler; the test only says that it was. */
import assert from "node:assert/strict";
import { it } from "node:test";
import * as z from "zod";
import { addUp, chain } from "../../test/kernel/samples.ts";
import { transfer } from "../../test/kernel/writes.ts";
import { implementEffect } from "./effects/backend.ts";
import { defineEffect } from "./effects/kind.ts";
import { type RunArguments, defineState } from "./state.ts";

it("write states and effect kinds compile as they must", () => assert.ok(sumTypesCompile.length === 0));

/** Never called: only compiled. */
export function writesThatDoNotCompile(): void {
  const intend = (): { to: string; amount: bigint } => ({ to: "ada", amount: 1n });
  const conclude = (): { total: bigint } => ({ total: 1n });
  const write = { id: "test.types/bad@1", effect: "write", needs: { bank: transfer, chain }, output: addUp.schemas.output } as const;
  defineState({ ...write, intend, conclude });
  // @ts-expect-error -- a write state that runs
  defineState({ ...write, run: () => ({ total: 1n }) });
  // @ts-expect-error -- no conclusion
  defineState({ ...write, intend });
  // @ts-expect-error -- an intent of another type than the kind's
  defineState({ ...write, intend: () => ({ to: "ada" }), conclude });
  // @ts-expect-error -- a conclusion of another type than the output
  defineState({ ...write, intend, conclude: () => ({ total: 1 }) });
  // @ts-expect-error -- a settlement's member is a number, and the output's is a bigint
  defineState({ ...write, intend, conclude: ({ settlement }) => ({ total: settlement.block }) });
  // What writes cannot be called, only intended.
  const given: { readonly [K in keyof RunArguments<z.ZodType, z.ZodType, (typeof write)["needs"]>]: K } = {
    config: "config",
    input: "input",
    signal: "signal",
    chain: "chain",
  };
  void given;
  const answers = { prepare: () => ({ key: "k", to: "ada", amount: 1n }), dispatch: () => ({ kind: "pending" }) as const };
  implementEffect(transfer, { ...answers, observe: () => ({ kind: "pending" }) });
  // @ts-expect-error -- a backend that lacks a call
  implementEffect(transfer, answers);
  // @ts-expect-error -- evidence that the kind does not know
  implementEffect(transfer, { ...answers, observe: () => ({ kind: "lost" }) });
}

const choice = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("a") }),
  z.strictObject({ kind: z.literal("b"), n: z.int() }),
]);
const chosen = defineEffect({
  id: "test.types/chosen@1",
  intent: choice,
  envelope: choice,
  evidence: choice,
  settlement: choice,
  covers: ({ intent, envelope }) => intent.kind === envelope.kind,
  identify: ({ kind }) => kind,
  weigh: ({ evidence }) => (evidence.kind === "a" ? { kind: "final", status: "success", settlement: { kind: "a" } } : { kind: "unknown" }),
});

/** Never called: only compiled. Literals stay literals, so that answers fit sum types. */
export function sumTypesCompile(): void {
  defineState({
    id: "test.types/choose@1",
    effect: "write",
    needs: { chosen, chain },
    output: choice,
    intend: async ({ chain: asked }) => ((await asked.blockNumber()) > 1n ? { kind: "a" } : { kind: "b", n: 1 }),
    conclude: ({ settlement }) => (settlement.kind === "b" ? { kind: "b", n: settlement.n } : { kind: "a" }),
  });
  implementEffect(chosen, {
    prepare: ({ intent }) => (intent.kind === "a" ? { kind: "a" } : { kind: "b", n: intent.n }),
    dispatch: async () => ({ kind: "a" }),
    observe: ({ envelope }) => (envelope.kind === "a" ? { kind: "a" } : { kind: "b", n: 2 }),
  });
}
