/** Ops that succeed, fail, pause, wait, sleep and block, as a module that a user would write. */
export const trialOps = `
import { StepFailure, defineCapability, defineOp, defineState, implement } from "mfm";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

const milliseconds: z.ZodType<number> = z.int().min(0).max(1_000_000);
const nothing = z.strictObject({});

const pause = defineCapability({ id: "acme.trial/pause@1", kind: "read", methods: { nap: { request: z.strictObject({ ms: milliseconds }), response: z.int() } } });
export const napper = implement(pause, {
  async nap({ ms }, { signal }) {
    await sleep(ms, undefined, { signal });
    return ms;
  },
});

export const nap = defineState({
  id: "acme.trial/nap@1",
  effect: "read",
  needs: { pause },
  config: z.strictObject({ ms: milliseconds }),
  output: z.strictObject({ ms: z.int() }),
  run: async ({ config, pause }) => ({ ms: await pause.nap({ ms: config.ms }) }),
});
const secret = "https://user:hunter2@rpc.example/v3/0123456789abcdef0123456789abcdef";
export const fail = defineState({ id: "acme.trial/fail@1", effect: "pure", output: nothing, run: () => { throw new Error("cannot reach " + secret); } });
export const stale = defineState({ id: "acme.trial/stale@1", effect: "pure", output: nothing, run: () => { throw new StepFailure("PRICE_TOO_OLD", "safe"); } });
export const block = defineState({ id: "acme.trial/block@1", effect: "pure", output: nothing, run: () => { for (;;); } });
const flag = z.strictObject({ approved: z.boolean() });
export const use = defineState({
  id: "acme.trial/use@1",
  effect: "pure",
  input: z.strictObject({ answer: flag }),
  output: z.strictObject({ said: z.boolean() }),
  run: ({ input }) => ({ said: input.answer.approved }),
});

export const naps = defineOp({
  id: "acme.trial/naps@1",
  description: "Sleeps some times, one after the other.",
  config: z.strictObject({ count: z.int().min(1).max(100), ms: milliseconds }),
  plan(program, config) {
    console.log("planning naps");
    let last = program.step("nap/0", nap, { config: { ms: config.ms } });
    for (let index = 1; index < config.count; index++) last = program.step(\`nap/\${index}\`, nap, { config: { ms: config.ms }, after: [last] });
    return { last: last.output };
  },
});
export const failing = defineOp({ id: "acme.trial/failing@1", plan: (program) => ({ result: program.step("fail", fail).output }) });
export const pausing = defineOp({ id: "acme.trial/pausing@1", plan: (program) => ({ result: program.step("stale", stale, { retry: { maxAttempts: 2, firstDelayMs: 1 } }).output }) });
export const blocking = defineOp({ id: "acme.trial/blocking@1", plan: (program) => ({ result: program.step("block", block, { timeLimit: "100ms" }).output }) });
export const approval = defineOp({
  id: "acme.trial/approval@1",
  plan(program) {
    const answer = program.signal("approve", flag);
    return { result: program.step("use", use, { input: { answer: answer.output } }).output };
  },
});
export const throwing = defineOp({ id: "acme.trial/throwing@1", plan: () => { throw new Error("no plan"); } });
`;

/** With the module as `mfm.toml` names it. */
export const trialFiles: { readonly [path: string]: string } = {
  "mfm.toml": '[store]\nurl = "sqlite:./trial.db"\n\n[ops]\nmodules = ["./ops/trial.ts"]\n',
  "ops/trial.ts": trialOps,
};
