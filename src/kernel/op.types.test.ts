/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-call, typescript/no-unsafe-member-access -- what does not compile has no type */
/**
 * What does not compile, and what is inferred. Each `@ts-expect-error` is a test: the build fails where the line below it has no error.
 * Nothing here is about what happens when it runs, except that plans of well-typed ops do.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { addUp, audit, chain, double, readBalance, registry } from "../../test/kernel/samples.ts";
import { type Capability, defineCapability, implement } from "./capability.ts";
import type { CertifiedSpec } from "./certify.ts";
import { address, uint256 } from "./codecs.ts";
import { type Op, type OutputOf, type Program, type StepRef, defineOp, planOp } from "./op.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { defineState } from "./state.ts";
import type { Handle } from "./wiring.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only where the types are the same. */
function same<A, B>(...proof: Same<A, B> extends true ? [] : [never]): void {
  void proof;
}

const note = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("text"), text: z.string() }),
]);

const describeIt = defineState({
  id: "test.types/describe@1",
  effect: "pure",
  config: z.strictObject({ owner: address, note, label: z.string().optional() }),
  input: z.strictObject({ balances: z.array(z.strictObject({ balance: uint256 })), extra: z.record(z.string(), uint256).optional() }),
  output: z.strictObject({ lines: z.array(z.string()), maybe: z.int().optional() }),
  run({ config, input, signal, ...rest }) {
    same<typeof config.owner, `0x${string}`>();
    same<typeof config.label, string | undefined>();
    same<typeof input.balances, { balance: bigint }[]>();
    same<typeof signal, AbortSignal>();
    same<keyof typeof rest, never>();
    return { lines: [config.owner] };
  },
});
const owner = "0x000000000000000000000000000000000000dEaD" as const;
const config = { owner, note: { kind: "none" } } as const;

const typed = defineOp({
  id: "test.types/typed@1",
  config: z.strictObject({ accounts: z.array(z.string()) }),
  plan(program, given) {
    same<typeof given, { accounts: string[] }>();
    same<typeof program, Program>();
    const balances = given.accounts.map((account, index) => program.step(`balance/${index}`, readBalance, { config: { account } }));
    same<(typeof balances)[number], StepRef<{ balance: bigint }>>();
    const lines = program.step("describe", describeIt, { config, input: { balances: balances.map((step) => step.output) } });
    const child = program.child("double", double, { amount: 1n });
    const { report } = program.include("audit", audit, { account: "alice" });
    same<typeof report, Handle<{ total: bigint }>>();
    const pause = program.wait("pause", "10m");
    same<typeof pause, StepRef<null>>();
    const answer = program.signal("answer", z.enum(["yes", "no"]));
    return { lines: lines.output.at("lines"), doubled: child.output.at("doubled").at("total"), answer: answer.output, report };
  },
});

describe("types: what is inferred", () => {
  it("config, inputs, clients, handles and outputs", () => {
    type Config = Parameters<typeof typed.plan>[1];
    same<Config, { accounts: string[] }>();
    type Out = typeof typed extends Op<infer _C, infer O, infer _D> ? OutputOf<O> : never;
    same<Out, { readonly lines: string[]; readonly doubled: bigint; readonly answer: "yes" | "no"; readonly report: { total: bigint } }>();
    same<typeof chain extends Capability<infer M> ? keyof M : never, "getBalance" | "blockNumber">();
    assert.equal(planOp(typed, { accounts: ["a", "b"] }).spec.steps.length, 12);
  });

  it("an output may be a list of handles of one type, declared or not", () => {
    const plan = (program: Program) => ({
      balances: ["a", "b"].map((account) => program.step(account, readBalance, { config: { account } }).output),
    });
    const inferred = defineOp({ id: "test.types/list@1", plan });
    type Out = typeof inferred extends Op<infer _C, infer O, infer _D> ? OutputOf<O>["balances"] : never;
    same<
      Out extends readonly (infer Item)[] ? Item : never,
      ReturnType<typeof plan>["balances"][number] extends Handle<infer T> ? T : never
    >();
    const declared = defineOp({
      id: "test.types/declared-list@1",
      output: z.strictObject({ balances: z.array(readBalance.schemas.output).max(5) }),
      plan,
    });
    for (const op of [inferred, declared]) {
      const { binding, type } = planOp(op, {}).spec.output;
      assert.deepEqual("object" in binding && binding.object["balances"], { array: ["a", "b"].map((from) => ({ from, path: [] })) });
      assert.equal(type.fields["balances"]?.kind, "array");
    }
  });

  it("a declared output may be wider than what the plan returns, and lack what is optional", () => {
    const yes = defineState({
      id: "test.types/yes@1",
      effect: "pure",
      output: z.strictObject({ answer: z.literal("yes") }),
      run: () => ({ answer: "yes" as const }),
    });
    const op = defineOp({
      id: "test.types/declared@1",
      output: z.strictObject({ said: z.strictObject({ answer: z.enum(["yes", "no"]) }), why: z.string().optional() }),
      plan: (program) => ({ said: program.step("yes", yes).output }),
    });
    type Out = typeof op extends Op<infer _C, infer O, infer _D> ? OutputOf<O>["said"] : never;
    same<Out, { answer: "yes" }>();
    const parent = defineOp({
      id: "test.types/parent@1",
      plan(program) {
        const child = program.child("child", op, {});
        same<typeof child, StepRef<{ said: { answer: "yes" | "no" }; why?: string | undefined }>>();
        return { said: child.output.at("said") };
      },
    });
    assert.equal(planOp(parent, {}).spec.steps.length, 1);
    assert.equal(op.id, "test.types/declared@1");
  });
});

/** Never called: only compiled. */
export function doesNotCompile(program: Program, runtime: Runtime): void {
  const balance = program.step("a", readBalance, { config: { account: "alice" } });
  const text = program.signal("b", z.string());
  const empty = defineState({ id: "test.types/empty@1", effect: "pure", output: z.null().or(z.null()) as never, run: () => null as never });
  program.step("c", empty);
  // @ts-expect-error -- an output of another type is wired to an input
  program.step("d", describeIt, { config, input: { balances: text.output } });
  // @ts-expect-error -- a handle of another type inside an array
  program.step("e", describeIt, { config, input: { balances: [balance.output, text.output] } });
  // @ts-expect-error -- a handle of another type inside an object inside an array
  program.step("f", describeIt, { config, input: { balances: [{ balance: text.output }] } });
  // @ts-expect-error -- a handle of another type inside a record
  program.step("g", describeIt, { config, input: { balances: [], extra: { a: text.output } } });
  // @ts-expect-error -- a constant of another type
  program.step("h", addUp, { input: { terms: [1n, 2] } });
  // @ts-expect-error -- no config
  program.step("i", readBalance, {});
  // @ts-expect-error -- neither config nor anything
  program.step("j", readBalance);
  // @ts-expect-error -- no input
  program.step("k", describeIt, { config });
  // @ts-expect-error -- an input that lacks a member
  program.step("l", describeIt, { config, input: {} });
  // @ts-expect-error -- an input with a member too many
  program.step("m", addUp, { input: { terms: [], more: 1 } });
  // @ts-expect-error -- a handle as config: config is fixed when the op is planned
  program.step("n", readBalance, { config: { account: text.output } });
  // @ts-expect-error -- a case of a union without its member
  program.step("o", describeIt, { config: { owner, note: { kind: "text" } }, input: { balances: [] } });
  // @ts-expect-error -- an address without 0x
  program.step("p", describeIt, { config: { owner: "dEaD", note: { kind: "none" } }, input: { balances: [] } });
  // @ts-expect-error -- an option that is none
  program.step("q", readBalance, { config: { account: "alice" }, retries: 3 });
  // @ts-expect-error -- a retry policy with a member that is none
  program.step("r", readBalance, { config: { account: "alice" }, retry: { attempts: 3 } });
  // @ts-expect-error -- a duration in an unknown unit
  program.wait("s", "10 minutes");
  // @ts-expect-error -- after names steps, not keys
  program.wait("t", "10m", { after: ["a"] });
  // @ts-expect-error -- a member that the output does not have
  balance.output.at("amount");
  // @ts-expect-error -- a member of an output that is no object
  text.output.at("length");
  const { output: described } = program.step("at/1", describeIt, { config, input: { balances: [] } });
  // @ts-expect-error -- a member of an array
  described.at("lines").at("length");
  // @ts-expect-error -- a member that may be absent
  described.at("maybe");
  // @ts-expect-error -- a member of a union, which one of its cases may lack
  program.signal("at/4", note).output.at("text");
  // @ts-expect-error -- a member of a record
  program.signal("at/5", z.record(z.string(), uint256)).output.at("alice");
  // @ts-expect-error -- a child without a declared output
  program.child("u", audit, { account: "alice" });
  // @ts-expect-error -- a child's config of the wrong type
  program.child("v", double, { amount: text.output });
  // @ts-expect-error -- a child's config without a member
  program.child("w", double, {});
  // @ts-expect-error -- an included op's config of the wrong type
  program.include("x", audit, { account: 7 });
  // @ts-expect-error -- an included op's config is no place for handles
  program.include("y", audit, { account: text.output });
  // @ts-expect-error -- a state is no op
  program.include("z", readBalance, {});
  // @ts-expect-error -- a program is made by planning only; a spec is certified by certify only
  const forged: CertifiedSpec = { spec: {}, text: "", specRef: "sha256:0" };
  void [runtime, forged];
}

/** Never called: only compiled. */
export function definitionsThatDoNotCompile(): void {
  const base = {
    id: "test.types/bad@1",
    effect: "read",
    needs: { chain },
    config: z.strictObject({ account: z.string() }),
    output: z.strictObject({ balance: uint256 }),
  } as const;
  // @ts-expect-error -- a capability that is not declared in needs
  defineState({ ...base, needs: {}, run: async ({ chain: asked }) => ({ balance: await asked.blockNumber() }) });
  // @ts-expect-error -- a method that the capability does not have
  defineState({ ...base, run: async ({ chain: asked }) => ({ balance: await asked.getCode({ account: "alice" }) }) });
  // @ts-expect-error -- a request of the wrong type
  defineState({ ...base, run: async ({ chain: asked }) => ({ balance: await asked.getBalance({ account: 7 }) }) });
  // @ts-expect-error -- a method with a request, called without one
  defineState({ ...base, run: async ({ chain: asked }) => ({ balance: await asked.getBalance() }) });
  // @ts-expect-error -- a method without a request, called with one
  defineState({ ...base, run: async ({ chain: asked }) => ({ balance: await asked.blockNumber({ account: "alice" }) }) });
  // @ts-expect-error -- an answer that is not awaited
  defineState({ ...base, run: ({ chain: asked }) => ({ balance: asked.blockNumber() }) });
  // @ts-expect-error -- run returns another type
  defineState({ ...base, run: () => ({ balance: 7 }) });
  // @ts-expect-error -- run returns a member too few
  defineState({ ...base, run: () => ({}) });
  // @ts-expect-error -- run reads a member that its config does not have
  defineState({ ...base, run: ({ config: given }) => ({ balance: BigInt(given.amount) }) });
  // @ts-expect-error -- run reads an input that is not declared
  defineState({ ...base, run: ({ input }) => ({ balance: input.balance }) });
  // @ts-expect-error -- an effect class that is none
  defineState({ ...base, effect: "sometimes", run: () => ({ balance: 1n }) });
  // @ts-expect-error -- no output
  defineState({ id: "test.types/bad@1", effect: "pure", run: () => 7 });
  // @ts-expect-error -- a plan that returns values instead of handles
  defineOp({ id: "test.types/bad@1", plan: () => ({ total: 7n }) });
  // @ts-expect-error -- a plan that returns a step instead of its output
  defineOp({ id: "test.types/bad@1", plan: (program) => ({ sum: program.step("a", addUp, { input: { terms: [] } }) }) });
  // @ts-expect-error -- a plan that is not done at once
  defineOp({ id: "test.types/bad@1", plan: async (program) => ({ sum: program.step("a", addUp, { input: { terms: [] } }).output }) });
  const config = z.strictObject({ a: z.int() });
  // @ts-expect-error -- a plan that reads a member that its config does not have
  defineOp({ id: "test.types/bad@1", config, plan: (program, { b }) => ({ out: program.signal("b", z.literal(b)).output }) });
  const output = z.strictObject({ sum: z.strictObject({ total: z.string() }) });
  // @ts-expect-error -- a declared output of another type than what the plan returns
  defineOp({ id: "test.types/bad@1", output, plan: (program) => ({ sum: program.step("a", addUp, { input: { terms: [] } }).output }) });
  // @ts-expect-error -- a declared output that the plan does not return
  defineOp({ id: "test.types/bad@1", output: double.output, plan: () => ({}) });
  // @ts-expect-error -- a kind of capability that is none
  defineCapability({ id: "test.types/bad@1", kind: "ask", methods: { now: { response: z.int() } } });
  // @ts-expect-error -- a backend that lacks a method
  implement(chain, { blockNumber: () => 1n });
  // @ts-expect-error -- a backend that answers with another type
  implement(chain, { blockNumber: () => 1n, getBalance: () => 7 });
  // @ts-expect-error -- a backend that reads a member that the request does not have
  implement(chain, { blockNumber: () => 1n, getBalance: (request) => BigInt(request.owner) });
}

/** Never called: only compiled. */
export async function startingThatDoesNotCompile(runtime: Runtime): Promise<void> {
  const outcome = await runtime.start(typed, { accounts: [] }, { key: "k" });
  // @ts-expect-error -- the output of a run that may not have succeeded
  void outcome.output;
  if (outcome.kind === "succeeded") {
    same<typeof outcome.output.report, { total: bigint }>();
    // @ts-expect-error -- an output that the op does not have
    void outcome.output.total;
  }
  // @ts-expect-error -- the config of another op
  await runtime.start(typed, { account: "alice" }, { key: "k" });
  // @ts-expect-error -- no invocation key
  await runtime.start(typed, { accounts: [] }, {});
  void registry;
}
