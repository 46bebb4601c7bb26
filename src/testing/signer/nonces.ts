/** What a signer remembers: an intent gets one nonce and a nonce one intent, whoever asks and however often. */
import assert from "node:assert/strict";
import { digestOf } from "../../kernel/canonical.ts";
import { type OpenSigner, payment, refused, signerTest, transactionIntent } from "./subject.ts";

export function testNonces(open: OpenSigner): void {
  signerTest(
    "answers a second request for an intent with what was signed, whatever fees and nonce it asks for",
    open,
    async ({ signer, sender }) => {
      const first = await signer.sign(transactionIntent(sender, payment(0), "payment"));
      const again = await signer.sign(transactionIntent(sender, payment(0), "payment"));
      const other = await signer.sign(transactionIntent(sender, payment(1, { maxFeePerGas: 99n }), "payment"));
      assert.deepEqual([again.raw, again.recorded, other.raw, other.recorded], [first.raw, true, first.raw, true]);
      assert.deepEqual(other.transaction, first.transaction);
    },
  );

  signerTest("refuses another intent for a nonce, and another action for an intent", open, async ({ signer, sender }) => {
    await signer.sign(transactionIntent(sender, payment(0), "payment"));
    await refused(signer.sign(transactionIntent(sender, payment(0), "another payment")), "NONCE_TAKEN");
    await refused(signer.sign(transactionIntent(sender, payment(1, { value: 2n }), "payment")), "INTENT_REUSED");
    const elsewhere = await signer.sign(transactionIntent(sender, payment(0, { chainId: 1 }), "on another chain"));
    assert.equal(elsewhere.recorded, false);
  });

  signerTest("signs a replacement of the same action with every fee higher, and refuses any other", open, async ({ signer, sender }) => {
    const first = transactionIntent(sender, payment(0), "payment");
    await refused(signer.sign({ ...first, role: "replacement" }), "REPLACEMENT_REFUSED");
    await signer.sign(first);
    const bump = (change: Parameters<typeof payment>[1]) =>
      signer.sign({ ...first, role: "replacement", transaction: payment(0, { maxFeePerGas: 40n, maxPriorityFeePerGas: 4n, ...change }) });
    for (const change of [{ maxFeePerGas: 20n }, { maxPriorityFeePerGas: 2n }, { value: 2n }, { nonce: 1 }, { gas: 90_000n }])
      await refused(bump(change), "REPLACEMENT_REFUSED");
    const higher = await bump({});
    assert.equal(higher.recorded, false);
    assert.deepEqual(await bump({}), { ...higher, recorded: true });
    // Asked for as at the beginning, after a crash that forgot the replacement: the newest is the answer, or the very one that is asked for.
    assert.equal((await signer.sign({ ...first, transaction: payment(5) })).raw, higher.raw);
  });

  signerTest("signs a cancel with higher fees, and no replacement after it", open, async ({ signer, sender }) => {
    const first = transactionIntent(sender, payment(0), "payment");
    await signer.sign(first);
    const nothing = { to: sender, value: 0n, data: "0x", gas: 21_000n } as const;
    const cancel = (maxFeePerGas: bigint) =>
      signer.sign({
        ...first,
        role: "cancel",
        transaction: payment(0, { ...nothing, maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas / 2n }),
      });
    await refused(cancel(20n), "REPLACEMENT_REFUSED");
    const cancelled = await cancel(40n);
    assert.equal(cancelled.transaction.to, sender);
    const higher = payment(0, { maxFeePerGas: 80n, maxPriorityFeePerGas: 50n });
    await refused(signer.sign({ ...first, role: "replacement", transaction: higher }), "REPLACEMENT_REFUSED");
    assert.equal((await cancel(80n)).recorded, false);
  });

  signerTest("counts an authorization as an intent of its nonce", open, async ({ sender, signer, ask }) => {
    const delegate = "0x52908400098527886E0F7030069857D2E4169EE7";
    const everywhere = await ask({ kind: "authorization", intentId: `sha256:${"2".repeat(64)}`, sender, chainId: 0, delegate, nonce: 3 });
    if (everywhere === undefined) return;
    await refused(signer.sign(transactionIntent(sender, payment(3), "payment")), "NONCE_TAKEN");
  });

  signerTest("signs one of two intents that come at once for a nonce", open, async ({ signer, sender }) => {
    const asked = ["one", "two", "three"].map((name) => signer.sign(transactionIntent(sender, payment(0), name)));
    const ended = await Promise.allSettled(asked);
    assert.equal(ended.filter(({ status }) => status === "fulfilled").length, 1);
    for (const end of ended) if (end.status === "rejected") await refused(Promise.reject(end.reason as Error), "NONCE_TAKEN");
  });
}

/** What it tells of that without signing anything. */
export function testQuestions(open: OpenSigner): void {
  signerTest("tells which nonces it signed for, from one on, of one account on one chain", open, async ({ signer, sender, ask }) => {
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender, from: 0 }), []);
    const intents = [2, 0, 1].map((nonce) => transactionIntent(sender, payment(nonce), `payment ${nonce}`));
    for (const intent of intents) await signer.sign(intent);
    await signer.sign(transactionIntent(sender, payment(1, { chainId: 1 }), "on another chain"));
    const [second, , first] = intents;
    const signed = [first, second].map((intent) => ({ nonce: intent?.transaction.nonce, intentId: intent?.intentId }));
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender, from: 1 }), signed);
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender, from: 3 }), []);
    const named = [digestOf("payment 1"), digestOf("unheard of")];
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender, from: 2, intents: named }), signed);
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender, from: 3, intents: named }), signed.slice(0, 1));
    assert.deepEqual(await signer.signedNonces({ chainId: 5, sender, from: 0, intents: named }), []);
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender: "0x52908400098527886E0F7030069857D2E4169EE7", from: 0 }), []);
    const delegate = "0x52908400098527886E0F7030069857D2E4169EE7";
    const intentId = `sha256:${"2".repeat(64)}` as const;
    const everywhere = await ask({ kind: "authorization", intentId, sender, chainId: 0, delegate, nonce: 7 });
    if (everywhere === undefined) return;
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender, from: 3 }), [{ nonce: 7, intentId }]);
  });

  signerTest("says what it would refuse, and records nothing of what is only asked", open, async ({ signer, sender }) => {
    const first = transactionIntent(sender, payment(0), "payment");
    await signer.check(first);
    await refused(signer.check({ ...first, role: "replacement" }), "REPLACEMENT_REFUSED");
    await refused(signer.check({ ...first, sender: "0x52908400098527886E0F7030069857D2E4169EE7" }), "SIGNER_ACCOUNT_UNKNOWN");
    assert.deepEqual(await signer.signedNonces({ chainId: 1337, sender, from: 0 }), []);
    await signer.sign(transactionIntent(sender, payment(0), "another payment"));
    await refused(signer.check(first), "NONCE_TAKEN");
  });
}
