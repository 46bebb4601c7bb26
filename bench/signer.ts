/** Signing through the signer process: its socket, the policy, the guard and the audit trail on disk before each signature. */
import { createVault } from "../src/keystore/vault/open-vault.ts";
import { kdfFloor } from "../src/keystore/vault/kdf.ts";
import { digestOf } from "../src/kernel/canonical.ts";
import type { IntentOf } from "../src/capabilities/signer.ts";
import { signHash } from "../src/keystore/signing/signature.ts";
import { SignerClient } from "../src/keystore/process/client.ts";
import { policyJson, readPolicy } from "../src/keystore/signing/policy.ts";
import { addressOf } from "../src/keystore/keys/private-key.ts";
import { startSigner, stopSigner } from "../src/app/keystore/signer-process.ts";
import { signerFolder } from "../src/app/keystore/signers.ts";
import { locateVault } from "../src/app/keystore/location.ts";
import { type Line, lineOf } from "./line.ts";
import { inParallel, time } from "./measure.ts";
import { inScratch } from "./scratch.ts";

const passphrase = "a passphrase to measure with";
const privateKey = (): Uint8Array => new Uint8Array(32).fill(1);
const sender = addressOf(privateKey());
const recipient = "0x52908400098527886E0F7030069857D2E4169EE7";
const atOnce = 16;

const policy = readPolicy({
  format: "mfm-policy/1",
  chains: [
    { chainId: 1, destinations: [{ address: recipient }], maxValue: 1, maxValuePerDay: 1_000_000, maxFeePerGas: 10, maxGas: 21_000 },
  ],
});

function payment(nonce: number): IntentOf<"transaction"> {
  const fees = { gas: 21_000n, maxFeePerGas: 10n, maxPriorityFeePerGas: 1n };
  const transaction = { type: "eip1559", chainId: 1, nonce, to: recipient, value: 1n, data: "0x", ...fees } as const;
  return { kind: "transaction", intentId: digestOf(`payment ${nonce}`), sender, role: "first", transaction };
}

/** What the arithmetic alone costs, in signatures per second. */
async function measureBare(count: number): Promise<number> {
  const key = privateKey();
  const milliseconds = await time(() => {
    for (let index = 0; index < count; index++) signHash(digestOf(String(index)).replace("sha256:", "0x") as `0x${string}`, key, sender);
  });
  return (count * 1000) / milliseconds;
}

export async function measureSigner(isQuick: boolean): Promise<Line[]> {
  const count = isQuick ? 200 : 1000;
  return inScratch(async (folder) => {
    const place = { folder, env: { HOME: folder }, configFile: undefined, storeUrl: undefined };
    const vault = await createVault({ ...(await locateVault(place, undefined)), passphrase: Buffer.from(passphrase), cost: kdfFloor });
    const entry = await vault.addKey({ label: "measured", kind: { type: "private-key" }, privateKey: privateKey() }, "key-imported");
    await vault.setPolicy(entry.id, policyJson(policy));
    vault.close();
    const unlock = { kind: "command", command: `printf '%s' '${passphrase}'` } as const;
    await startSigner(place, { keystore: undefined, unlock }, { idleMinutes: 60, withoutPolicy: "nothing" });
    const client = await SignerClient.connect(signerFolder(place));
    try {
      await inParallel(50, atOnce, async (nonce) => void (await client.sign(payment(nonce))));
      const parallel = await time(() => inParallel(count, atOnce, async (nonce) => void (await client.sign(payment(1000 + nonce)))));
      const sequential = await time(() => inParallel(count / 4, 1, async (nonce) => void (await client.sign(payment(10_000 + nonce)))));
      const bare = await measureBare(count / 4);
      return linesOf({ parallel: (count * 1000) / parallel, sequential: (sequential * 4) / count, bare });
    } finally {
      await client.close();
      await stopSigner(place);
    }
  });
}

function linesOf({
  parallel,
  sequential,
  bare,
}: {
  readonly parallel: number;
  readonly sequential: number;
  readonly bare: number;
}): Line[] {
  return [
    lineOf({
      benchmark: "signer",
      measure: `signing through the signer process, ${atOnce} at once`,
      value: { amount: parallel, unit: "signatures/s" },
      reference: { amount: bare, unit: "signatures/s", what: "signing and recovering alone" },
      bar: { on: "value", limit: 300, sense: "at least" },
      note: "each with policy, guard and audit on disk before it is answered",
    }),
    lineOf({ benchmark: "signer", measure: "the same, one after the other", value: { amount: sequential, unit: "ms" } }),
  ];
}
