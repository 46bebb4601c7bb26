/** The work that is measured: the ten trivial steps of `bench/peers/workload.mjs`, and variations of them. */
import * as z from "zod";
import { defineCapability, implement } from "../src/kernel/capability.ts";
import { defineOp, type Program, type StepRef } from "../src/kernel/op.ts";
import { Registry } from "../src/kernel/registry.ts";
import { defineState } from "../src/kernel/state.ts";

export const stepsPerRun = 10;

const result = z.strictObject({ run: z.int(), step: z.int(), value: z.int() });

/** What the peers' steps return, plus what came before: the run's output is right only if every step's was there. */
const add = defineState({
  id: "bench.steps/add@1",
  effect: "pure",
  config: z.strictObject({ run: z.int(), step: z.int() }),
  input: z.strictObject({ before: z.int() }),
  output: result,
  run: ({ config: { run, step }, input }) => ({ run, step, value: input.before + run + step }),
});

type Result = StepRef<z.output<typeof result>>;

function planChain(program: Program, run: number, steps: number): Result {
  let last = program.step("step-0", add, { config: { run, step: 0 }, input: { before: 0 } });
  for (let step = 1; step < steps; step++) {
    last = program.step(`step-${step}`, add, { config: { run, step }, input: { before: last.output.at("value") } });
  }
  return last;
}

const size = z.int().min(1).max(9_999);
const chainConfig = z.strictObject({ run: z.int(), steps: size });

/** Steps one after another, each wired to the one before. */
export const chain = defineOp({
  id: "bench.steps/chain@1",
  config: chainConfig,
  plan: (program, { run, steps }) => ({ total: planChain(program, run, steps).output.at("value") }),
});

export function chainTotal(run: number, steps: number): number {
  return steps * run + (steps * (steps - 1)) / 2;
}

/** The same, and then it waits for a person. */
export const unfinished = defineOp({
  id: "bench.steps/unfinished@1",
  config: chainConfig,
  plan(program, { run, steps }) {
    const last = planChain(program, run, steps);
    program.signal("go", z.strictObject({}), { after: [last] });
    return { total: last.output.at("value") };
  },
});

export const oracle = defineCapability({
  id: "bench.steps/oracle@1",
  kind: "read",
  methods: { ask: { request: z.strictObject({ question: z.int() }), response: z.strictObject({ answer: z.int() }) } },
});

const ask = defineState({
  id: "bench.steps/ask@1",
  effect: "read",
  needs: { oracle },
  config: z.strictObject({ question: z.int() }),
  output: z.strictObject({ answer: z.int() }),
  run: ({ config, oracle: asked }) => asked.ask({ question: config.question }),
});

/** Independent steps that each read one fact. */
export const survey = defineOp({
  id: "bench.steps/survey@1",
  config: z.strictObject({ questions: size }),
  plan(program, { questions }) {
    const askAbout = (question: number) => program.step(`ask-${question}`, ask, { config: { question } });
    const first = askAbout(0);
    for (let question = 1; question < questions; question++) askAbout(question);
    return { first: first.output.at("answer") };
  },
});

export const benchRegistry = new Registry(
  { add, ask, chain, survey, unfinished },
  implement(oracle, { ask: ({ question }) => ({ answer: question * 2 }) }),
);
