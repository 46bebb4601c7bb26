/** Ops for crash tests: every kind of step, and steps that misbehave. Their outputs depend on their config only. */
import * as z from "zod";
import { payOverHttp } from "../../examples/idempotent-http/backend.ts";
import * as payments from "../../examples/idempotent-http/index.ts";
import { clock } from "../../src/capabilities/clock.ts";
import { defineCapability, implement } from "../../src/kernel/capability.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { defineOp } from "../../src/kernel/op.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { defineState } from "../../src/kernel/state.ts";
import { machineTime } from "../../src/app/machine.ts";
import { machineClock } from "../../src/transports/clock.ts";

/** Answers from its question alone, so that a question asked twice after a crash has one answer. */
export const oracle = defineCapability({
  id: "test.crash/oracle@1",
  kind: "read",
  methods: { ask: { request: z.strictObject({ question: z.int() }), response: z.strictObject({ answer: z.int() }) } },
});

const retry = { firstDelayMs: 2, maxDelayMs: 10 };
const answer = z.strictObject({ answer: z.int() });

export const ask = defineState({
  id: "test.crash/ask@1",
  effect: "read",
  needs: { oracle, time: clock },
  config: z.strictObject({ question: z.int() }),
  output: answer,
  async run({ config, oracle: asked, time }) {
    const [first, second] = await Promise.all([asked.ask({ question: config.question }), asked.ask({ question: config.question + 1 })]);
    await time.now();
    return { answer: first.answer + second.answer };
  },
});

export const add = defineState({
  id: "test.crash/add@1",
  effect: "pure",
  input: z.strictObject({ answers: z.array(answer).max(1000) }),
  output: answer,
  run: ({ input }) => ({ answer: input.answers.reduce((sum, next) => sum + next.answer, 0) }),
});

export const part = defineOp({
  id: "test.crash/part@1",
  config: z.strictObject({ from: z.int(), steps: z.int().min(1).max(100) }),
  output: z.strictObject({ total: answer }),
  plan(program, config) {
    const asked = Array.from({ length: config.steps }, (_, index) =>
      program.step(`ask/${index}`, ask, { config: { question: config.from + index }, retry }),
    );
    return { total: program.step("add", add, { input: { answers: asked.map((step) => step.output) } }).output };
  },
});

/** Reads, pure steps, a timer, a child run, a fan-in. */
export const whole = defineOp({
  id: "test.crash/whole@1",
  config: z.strictObject({ from: z.int() }),
  plan(program, config) {
    const first = program.step("first", ask, { config: { question: config.from }, retry });
    const pause = program.wait("pause", "5ms", { after: [first] });
    const child = program.child("child", part, { from: config.from, steps: 2 }, { after: [pause] });
    const side = program.step("side", ask, { config: { question: 7 }, retry });
    return { total: program.step("total", add, { input: { answers: [first.output, child.output.at("total"), side.output] } }).output };
  },
});

const misbehaviours = ["throws", "loops", "allocates", "answers-garbage"] as const;

export const misbehave = defineState({
  id: "test.crash/misbehave@1",
  effect: "pure",
  config: z.strictObject({ how: z.enum(misbehaviours) }),
  output: answer,
  run({ config }) {
    switch (config.how) {
      case "throws":
        throw new Error("on purpose");
      case "loops":
        for (;;);
      case "allocates": {
        const kept: number[][] = [];
        for (;;) kept.push(Array.from({ length: 1_000_000 }, () => Math.random()));
      }
      case "answers-garbage":
        return { answer: 0.5 };
    }
  },
});

export const misbehaving = defineOp({
  id: "test.crash/misbehaving@1",
  config: z.strictObject({ how: z.enum(misbehaviours) }),
  plan: (program, config) => ({ never: program.step("misbehave", misbehave, { config, timeLimit: "200ms" }).output }),
});

/** Pays once, and says what was paid. */
export const paying = defineOp({
  id: "test.crash/paying@1",
  config: z.strictObject({ to: z.string().max(60) }),
  plan(program, { to }) {
    const config = { bank: "acme", to, amount: 7n };
    // A bank that hangs is not waited for long; a machine that is slow only looks once more.
    const paid = program.step("pay", payments.pay, { config, retry, timeLimit: "400ms" });
    return { receipt: program.step("sum-up", payments.sumUp, { input: { payments: [paid.output] } }).output };
  },
});

/** Pays, fails by itself, and pays back. */
export const payingBack = defineOp({
  id: "test.crash/paying-back@1",
  config: z.strictObject({ to: z.string().max(60) }),
  plan(program, { to }) {
    program.onFailure("compensate", { operators: ["0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"], quorum: 1 });
    const options = { retry, timeLimit: "400ms" } as const;
    const paid = program.step("pay", payments.pay, { config: { bank: "acme", to, amount: 7n }, ...options });
    program.undo(paid, payments.pay, { config: { bank: "acme", to: "ourselves", amount: 7n }, ...options });
    return { never: program.step("misbehave", misbehave, { config: { how: "throws" }, after: [paid] }).output };
  },
});

/**
 * `bank` is the address at which the bank of `paying` is reached. The oracle fails twice, then answers: kept in memory, so a crash starts over,
 * which changes no output.
 */
export function crashRegistry(bank?: string): Registry {
  let asked = 0;
  const backend = implement(oracle, {
    ask({ question }) {
      asked++;
      if (asked % 5 === 3) throw new MfmError("CAPABILITY_FAILED", "on purpose");
      return { answer: question * 2 };
    },
  });
  return new Registry(
    { ask, add, part, whole, misbehave, misbehaving, paying, payingBack, pay: payments.pay, sumUp: payments.sumUp },
    backend,
    payOverHttp(() => bank),
    machineClock(() => machineTime.now()),
  );
}
