/**
 * The ops of the simulation: a config's seed decides, purely, which program is planned. Outputs depend on the config and on answers that
 * depend on their question only, so a run has one right output, whatever happens on the way.
 */
import * as z from "zod";
import { defineCapability } from "../../src/kernel/capability.ts";
import { StepFailure } from "../../src/kernel/execute.ts";
import { type Op, type Program, type StepRef, defineOp } from "../../src/kernel/op.ts";
import { defineState } from "../../src/kernel/state.ts";
import type { Handle, Wired } from "../../src/kernel/wiring.ts";
import { Chance, hashText } from "./chance.ts";
import { spend, spendings } from "./till.ts";

const number = z
  .int()
  .min(0)
  .max(2 ** 31);
const numbers = z.array(number).max(400);

/** How the outside behaves when asked this: as it does, never answers, refuses for good, or takes the process down that asked. */
export const natures = ["plain", "silent", "refused", "deadly"] as const;
export type Nature = (typeof natures)[number];

export const oracle = defineCapability({
  id: "test.simulation/oracle@1",
  kind: "read",
  methods: {
    ask: { request: z.strictObject({ question: number, nature: z.enum(natures) }), response: z.strictObject({ answer: number }) },
  },
});

export function answerTo(question: number): number {
  return hashText(`answer ${question}`);
}

export const ask = defineState({
  id: "test.simulation/ask@1",
  effect: "read",
  needs: { oracle },
  config: z.strictObject({ question: number, nature: z.enum(natures), times: z.int().min(1).max(3), together: z.boolean() }),
  input: z.strictObject({ values: numbers }),
  output: z.strictObject({ value: number }),
  async run({ config, input, oracle: asked }) {
    const request = { question: config.question, nature: config.nature };
    const answers: number[] = [];
    if (config.together)
      answers.push(...(await Promise.all(Array.from({ length: config.times }, () => asked.ask(request)))).map(({ answer }) => answer));
    else for (let time = 0; time < config.times; time++) answers.push((await asked.ask(request)).answer);
    return { value: mixed([...input.values, ...answers]) };
  },
});

export const mix = defineState({
  id: "test.simulation/mix@1",
  effect: "pure",
  config: z.strictObject({ salt: number }),
  input: z.strictObject({ values: numbers }),
  output: z.strictObject({ value: number }),
  run: ({ config, input }) => ({ value: mixed([config.salt, ...input.values]) }),
});

/** Fails in every way in which a state's own code can. */
export const broken = defineState({
  id: "test.simulation/broken@1",
  effect: "pure",
  config: z.strictObject({ how: z.enum(["throws", "refuses", "hesitates", "babbles"]) }),
  input: z.strictObject({ values: numbers }),
  output: z.strictObject({ value: number }),
  async run({ config }) {
    await Promise.resolve();
    switch (config.how) {
      case "throws":
        throw new Error("on purpose");
      case "refuses":
        throw new StepFailure("REFUSED", "never");
      case "hesitates":
        throw new StepFailure("NOT_NOW", "safe");
      case "babbles":
        return { value: -1 };
    }
  },
});

function mixed(values: readonly number[]): number {
  return hashText(values.join(" "));
}

/**
 * `mixed`: any kind of step. `family`: children beside each other, and steps that do not wait for them. `wide`: more steps or children than
 * may be in flight at once. `crowd`: more steps than one append holds. `slow`: waits, and little else.
 */
const shapes = ["mixed", "family", "wide", "crowd", "slow"] as const;
export type Shape = (typeof shapes)[number];
const config = z.strictObject({ seed: number, shape: z.enum(shapes) });
const output = z.strictObject({ total: number });
export type Config = z.output<typeof config>;
type Outputs = { readonly total: Handle<number> };
type TreeOp = Op<typeof config, Outputs, typeof output>;

export const leaf: TreeOp = treeOp("test.simulation/leaf@1", undefined);
export const branch: TreeOp = treeOp("test.simulation/branch@1", leaf);
export const root: TreeOp = treeOp("test.simulation/root@1", branch);
export const levels = { leaf, branch, root };

/** What a process of the simulation has registered, besides its own backends. */
export const definitions = { ask, mix, broken, spend, leaf, branch, root };

function treeOp(id: string, child: TreeOp | undefined): TreeOp {
  return defineOp<Outputs, typeof config, typeof output>({
    id,
    config,
    output,
    plan(program, given) {
      const chance = new Chance(given.seed);
      const planner = new Planner(program, chance, child);
      planner.plan(given.shape);
      return { total: program.step("total", mix, { config: { salt: 0 }, input: { values: planner.values } }).output.at("value") };
    },
  });
}

/** Plans steps one after the other; each may take values from, and come after, those before it. */
class Planner {
  readonly values: Handle<number>[] = [];
  readonly #steps: StepRef[] = [];
  readonly #program: Program;
  readonly #chance: Chance;
  readonly #child: TreeOp | undefined;

  constructor(program: Program, chance: Chance, child: TreeOp | undefined) {
    this.#program = program;
    this.#chance = chance;
    this.#child = child;
  }

  plan(shape: Shape): void {
    switch (shape) {
      case "mixed":
        return this.#planMixed();
      case "family":
        return this.#planFamily();
      case "wide":
        return this.#planMany(this.#chance.int(17, 20));
      case "crowd":
        return this.#planMany(300);
      case "slow":
        this.#add(
          this.#program.step("mix", mix, { config: { salt: 1 }, input: { values: [] }, after: [this.#program.wait("wait/0", "2500ms")] }),
        );
    }
  }

  #planMixed(): void {
    const count = this.#chance.int(1, 6);
    for (let index = 0; index < count; index++) {
      const kind = this.#chance.pick(["ask", "mix", "wait", "signal", "child", "broken", "spend"] as const, [
        8,
        6,
        3,
        2,
        this.#child === undefined ? 0 : 3,
        0.15,
        6,
      ]);
      this.#plan(kind, `${kind}/${10 + index}`);
    }
  }

  #planFamily(): void {
    const count = this.#chance.int(2, 4);
    for (let index = 0; index < count && this.#child !== undefined; index++)
      this.#plant(`child/${index}`, this.#child, { seed: this.#chance.int(0, 2 ** 31), shape: "mixed" });
    this.values.length = 0;
    this.#steps.length = 0;
    this.#planMixed();
  }

  #planMany(count: number): void {
    const kinds = ["ask", "mix", "child", "spend"] as const;
    const kind = count > 100 ? "mix" : this.#chance.pick(kinds, [2, 1, this.#child === undefined ? 0 : 2, 1]);
    const shape = this.#chance.pick(["mixed", "slow"] as const);
    for (let index = 0; index < count; index++) {
      if (kind !== "child" || this.#child === undefined) this.#plan(kind, `${kind}/${index}`);
      else this.#plant(`child/${index}`, this.#child, { seed: this.#chance.int(1, 40), shape });
    }
  }

  #plan(kind: "ask" | "mix" | "wait" | "signal" | "child" | "broken" | "spend", key: string): void {
    const chance = this.#chance;
    const after = this.#some(this.#steps, 0.15);
    const values = this.#some(this.values, 0.4);
    switch (kind) {
      case "ask":
        return this.#ask(key, after, values);
      case "mix":
        return this.#add(this.#program.step(key, mix, { config: { salt: chance.int(0, 1000) }, input: { values }, after }));
      case "broken": {
        const how = chance.pick(["throws", "refuses", "hesitates", "babbles"] as const);
        return this.#add(this.#program.step(key, broken, { config: { how }, input: { values }, after }));
      }
      case "wait":
        this.#steps.push(this.#program.wait(key, chance.pick([0, 10, chance.int(100, 3000)]), { after }));
        return;
      case "signal":
        return this.#add(this.#program.signal(key, z.strictObject({ value: number }), { after }));
      case "child":
        return this.#plantWired(key, after);
      case "spend":
        return this.#spend(key, after, values);
    }
  }

  #ask(key: string, after: readonly StepRef[], values: readonly Handle<number>[]): void {
    const chance = this.#chance;
    const nature = chance.pick(natures, [60, 1, 0.7, 3]);
    const asked = { question: chance.int(0, 1_000_000), nature, times: chance.int(1, 3), together: chance.is(0.5) };
    const retry = { maxAttempts: chance.int(1, 4), firstDelayMs: chance.int(0, 300), maxDelayMs: 2000 };
    const timeLimit = chance.int(250, 2000);
    this.#add(this.#program.step(key, ask, { config: asked, input: { values }, retry, timeLimit, after }));
  }

  #spend(key: string, after: readonly StepRef[], values: readonly Handle<number>[]): void {
    const chance = this.#chance;
    const config = { amount: chance.int(0, 1_000_000), spending: chance.pick(spendings, [30, 6, 6, 1, 0.5]) };
    const retry = { maxAttempts: chance.int(1, 4), firstDelayMs: chance.int(0, 300), maxDelayMs: 2000 };
    this.#add(this.#program.step(key, spend, { config, input: { values }, retry, timeLimit: chance.int(250, 2000), after }));
  }

  /** A child whose seed is fixed here, or a value of this run. */
  #plantWired(key: string, after: readonly StepRef[]): void {
    const chosen = this.#chance.int(0, 2 ** 31);
    const seed = this.values.length > 0 && this.#chance.is(0.5) ? this.#chance.pick(this.values) : chosen;
    if (this.#child !== undefined) this.#plant(key, this.#child, { seed, shape: "mixed" }, after);
  }

  #plant(key: string, op: TreeOp, config: Wired<Config>, after: readonly StepRef[] = []): void {
    const step = this.#program.child(key, op, config, { after });
    this.#steps.push(step);
    this.values.push(step.output.at("total"));
  }

  #add(step: StepRef<{ value: number }>): void {
    this.#steps.push(step);
    this.values.push(step.output.at("value"));
  }

  #some<T>(items: readonly T[], probability: number): T[] {
    return items.filter(() => this.#chance.is(probability));
  }
}
