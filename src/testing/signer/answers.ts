/** What a signer answers: it is what was asked for, and anybody can recover the sender from it. */
import assert from "node:assert/strict";
import { authorityOf, messageHash, readRawTransaction } from "../../keystore/signing/envelope.ts";
import { recoverAddress } from "../../capabilities/signature.ts";
import { unpackSignature } from "../../keystore/signing/signature.ts";
import { readTypedData, typedDataHash } from "../../keystore/signing/typed-data.ts";
import { type OpenSigner, refused, signerTest, transactionIntent, transactionsOf } from "./subject.ts";

const delegate = "0x52908400098527886E0F7030069857D2E4169EE7";
const stranger = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";

const document = JSON.stringify({
  types: {
    EIP712Domain: [
      { name: "name", type: "string" },
      { name: "chainId", type: "uint256" },
    ],
    Note: [
      { name: "text", type: "string" },
      { name: "amounts", type: "uint256[]" },
    ],
  },
  domain: { name: "conformance", chainId: 1337 },
  primaryType: "Note",
  message: { text: "hello", amounts: ["1", "115792089237316195423570985008687907853269984665640564039457584007913129639935"] },
});

export function testAnswers(open: OpenSigner): void {
  signerTest("signs transactions of every type, as they are, for their sender", open, async ({ sender, ask }) => {
    for (const transaction of transactionsOf(0)) {
      const signed = await ask(transactionIntent(sender, transaction, transaction.type));
      if (signed === undefined) continue;
      const read = readRawTransaction(signed.raw);
      assert.deepEqual([read.sender, read.hash, read.chainId], [sender, signed.hash, transaction.chainId], transaction.type);
      assert.deepEqual(signed.transaction, transaction);
      assert.equal(signed.recorded, false);
    }
  });

  signerTest("signs messages and typed data, low s, with v of 27 or 28", open, async ({ sender, ask }) => {
    const message = "0x68656c6c6f";
    const asked = [
      [await ask({ kind: "message", sender, message }), messageHash(message)],
      [await ask({ kind: "typedData", sender, document }), typedDataHash(readTypedData(document))],
    ] as const;
    for (const [signed, digest] of asked) {
      if (signed === undefined) continue;
      assert.equal(signed.digest, digest);
      assert.match(signed.signature, /^0x[0-9a-f]{128}1[bc]$/);
      assert.equal(recoverAddress(digest, unpackSignature(signed.signature)), sender);
    }
  });

  signerTest("signs authorizations", open, async ({ sender, ask }) => {
    const signed = await ask({ kind: "authorization", intentId: `sha256:${"1".repeat(64)}`, sender, chainId: 1337, delegate, nonce: 7 });
    if (signed === undefined) return;
    const { chainId, address, nonce } = signed.authorization;
    assert.deepEqual([chainId, address, nonce], [1337, delegate, 7]);
    assert.equal(authorityOf(signed.authorization), sender);
  });

  signerTest("refuses a sender whose key it does not hold", open, async ({ signer }) => {
    const [transaction] = transactionsOf(0);
    assert.ok(transaction !== undefined);
    await refused(signer.sign(transactionIntent(stranger, transaction, "stranger")), "SIGNER_ACCOUNT_UNKNOWN");
  });

  signerTest("refuses what contradicts itself", open, async ({ signer, sender }) => {
    const [, , dynamic] = transactionsOf(0);
    assert.ok(dynamic?.type === "eip1559");
    const tip = transactionIntent(sender, { ...dynamic, maxPriorityFeePerGas: dynamic.maxFeePerGas + 1n }, "tip");
    await refused(signer.sign(tip), "INTENT_INVALID");
    await refused(signer.sign({ ...transactionIntent(sender, dynamic, "cancel"), role: "cancel" }), "INTENT_INVALID");
  });
}
