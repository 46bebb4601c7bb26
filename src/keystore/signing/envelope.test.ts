import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransactionFields } from "../../capabilities/signer.ts";
import { MfmError } from "../../kernel/errors.ts";
import { readRawTransaction, signTransaction, signingHash } from "./envelope.ts";
import { addressOf } from "../keys/private-key.ts";
import { bytesOf } from "../vault/bytes.ts";
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

  it("refuses a raw transaction that is none, that nobody signed, or that would hold on every chain", () => {
    const preEip155 = raw.replace(/8025a0/, "801ba0");
    for (const given of ["", "0x", "0x02", "0xc0", "transaction", raw.slice(0, -2), `${raw}00`, preEip155]) {
      assert.equal(refusal(given), "SIGNATURE_INVALID", given);
    }
  });
});
