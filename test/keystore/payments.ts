/** Payments to oneself, each the decision of somebody with a name. */
import { digestOf } from "../../src/kernel/canonical.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import type { Signer } from "../../src/keystore/signer-port.ts";

export interface Payment {
  readonly name: string;
  readonly nonce: number;
}

/** The hash of what was signed, or the code of the refusal. */
export async function answerOf(signer: Signer, sender: `0x${string}`, { name, nonce }: Payment): Promise<string> {
  const fees = { gas: 21_000n, maxFeePerGas: 10n, maxPriorityFeePerGas: 1n };
  const transaction = { type: "eip1559", chainId: 1, nonce, to: sender, value: BigInt(name.length), data: "0x", ...fees } as const;
  try {
    return (await signer.sign({ kind: "transaction", intentId: digestOf(`${name} ${nonce}`), sender, role: "first", transaction })).hash;
  } catch (error) {
    return error instanceof MfmError ? error.code : String(error);
  }
}
