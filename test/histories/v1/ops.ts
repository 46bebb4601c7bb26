/**
 * The ops that the histories of format 1 were recorded with. Kept as they are for as long as those histories are replayed: whoever changes
 * what one of these states answers, or how it is declared, makes every later version refuse them.
 */
import * as z from "zod";
import {
  StepFailure,
  address,
  bigint,
  bytes,
  decimal,
  defineCapability,
  defineOp,
  defineState,
  digest,
  hash,
  implement,
  instant,
  networkId,
  uint256,
} from "../../../src/index.ts";

export const quotes = defineCapability({
  id: "history.v1/quotes@1",
  kind: "read",
  methods: {
    price: { request: z.strictObject({ pair: z.string().max(20) }), response: z.strictObject({ price: decimal, at: instant }) },
    isOpen: { response: z.boolean() },
  },
});

const quoted = z.strictObject({ pair: z.string().max(20), low: decimal, high: decimal });

/** Asks one question twice and another once, at the same time. */
export const quote = defineState({
  id: "history.v1/quote@1",
  effect: "read",
  needs: { market: quotes },
  config: z.strictObject({ pair: z.string().max(20) }),
  output: quoted,
  async run({ config: { pair }, market }) {
    const [one, , other] = await Promise.all([market.price({ pair }), market.isOpen(), market.price({ pair })]);
    return { pair, low: one.price, high: other.price };
  },
});

/** Fails until the market is open. */
export const awaitOpen = defineState({
  id: "history.v1/await-open@1",
  effect: "read",
  needs: { market: quotes },
  output: z.strictObject({ open: z.literal(true) }),
  async run({ market }) {
    if (!(await market.isOpen())) throw new StepFailure("MARKET_CLOSED", "safe");
    return { open: true as const };
  },
});

/** One member of every kind that a value can have. */
export const everything = z.strictObject({
  big: bigint,
  wei: uint256,
  price: decimal,
  owner: address,
  transaction: hash,
  data: bytes,
  at: instant,
  network: networkId,
  source: digest,
  count: z.int().min(-5).max(5),
  isOpen: z.boolean(),
  nothing: z.literal(null),
  side: z.enum(["buy", "sell"]),
  note: z.string().max(100).optional(),
  tags: z.array(z.string().max(20)).max(5),
  byName: z.record(z.string(), uint256),
  outcome: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("filled"), amount: uint256 }),
    z.strictObject({ kind: z.literal("refused"), why: z.string().max(50) }),
  ]),
});

export const pass = defineState({
  id: "history.v1/pass@1",
  effect: "pure",
  config: everything,
  output: everything,
  run: ({ config }) => config,
});

export const total = defineState({
  id: "history.v1/total@1",
  effect: "pure",
  input: z.strictObject({ amounts: z.array(uint256).max(10) }),
  output: z.strictObject({ total: uint256 }),
  run: ({ input }) => ({ total: input.amounts.reduce((sum, amount) => sum + amount, 0n) }),
});

export const refuse = defineState({
  id: "history.v1/refuse@1",
  effect: "pure",
  output: z.strictObject({ never: z.literal(true) }),
  run: () => {
    throw new StepFailure("PRICE_TOO_OLD", "never");
  },
});

export const part = defineOp({
  id: "history.v1/part@1",
  config: z.strictObject({ pair: z.string().max(20) }),
  output: z.strictObject({ quoted }),
  plan: (program, config) => ({ quoted: program.step("quote", quote, { config }).output }),
});

export const sums = defineOp({
  id: "history.v1/sums@1",
  config: z.strictObject({ more: uint256 }),
  plan(program, { more }) {
    const first = program.step("first", total, { input: { amounts: [1n, more] } });
    return { sum: program.step("second", total, { input: { amounts: [first.output.at("total"), 2n ** 255n] } }).output };
  },
});

/** Every kind of step: read, retry, pause, wait, signal, child, included op, pure. */
export const errand = defineOp({
  id: "history.v1/errand@1",
  description: "Goes through everything that a run can go through before its end.",
  config: z.strictObject({ pair: z.string().max(20), all: everything }),
  plan(program, { pair, all }) {
    const quoted = program.step("quote", quote, { config: { pair }, timeLimit: "1m" });
    const retried = program.step("retried", awaitOpen, {
      after: [quoted],
      retry: { maxAttempts: 3, firstDelayMs: 2000, jitterPercent: 0 },
    });
    const resumed = program.step("resumed", awaitOpen, { after: [retried], retry: { maxAttempts: 1 } });
    const wait = program.wait("cool-down", "10m", { after: [resumed] });
    const approval = program.signal("approval", z.strictObject({ approved: z.literal(true), limit: uint256 }), { after: [wait] });
    const child = program.child("child", part, { pair: quoted.output.at("pair") }, { after: [approval] });
    const { sum } = program.include("sums", sums, { more: 41n });
    const grand = program.step("grand-total", total, {
      input: { amounts: [approval.output.at("limit"), sum.at("total"), 1n] },
      after: [child],
    });
    return { all: program.step("all", pass, { config: all }).output, quoted: child.output.at("quoted"), total: grand.output.at("total") };
  },
});

export const refused = defineOp({
  id: "history.v1/refused@1",
  output: z.strictObject({ never: z.strictObject({ never: z.literal(true) }) }),
  plan: (program) => ({ never: program.step("refuse", refuse).output }),
});

/** Fails because its child does. */
export const refusedParent = defineOp({
  id: "history.v1/refused-parent@1",
  plan: (program) => ({ never: program.child("child", refused, {}).output }),
});

export const ask = defineOp({
  id: "history.v1/ask@1",
  output: z.strictObject({ answer: z.enum(["yes", "no"]) }),
  plan: (program) => ({ answer: program.signal("answer", z.enum(["yes", "no"])).output }),
});

/** Waits for a child, which is cancelled with it. */
export const askParent = defineOp({
  id: "history.v1/ask-parent@1",
  plan: (program) => ({ answer: program.child("child", ask, {}).output.at("answer") }),
});

/** Open at every second look; the price moves. */
export function movingMarket() {
  let looks = 0;
  let asked = 0;
  return implement(quotes, {
    price(_request, context) {
      context.attribute("exchange-a");
      asked++;
      return { price: `${1800 + asked}.5`, at: "2026-01-01T00:00:00.000Z" };
    },
    isOpen: () => ++looks % 2 === 1,
  });
}
