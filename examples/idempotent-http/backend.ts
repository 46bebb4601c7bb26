/**
 * Payments over HTTP: `POST /payments` with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), `GET /payments/KEY` to look one up.
 * Sending the same key and body again is harmless: that is what the bank promises, and all that this relies on.
 */
import { type EffectContext, StepFailure, implementEffect } from "mfm";
import * as z from "zod";
import { type Said, bodyOf, payment } from "./kind.ts";

/** Where a bank is reached is this process's own business: it may hold credentials, so it is never recorded. */
export type AddressOf = (bank: string) => string | undefined;

const answer = z.object({
  bank: z.string(),
  id: z.string().optional(),
  to: z.string().optional(),
  amount: z.string().regex(/^\d+$/).optional(),
  state: z.enum(["pending", "booked", "refused"]).optional(),
  reason: z.string().optional(),
});

export function payOverHttp(addressOf: AddressOf) {
  const at = (bank: string, path: string): URL => {
    const address = addressOf(bank);
    if (address === undefined) throw new StepFailure("BANK_NOT_CONFIGURED", "safe", `no address for the bank ${bank}`);
    return new URL(path, address);
  };

  return implementEffect(payment, {
    async prepare({ id, intent }, context) {
      await assertBank(at(intent.bank, "/"), intent.bank, context);
      return { key: id, body: bodyOf(intent) };
    },

    async dispatch({ intent, envelope }, context) {
      await assertBank(at(intent.bank, "/"), intent.bank, context);
      const headers = { "content-type": "application/json", "idempotency-key": envelope.key };
      const init = { method: "POST", headers, body: envelope.body, signal: context.signal };
      return readAnswer(await fetch(at(intent.bank, "/payments"), init), intent.bank, context);
    },

    async observe({ intent, envelope }, context) {
      const url = at(intent.bank, `/payments/${encodeURIComponent(envelope.key)}`);
      return readAnswer(await fetch(url, { signal: context.signal }), intent.bank, context);
    },
  });
}

/** Before anything is sent: an address that now leads to another bank would be asked to pay again. */
async function assertBank(url: URL, bank: string, { signal }: EffectContext): Promise<void> {
  const { bank: name } = answer.parse(await (await fetch(url, { signal })).json());
  if (name !== bank) throw new StepFailure("ANOTHER_BANK", "safe", `the address of ${bank} leads to ${name}`);
}

/** An answer that names another bank, or is none, says nothing about this payment: it throws. */
async function readAnswer(response: Response, bank: string, context: EffectContext): Promise<Said> {
  if (response.status >= 500 || response.status === 429) return { kind: "trouble", status: response.status };
  const found = answer.parse(await response.json());
  if (found.bank !== bank) throw new StepFailure("ANOTHER_BANK", "safe", `the address of ${bank} leads to ${found.bank}`);
  context.attribute(bank);
  if (response.status === 404) return { kind: "absent" };
  if (response.status === 409) return { kind: "conflict" };
  if (found.state === "refused") return { kind: "refused", reason: found.reason ?? "no reason given" };
  const { id, to, amount, state } = found;
  if (id === undefined || to === undefined || amount === undefined || state === undefined)
    throw new StepFailure("BANK_ANSWER_UNKNOWN", "safe", `the bank answered ${response.status} with something else`);
  return { kind: "payment", id, to, amount: BigInt(amount), isBooked: state === "booked" };
}

/** The bank of `server.ts`, or another one that the environment names. */
export const payments = payOverHttp((bank) => process.env[`BANK_${bank.toUpperCase()}_URL`]);
