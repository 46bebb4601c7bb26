/** A signer of one key in memory, with the nonce guard that every signer keeps: its file survives crashes, and so does this. */
import type { SignedOf, SigningIntent } from "../../../src/capabilities/signer.ts";
import { MfmError } from "../../../src/kernel/errors.ts";
import { GuardState, type NonceIntent, claimOf } from "../../../src/keystore/guard/claim.ts";
import { assertBegins } from "../../../src/keystore/guard/guard-file.ts";
import type { NonceRange, Signer, SignerAccount } from "../../../src/keystore/signer-port.ts";
import { answerOf, hashOf } from "../../../src/keystore/signing/answer.ts";
import { intentJson, readIntent } from "../../../src/keystore/signing/intent.ts";
import type { SimulatedAccount } from "./account.ts";

export interface SimulatedSigner extends Signer {
  /** Every transaction that it ever signed, by intent. */
  readonly signed: ReadonlyMap<string, readonly NonceIntent[]>;
}

export function simulatedSigner({ address, sign }: SimulatedAccount): SimulatedSigner {
  const guard = new GuardState();
  const signed = new Map<string, NonceIntent[]>();
  const held = new Map<string, NonceIntent>();
  const terms = { day: "2026-01-01", dayLimit: null };
  const claim = (intent: NonceIntent): { readonly intent: NonceIntent; readonly recorded: boolean } => {
    const made = claimOf(intent, intentJson(intent), terms);
    const verdict = guard.apply(made);
    if (verdict.kind === "refused") throw new MfmError(verdict.code, verdict.reason, verdict.details);
    if (verdict.kind === "recorded") return { intent: held.get(verdict.hash) ?? intent, recorded: true };
    held.set(made.hash, intent);
    signed.set(intent.intentId, [...(signed.get(intent.intentId) ?? []), intent]);
    return { intent, recorded: false };
  };
  return {
    signed,
    accounts: async (): Promise<readonly SignerAccount[]> => [{ id: "simulated", address, label: "simulated" }],
    async sign<I extends SigningIntent>(asked: I): Promise<SignedOf<I>> {
      const intent = readIntent(intentJson(asked));
      if (intent.kind !== "transaction" && intent.kind !== "authorization") throw new Error("only nonces are used up here");
      const passed = claim(intent);
      return answerOf(passed.intent, sign(hashOf(passed.intent)), passed.recorded) as SignedOf<I>;
    },
    async check(asked): Promise<void> {
      const intent = readIntent(intentJson(asked));
      if (intent.kind !== "transaction" && intent.kind !== "authorization") return;
      const made = claimOf(intent, intentJson(intent), terms);
      const verdict = guard.judge(made);
      if (verdict.kind === "refused") throw new MfmError(verdict.code, verdict.reason, verdict.details);
      assertBegins(made, guard.candidatesOf(made.intentId), (hash) => held.get(hash) ?? intent);
    },
    signedNonces: async (range: NonceRange) => guard.signed(range),
    close: async () => undefined,
  };
}
