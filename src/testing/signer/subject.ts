/** A test with a fresh signer, its first account, and the intents it is asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { IntentOf, SignedIntent, SigningIntent, TransactionFields } from "../../capabilities/signer.ts";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Signer } from "../../keystore/signer-port.ts";

export interface SignerSubject {
  readonly signer: Signer;
  /** Kinds of intents that it cannot sign; asked for, it must throw SIGNER_UNSUPPORTED. */
  readonly unsupported?: readonly SigningIntent["kind"][];
  readonly close: () => Promise<void>;
}

export type OpenSigner = () => Promise<SignerSubject>;

type Hex = `0x${string}`;

interface Subject {
  readonly signer: Signer;
  readonly sender: Hex;
  /** Signs, or sees that a kind that is unsupported is refused as such; undefined then. */
  readonly ask: <I extends SigningIntent>(intent: I) => Promise<Extract<SignedIntent, { kind: I["kind"] }> | undefined>;
}

export function signerTest(name: string, open: OpenSigner, body: (subject: Subject) => Promise<void>): void {
  test(name, async () => {
    const { signer, unsupported = [], close } = await open();
    try {
      const [account] = await signer.accounts();
      assert.ok(account !== undefined, "a signer under test holds a key");
      const ask: Subject["ask"] = async (intent) => {
        if (!unsupported.includes(intent.kind)) return signer.sign(intent);
        await refused(signer.sign(intent), "SIGNER_UNSUPPORTED");
        return undefined;
      };
      await body({ signer, sender: account.address, ask });
    } finally {
      await close();
    }
  });
}

export async function refused(asked: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof MfmError, String(error));
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    return true;
  });
}

const recipient = "0x52908400098527886E0F7030069857D2E4169EE7";
const key: Hex = `0x${"11".repeat(32)}`;

const dynamic = {
  chainId: 1337,
  gas: 100_000n,
  to: recipient,
  value: 1n,
  data: "0x1234",
  maxFeePerGas: 20n,
  maxPriorityFeePerGas: 2n,
} as const;
const accessList = (): { address: Hex; storageKeys: Hex[] }[] => [{ address: recipient, storageKeys: [key] }];

/** A transaction of each type; the 7702 one without what another signer would have to make. */
export function transactionsOf(nonce: number): readonly TransactionFields[] {
  const { maxFeePerGas: gasPrice, maxPriorityFeePerGas: _tip, ...priced } = dynamic;
  return [
    { type: "legacy", nonce, ...priced, gasPrice },
    { type: "eip2930", nonce: nonce + 1, ...priced, gasPrice, accessList: accessList() },
    { type: "eip1559", nonce: nonce + 2, ...dynamic, accessList: accessList() },
    { type: "eip4844", nonce: nonce + 3, ...dynamic, maxFeePerBlobGas: 3n, blobVersionedHashes: [`0x01${"22".repeat(31)}`] },
  ];
}

/** The first request for an intent that this name stands for. */
export function transactionIntent(sender: Hex, transaction: TransactionFields, name: string): IntentOf<"transaction"> {
  return { kind: "transaction", intentId: digestOf(name), sender, role: "first", transaction };
}

/** One that pays 1 wei. */
export function payment(nonce: number, change: Partial<Extract<TransactionFields, { type: "eip1559" }>> = {}): TransactionFields {
  return { type: "eip1559", nonce, ...dynamic, ...change };
}
