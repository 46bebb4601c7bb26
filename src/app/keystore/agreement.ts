/** Who agrees to sign for an entry without a policy: a person who has seen what it is, or an option. */
import type { SigningIntent } from "../../capabilities/signer.ts";
import type { Agree } from "../../keystore/vault-signer.ts";
import { readTypedData } from "../../keystore/signing/typed-data.ts";
import type { Ask } from "./secrets.ts";

/** `none`: without asking. Undefined where nobody can be asked. */
export function agreementOf(policy: "ask" | "none", ask: Ask | undefined): Agree | undefined {
  if (policy === "none") return async () => true;
  if (ask === undefined) return undefined;
  return (intent, { label }) => ask.confirm(`${label} has no signing policy. Sign this?\n${describeIntent(intent).join("\n")}`);
}

/** Lines of text. What comes from outside is written as JSON, so that it cannot pass for something else. */
function describeIntent(intent: SigningIntent): readonly string[] {
  switch (intent.kind) {
    case "transaction": {
      const { role, transaction } = intent;
      const { chainId, nonce, to, value, gas, data, type } = transaction;
      const price = "gasPrice" in transaction ? transaction.gasPrice : transaction.maxFeePerGas;
      const delegates =
        transaction.type === "eip7702" ? transaction.authorizationList.map(({ address }) => `makes ${address} an account's code`) : [];
      return [
        `${role === "first" ? "transaction" : role} (${type}) on chain ${chainId}, nonce ${nonce}`,
        to === undefined ? "creates a contract" : `to ${to}`,
        `sends ${value} wei; fees up to ${gas * price} wei`,
        data === "0x" ? "without data" : `data: ${(data.length - 2) / 2} bytes, beginning with ${data.slice(0, 10)}`,
        ...delegates,
      ];
    }
    case "message":
      return [`message ${JSON.stringify(Buffer.from(intent.message.slice(2), "hex").toString("utf8").slice(0, 1000))}`];
    case "typedData": {
      const { domain, primaryType, message } = readTypedData(intent.document);
      const show = (value: unknown): string =>
        JSON.stringify(value, (_name, member: unknown) => (typeof member === "bigint" ? member.toString() : member)).slice(0, 2000);
      return [`typed data ${primaryType} for ${show(domain)}`, show(message)];
    }
    case "authorization": {
      const where = intent.chainId === 0 ? "every chain" : `chain ${intent.chainId}`;
      return [`${intent.delegate} becomes the account's code on ${where} (nonce ${intent.nonce})`];
    }
  }
}
