/** Ops with writes that people agree to, that are undone, or that people decide about. Kept as `ops.ts` is. */
import * as z from "zod";
import { StepFailure, address, defineEffect, defineOp, defineState, implementEffect } from "../../../src/index.ts";

const item = z.string().min(1).max(40);

export const parcel = defineEffect({
  id: "history.v1/parcel@1",
  intent: z.strictObject({ item, way: z.enum(["out", "back"]) }),
  envelope: z.strictObject({ label: z.string().max(100), item }),
  evidence: z.strictObject({ label: z.string().max(100), is: z.enum(["delivered", "lost and delivered"]) }),
  settlement: z.strictObject({ label: z.string().max(100) }),
  covers: ({ id, intent, envelope }) => envelope.label === `${intent.way} ${id}` && envelope.item === intent.item,
  identify: ({ label }) => label,
  states: ({ item: name, way }) => [
    { name: "item", type: "string", value: name },
    { name: "way", type: "string", value: way },
  ],
  weigh: ({ evidence: { is, label } }) =>
    is === "delivered" ? { kind: "final", status: "success", settlement: { label } } : { kind: "contradiction" },
});

const label = z.strictObject({ label: z.string().max(100) });

export const send = defineState({
  id: "history.v1/send@1",
  effect: "write",
  needs: { parcel },
  config: z.strictObject({ item }),
  output: label,
  intend: ({ config }) => ({ item: config.item, way: "out" as const }),
  conclude: ({ settlement }) => settlement,
});

export const fetchBack = defineState({
  id: "history.v1/fetch-back@1",
  effect: "write",
  needs: { parcel },
  config: z.strictObject({ item }),
  input: label,
  output: label,
  intend: ({ config }) => ({ item: config.item, way: "back" as const }),
  conclude: ({ settlement }) => settlement,
});

export const complain = defineState({
  id: "history.v1/complain@1",
  effect: "pure",
  input: label,
  output: label,
  run() {
    throw new StepFailure("NOT_AS_DESCRIBED", "never");
  },
});

/** Sends a vase, which two people have to agree to, and fetches it back, because nobody wants it. */
export const mailOrder = defineOp({
  id: "history.v1/mail-order@1",
  config: z.strictObject({ operators: z.array(address), item }),
  plan(program, { operators, item: name }) {
    program.onFailure("compensate", { operators, quorum: 2 });
    const sent = program.step("send", send, { config: { item: name }, approval: { operators, quorum: 2 } });
    program.undo(sent, fetchBack, { config: { item: name }, input: sent.output });
    return { label: program.step("complain", complain, { input: sent.output }).output };
  },
});

/** A carrier that is clear about everything but mirrors. */
export function plainCarrier() {
  const answer = ({ label: given, item: name }: { readonly label: string; readonly item: string }) => {
    const isOdd = name === "mirror" && given.startsWith("back");
    return { label: given, is: isOdd ? ("lost and delivered" as const) : ("delivered" as const) };
  };
  return implementEffect(parcel, {
    prepare: ({ id, intent }) => ({ label: `${intent.way} ${id}`, item: intent.item }),
    dispatch: ({ envelope }) => answer(envelope),
    observe: ({ envelope }) => answer(envelope),
  });
}
