/**
 * The EVM transaction as a kind of effect: one action of one account at one nonce. What of it goes out are candidates, signed, of which the
 * chain can include one at most. @see https://eips.ethereum.org/EIPS/eip-1559
 */
import { defineEffect } from "../../kernel/effects/kind.ts";
import { coversTransaction } from "./transaction-covers.ts";
import { sealedHashOf, signingHashOf, transactionEnvelope, transactionSeal } from "./transaction-envelope.ts";
import { transactionEvidence } from "./transaction-evidence.ts";
import { transactionIntent, transactionSettlement } from "./transaction-intent.ts";
import { accountLane, accountStanding } from "./transaction-lane.ts";
import { stateTransaction, transactionKind } from "./transaction-states.ts";
import { weighTransaction } from "./transaction-weigh.ts";

export const evmTransaction = defineEffect({
  id: transactionKind,
  intent: transactionIntent,
  envelope: transactionEnvelope,
  evidence: transactionEvidence,
  settlement: transactionSettlement,
  seal: transactionSeal,
  standing: accountStanding,
  covers: coversTransaction,
  states: stateTransaction,
  identify: ({ transaction }) => signingHashOf(transaction),
  unseal: ({ intent, envelope, seal }) => sealedHashOf(envelope.transaction, { seal, from: intent.from }),
  weigh: weighTransaction,
  lane: accountLane,
  renews: ({ intent, renewal }) => renewal <= intent.renewals,
});
