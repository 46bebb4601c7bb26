/** Definitions that the kernel's tests share: one capability, a state of each kind, and ops small enough to be looked at byte by byte. */
import * as z from "zod";
import { type Backend, defineCapability, implement } from "../../src/kernel/capability.ts";
import { uint256 } from "../../src/kernel/codecs.ts";
import { defineOp } from "../../src/kernel/op.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { defineState } from "../../src/kernel/state.ts";

const account = z.string().min(1).max(40);

export const chain = defineCapability({
  id: "test.kernel/chain@1",
  kind: "read",
  methods: { getBalance: { request: z.strictObject({ account }), response: uint256 }, blockNumber: { response: uint256 } },
});

export const readBalance = defineState({
  id: "test.kernel/read-balance@1",
  effect: "read",
  needs: { chain },
  config: z.strictObject({ account }),
  output: z.strictObject({ balance: uint256 }),
  async run({ config, chain: asked }) {
    return { balance: await asked.getBalance({ account: config.account }) };
  },
});

/** Asks one question twice and another once, all at the same time. */
export const readTwice = defineState({
  id: "test.kernel/read-twice@1",
  effect: "read",
  needs: { chain },
  config: z.strictObject({ account }),
  output: z.strictObject({ first: uint256, second: uint256, block: uint256 }),
  async run({ config, chain: asked }) {
    const [first, second, block] = await Promise.all([asked.getBalance(config), asked.getBalance(config), asked.blockNumber()]);
    return { first, second, block };
  },
});

export const addUp = defineState({
  id: "test.kernel/add-up@1",
  effect: "pure",
  input: z.strictObject({ terms: z.array(uint256).max(1000) }),
  output: z.strictObject({ total: uint256 }),
  run: ({ input }) => ({ total: input.terms.reduce((sum, term) => sum + term, 0n) }),
});

export const double = defineOp({
  id: "test.kernel/double@1",
  config: z.strictObject({ amount: uint256 }),
  output: z.strictObject({ doubled: z.strictObject({ total: uint256 }) }),
  plan: (program, config) => ({ doubled: program.step("add", addUp, { input: { terms: [config.amount, config.amount] } }).output }),
});

/** Every kind of step, once. */
export const audit = defineOp({
  id: "test.kernel/audit@1",
  config: z.strictObject({ account }),
  plan(program, { account: who }) {
    const balance = program.step("balance", readBalance, { config: { account: who }, retry: { maxAttempts: 2 } });
    const twice = program.step("twice", readTwice, { config: { account: who } });
    const pause = program.wait("pause", "30s", { after: [balance] });
    const bonus = program.signal("bonus", uint256);
    const child = program.child("child", double, { amount: balance.output.at("balance") }, { after: [pause] });
    const terms = [twice.output.at("second"), bonus.output, child.output.at("doubled").at("total"), 1n];
    return { report: program.step("report", addUp, { input: { terms } }).output };
  },
});

export const definitions = [readBalance, readTwice, addUp, double, audit];
export const registry = new Registry(...definitions);

/** A chain in which every answer is another: what was asked when can be told from it. The first call fails. */
export function flakyChain(): Backend {
  let calls = 0;
  const next = (): bigint => {
    calls += 1;
    if (calls === 1) throw new Error("the node is not there");
    return BigInt(calls) * 10n;
  };
  return implement(chain, {
    getBalance(_request, context) {
      context.attribute("primary");
      return next();
    },
    blockNumber: next,
  });
}

/** The registry of the samples with a chain of its own, so that what is recorded with it is always the same. */
export function registryWithChain(): Registry {
  return new Registry(...definitions, flakyChain());
}
