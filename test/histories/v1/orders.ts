/** Ops of recorded histories that write: orders in a shop. What a recorded history was made with is never changed; see `ops.ts`. */
import * as z from "zod";
import { digest } from "../../../src/kernel/codecs.ts";
import { implementEffect } from "../../../src/kernel/effects/backend.ts";
import { defineEffect } from "../../../src/kernel/effects/kind.ts";
import { StepFailure } from "../../../src/kernel/execute.ts";
import { defineOp } from "../../../src/kernel/op.ts";
import { defineState } from "../../../src/kernel/state.ts";
import { quotes } from "./ops.ts";

const item = z.string().min(1).max(20);

export const order = defineEffect({
  id: "history.v1/order@1",
  intent: z.strictObject({ item, paid: z.string().max(40) }),
  envelope: z.strictObject({ key: digest, item, paid: z.string().max(40) }),
  evidence: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("unheard") }),
    z.strictObject({ kind: z.literal("open") }),
    z.strictObject({ kind: z.literal("held"), why: z.string().max(64) }),
    z.strictObject({ kind: z.literal("shipped"), parcel: z.int(), isSigned: z.boolean() }),
    z.strictObject({ kind: z.literal("returned") }),
    z.strictObject({ kind: z.literal("nonsense") }),
  ]),
  settlement: z.strictObject({ parcel: z.int() }),
  covers: ({ id, intent, envelope }) => envelope.key === id && envelope.item === intent.item && envelope.paid === intent.paid,
  identify: ({ key }) => key,
  weigh({ evidence }) {
    switch (evidence.kind) {
      case "unheard":
        return { kind: "notFound" };
      case "open":
        return { kind: "accepted" };
      case "held":
        return { kind: "stuck", why: evidence.why };
      case "shipped":
        return evidence.isSigned
          ? { kind: "final", status: "success", settlement: { parcel: evidence.parcel } }
          : { kind: "included", status: "success" };
      case "returned":
        return { kind: "final", status: "reverted" };
      case "nonsense":
        return { kind: "contradiction" };
    }
  },
});

export const buy = defineState({
  id: "history.v1/buy@1",
  effect: "write",
  needs: { shop: order, market: quotes },
  config: z.strictObject({ item }),
  output: z.strictObject({ item, parcel: z.int() }),
  async intend({ config, market }) {
    return { item: config.item, paid: (await market.price({ pair: config.item })).price };
  },
  conclude: ({ intent, settlement }) => ({ item: intent.item, parcel: settlement.parcel }),
});

export const shop = defineOp({
  id: "history.v1/shop@1",
  config: z.strictObject({ items: z.array(item).min(1).max(3) }),
  plan(program, { items }) {
    const retry = { maxAttempts: 2, firstDelayMs: 1000, jitterPercent: 0 };
    return { bought: items.map((name) => program.step(`buy/${name}`, buy, { config: { item: name }, retry }).output) };
  },
});

type Said = z.output<(typeof order)["schemas"]["evidence"]>;

/** What the shop says of each item, one answer after the other; null: the line is dead. */
const script: { readonly [item: string]: readonly (Said | null)[] } = {
  book: [
    null,
    { kind: "unheard" },
    { kind: "open" },
    { kind: "held", why: "CUSTOMS" },
    { kind: "shipped", parcel: 1, isSigned: false },
    { kind: "unheard" },
    { kind: "shipped", parcel: 2, isSigned: true },
  ],
  lamp: [{ kind: "open" }, { kind: "open" }, { kind: "shipped", parcel: 3, isSigned: true }],
  broken: [{ kind: "returned" }],
  mirage: [{ kind: "nonsense" }],
};

export function scriptedShop() {
  const asked = new Map<string, number>();
  const answer = (name: string): Said => {
    const count = asked.get(name) ?? 0;
    asked.set(name, count + 1);
    const said = script[name]?.[count] ?? null;
    if (said === null) throw new Error("the line is dead");
    return said;
  };
  return implementEffect(order, {
    prepare({ id, intent }) {
      if (intent.item === "unicorn") throw new StepFailure("NOT_IN_STOCK", "safe");
      if (intent.item === "dodo") throw new StepFailure("EXTINCT", "never");
      return { key: id, ...intent };
    },
    dispatch({ envelope }, context) {
      context.attribute("shop-a");
      return answer(envelope.item);
    },
    observe({ envelope }, context) {
      context.attribute("shop-a");
      return answer(envelope.item);
    },
  });
}
