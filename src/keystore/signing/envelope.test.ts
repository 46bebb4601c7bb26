import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Wallet } from "ethers";
import type { TransactionFields } from "../../capabilities/signer.ts";
import { MfmError } from "../../kernel/errors.ts";
import { readRawTransaction, readSender, signTransaction, signingHash } from "./envelope.ts";
import { addressOf } from "../keys/private-key.ts";
import { bytesOf, hexOf } from "../vault/bytes.ts";
import { signHash } from "./signature.ts";

/** EIP-155's own example. */
const key = bytesOf(`0x${"46".repeat(32)}`);
const example: TransactionFields = {
  type: "legacy",
  chainId: 1,
  nonce: 9,
  gasPrice: 20_000_000_000n,
  gas: 21_000n,
  to: "0x3535353535353535353535353535353535353535",
  value: 1_000_000_000_000_000_000n,
  data: "0x",
};
const raw =
  "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";

function refusal(given: string): string {
  try {
    readRawTransaction(given);
    return "nothing thrown";
  } catch (error) {
    return error instanceof MfmError ? error.code : String(error);
  }
}

describe("transaction envelope", () => {
  it("signs EIP-155's own example as the EIP does", () => {
    const hash = signingHash(example);
    assert.equal(hash, "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    assert.equal(signTransaction(example, signHash(hash, key, addressOf(key))).raw, raw);
  });

  it("reads sender and hash of a raw transaction", () => {
    const read = readRawTransaction(raw.toUpperCase().replace("0X", "0x"));
    assert.deepEqual([read.sender, read.chainId], [addressOf(key), 1]);
    assert.equal(read.hash, "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788");
  });

  it("reads who signed a transaction of every type, and a legacy one of before EIP-155", async () => {
    const signer = new Wallet(hexOf(key));
    const to = signer.address;
    const fields = { chainId: 1, nonce: 9, gasLimit: 21_000n, to, value: 1n };
    const fees = { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n };
    const authorization = signer.authorizeSync({ chainId: 1, address: to, nonce: 3 });
    const raws = await Promise.all(
      [
        { ...fields, type: 0, gasPrice: 5n },
        { ...fields, type: 0, gasPrice: 5n, chainId: 0 },
        { ...fields, type: 1, gasPrice: 5n, accessList: [{ address: to, storageKeys: [] }] },
        { ...fields, type: 2, ...fees },
        { ...fields, type: 3, ...fees, maxFeePerBlobGas: 2n, blobVersionedHashes: [`0x01${"22".repeat(31)}`] },
        { ...fields, type: 4, ...fees, authorizationList: [authorization] },
      ].map((one) => signer.signTransaction(one)),
    );
    for (const one of raws) {
      const { sender, nonce } = readSender(one as `0x${string}`);
      assert.deepEqual([sender, nonce], [signer.address, 9], one);
    }
  });

  it("refuses a raw transaction that is none, that nobody signed, or that would hold on every chain", () => {
    const preEip155 = raw.replace(/8025a0/, "801ba0");
    for (const given of ["", "0x", "0x02", "0xc0", "transaction", raw.slice(0, -2), `${raw}00`, preEip155]) {
      assert.equal(refusal(given), "SIGNATURE_INVALID", given);
    }
  });
});
