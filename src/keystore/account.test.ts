import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type LocalAccount, privateKeyToAccount } from "viem/accounts";
import { parseTransaction } from "viem/utils";
import { codeOf } from "../../test/keystore/code-of.ts";
import { type LabSigner, SignerLab, senderOf } from "../../test/keystore/signer-lab.ts";
import { toViemAccount } from "./account.ts";

/** viem's own account of the lab's key: what it signs is what ours must. */
const own = privateKeyToAccount(`0x${"01".repeat(32)}`);
const recipient = "0x52908400098527886E0F7030069857D2E4169EE7";

describe("viem account", () => {
  let open: LabSigner & { readonly lab: SignerLab };
  let account: LocalAccount<"mfm">;
  before(async () => {
    open = await SignerLab.open();
    account = await toViemAccount(open.signer, (await senderOf(open.signer)).toLowerCase() as `0x${string}`);
  });
  after(() => open.close());

  it("has the signer's address, in EIP-55, and says whose it is", async () => {
    assert.deepEqual([account.address, account.type, account.source], [own.address, "local", "mfm"]);
    assert.equal(await codeOf(toViemAccount(open.signer, recipient)), "SIGNER_ACCOUNT_UNKNOWN");
  });

  it("signs what viem's own account signs, byte for byte", async () => {
    const base = { chainId: 1, gas: 21_000n, to: recipient, value: 1n } as const;
    const fees = { maxFeePerGas: 3n, maxPriorityFeePerGas: 1n };
    const blobs = { maxFeePerBlobGas: 3n, blobVersionedHashes: [`0x01${"2".repeat(62)}`] } as const;
    assert.ok(account.signAuthorization !== undefined);
    const authorization = await account.signAuthorization({ chainId: 1, nonce: 100, contractAddress: recipient });
    assert.deepEqual(authorization, await own.signAuthorization({ chainId: 1, nonce: 100, contractAddress: recipient }));
    const accessList = [{ address: recipient, storageKeys: [`0x${"1".repeat(64)}`] }] as const;
    const transactions = [
      { ...base, type: "legacy", nonce: 0, gasPrice: 3n },
      { ...base, type: "eip2930", nonce: 1, gasPrice: 3n, accessList },
      { ...base, type: "eip1559", nonce: 2, ...fees, data: "0x1234" },
      { ...base, nonce: 3, ...fees },
      { ...base, type: "eip4844", nonce: 4, ...fees, ...blobs },
      { ...base, type: "eip7702", nonce: 5, ...fees, authorizationList: [authorization] },
    ] as const;
    for (const transaction of transactions) {
      const given = transaction as Parameters<typeof own.signTransaction>[0];
      const raw = await account.signTransaction(given);
      assert.equal(raw, await own.signTransaction(given));
      assert.equal(parseTransaction(raw).nonce, transaction.nonce);
    }
    const raw = { message: { raw: Uint8Array.from([1, 2, 3]) } };
    for (const given of [{ message: "hello" }, raw, { message: { raw: "0x1234" } }] as const)
      assert.equal(await account.signMessage(given), await own.signMessage(given));
    const typed = {
      domain: { name: "notes", chainId: 1n },
      types: { Note: [{ name: "amount", type: "uint256" }] },
      primaryType: "Note",
      message: { amount: 2n ** 255n },
    } as const;
    assert.equal(await account.signTypedData(typed), await own.signTypedData(typed));
  });

  it("signs the same transaction again, and no other for its nonce", async () => {
    const transaction = {
      chainId: 7,
      nonce: 0,
      gas: 21_000n,
      to: recipient,
      value: 1n,
      maxFeePerGas: 3n,
      maxPriorityFeePerGas: 1n,
    } as const;
    assert.equal(await account.signTransaction(transaction), await account.signTransaction(transaction));
    assert.equal(await codeOf(account.signTransaction({ ...transaction, value: 2n })), "NONCE_TAKEN");
  });

  it("takes nothing for what is missing, and passes nothing over", async () => {
    const whole = { chainId: 8, nonce: 0, gas: 21_000n, to: recipient, maxFeePerGas: 3n, maxPriorityFeePerGas: 1n } as const;
    for (const name of ["chainId", "nonce", "gas"] as const)
      assert.equal(await codeOf(account.signTransaction({ ...whole, [name]: undefined })), "INTENT_INVALID", name);
    assert.equal(await codeOf(account.signTransaction({ ...whole, sidecars: [] } as never)), "SIGNER_UNSUPPORTED");
    assert.equal(await codeOf(account.signTransaction({ ...whole, type: "eip1559", gasPrice: 3n } as never)), "SIGNER_UNSUPPORTED");
    assert.equal(await codeOf(account.signTransaction(whole as never, { serializer: () => "0x" })), "SIGNER_UNSUPPORTED");
    assert.equal(account.sign, undefined);
  });
});
