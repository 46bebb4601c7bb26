/** What the keystore signs, read by implementations that share nothing with it: ethers, and cast of foundry. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { Transaction, TypedDataEncoder, hashAuthorization, recoverAddress, verifyMessage, verifyTypedData } from "ethers";
import * as fc from "fast-check";
import type { IntentOf, SignedOf, TransactionFields } from "../../src/capabilities/signer.ts";
import { digestOf } from "../../src/kernel/canonical.ts";
import { readTypedData, typedDataHash } from "../../src/keystore/signing/typed-data.ts";
import { type LabSigner, SignerLab, senderOf } from "./signer-lab.ts";

type Hex = `0x${string}`;

const bytes = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array): Hex => `0x${Buffer.from(array).toString("hex")}`);
const quantity = (bits: bigint) => fc.oneof(fc.constantFrom(0n, 1n, 127n, 128n, 255n, 256n), fc.bigInt({ min: 0n, max: 2n ** bits - 1n }));
/** Lower case: the intent's reader makes EIP-55 of it. */
const address = fc.oneof(bytes(20, 20), fc.constant<Hex>(`0x${"00".repeat(20)}`));
const accessList = fc.array(fc.record({ address, storageKeys: fc.array(bytes(32, 32), { maxLength: 2 }) }), { maxLength: 2 });
const authorization = fc.record({
  chainId: fc.nat(),
  address,
  nonce: fc.nat(),
  r: bytes(32, 32).map((hex): Hex => `0x7f${hex.slice(4)}`),
  s: bytes(32, 32).map((hex): Hex => `0x3f${hex.slice(4)}`),
  yParity: fc.constantFrom(0, 1),
});
const action = {
  chainId: fc.integer({ min: 1, max: 2 ** 31 }),
  gas: quantity(63n),
  to: address,
  value: quantity(256n),
  data: bytes(0, 40),
};
const fees = { maxFeePerGas: fc.bigInt({ min: 2n ** 100n, max: 2n ** 101n }), maxPriorityFeePerGas: quantity(100n) };
const type = <K extends TransactionFields["type"]>(name: K) => fc.constant(name);
const transactions = fc.oneof(
  fc.record({ type: type("legacy"), ...action, gasPrice: quantity(100n) }),
  fc.record({ type: type("eip2930"), ...action, gasPrice: quantity(100n), accessList }),
  fc.record({ type: type("eip1559"), ...action, ...fees, accessList }),
  fc.record({
    type: type("eip4844"),
    ...action,
    ...fees,
    accessList,
    maxFeePerBlobGas: quantity(100n),
    blobVersionedHashes: fc.array(
      bytes(31, 31).map((hex): Hex => `0x01${hex.slice(2)}`),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({
    type: type("eip7702"),
    ...action,
    ...fees,
    accessList,
    authorizationList: fc.array(authorization, { minLength: 1, maxLength: 2 }),
  }),
);

const leaf = fc.oneof(
  fc.record({ type: fc.constant("uint256"), value: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(String) }),
  fc.record({ type: fc.constant("int128"), value: fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }).map(String) }),
  fc.record({ type: fc.constant("string"), value: fc.string({ unit: "binary" }) }),
  fc.record({ type: fc.constant("bytes"), value: fc.uint8Array().map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`) }),
  fc.record({ type: fc.constant("bool[]"), value: fc.array(fc.boolean(), { maxLength: 4 }) }),
  fc.record({
    type: fc.constant("int8[2][]"),
    value: fc.array(fc.tuple(fc.integer({ min: -128, max: 127 }), fc.constant(1)), { maxLength: 3 }),
  }),
);

/** The platform's package is a dependency of cast's. */
function castBinary(): string {
  const platform = `@foundry-rs/cast-${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  return createRequire(createRequire(import.meta.url).resolve("@foundry-rs/cast/package.json")).resolve(`${platform}/bin/cast`);
}

const run = promisify(execFile);

async function cast(...args: readonly string[]): Promise<string> {
  return (await run(castBinary(), [...args], { env: {} })).stdout.trim();
}

describe("what the keystore signs, read by others", () => {
  let open: LabSigner & { readonly lab: SignerLab };
  let sender: Hex;
  let nonce = 0;

  before(async () => {
    open = await SignerLab.open();
    sender = await senderOf(open.signer);
  });
  after(() => open.close());

  const sign = (fields: object): Promise<SignedOf<IntentOf<"transaction">>> => {
    const transaction = { nonce, ...fields } as TransactionFields;
    return open.signer.sign({ kind: "transaction", intentId: digestOf(`intent ${nonce++}`), sender, role: "first", transaction });
  };

  it("ethers reads the sender, the hash and every field of any transaction", async () => {
    await fc.assert(
      fc.asyncProperty(transactions, async (fields) => {
        const signed = await sign(fields);
        const read = Transaction.from(signed.raw);
        assert.deepEqual([read.from, read.hash, read.isSigned()], [sender, signed.hash, true]);
        const { transaction } = signed;
        const to = "to" in transaction ? transaction.to : null;
        const common = {
          chainId: BigInt(transaction.chainId),
          nonce: transaction.nonce,
          gas: transaction.gas,
          to,
          value: transaction.value,
          data: transaction.data,
        };
        assert.deepEqual(
          { chainId: read.chainId, nonce: read.nonce, gas: read.gasLimit, to: read.to, value: read.value, data: read.data },
          common,
        );
        if ("gasPrice" in transaction) assert.equal(read.gasPrice, transaction.gasPrice);
        else assert.deepEqual([read.maxFeePerGas, read.maxPriorityFeePerGas], [transaction.maxFeePerGas, transaction.maxPriorityFeePerGas]);
        if (transaction.type === "eip4844")
          assert.deepEqual(
            [read.maxFeePerBlobGas, read.blobVersionedHashes],
            [transaction.maxFeePerBlobGas, transaction.blobVersionedHashes],
          );
        if (transaction.type === "eip7702")
          assert.deepEqual(
            read.authorizationList?.map((item) => [item.address, item.chainId, item.nonce]),
            transaction.authorizationList.map((item) => [item.address, BigInt(item.chainId), BigInt(item.nonce)]),
          );
      }),
      { numRuns: 60 },
    );
  });

  it("cast reads the sender and the hash of every type", async () => {
    const to = "0x52908400098527886E0F7030069857D2E4169EE7";
    const base = { chainId: 1337, gas: 100_000n, to, value: 1n, data: "0x1234" };
    const priced = { ...base, maxFeePerGas: 20n, maxPriorityFeePerGas: 2n };
    const own = await open.signer.sign({
      kind: "authorization",
      intentId: digestOf("own"),
      sender,
      chainId: 0,
      delegate: to,
      nonce: 1_000_000,
    });
    const all = [
      { type: "legacy", ...base, gasPrice: 20n },
      { type: "eip2930", ...base, gasPrice: 20n, accessList: [{ address: to, storageKeys: [`0x${"11".repeat(32)}`] }] },
      { type: "eip1559", ...priced },
      { type: "eip4844", ...priced, maxFeePerBlobGas: 3n, blobVersionedHashes: [`0x01${"22".repeat(31)}`] },
      { type: "eip7702", ...priced, authorizationList: [own.authorization] },
    ];
    for (const fields of all) {
      const signed = await sign(fields);
      const read = JSON.parse(JSON.parse(await cast("decode-transaction", signed.raw)) as string) as {
        readonly signer: string;

        readonly hash: string;
      };
      assert.deepEqual([read.signer.toLowerCase(), read.hash], [sender.toLowerCase(), signed.hash], fields.type);
    }
    // Contract creation.
    const made = await sign({
      type: "eip1559",
      chainId: 1,
      gas: 100_000n,
      value: 0n,
      data: "0x6000",
      maxFeePerGas: 1n,
      maxPriorityFeePerGas: 1n,
    });
    assert.deepEqual([Transaction.from(made.raw).from, Transaction.from(made.raw).to], [sender, null]);
  });

  it("ethers and cast verify messages and typed data, and ethers authorizations", async () => {
    const text = "I am the treasurer \u{1f9fe}";
    const message = await open.signer.sign({ kind: "message", sender, message: `0x${Buffer.from(text).toString("hex")}` });
    assert.equal(verifyMessage(text, message.signature), sender);
    assert.match(await cast("wallet", "verify", "--address", sender, text, message.signature), /succeeded/);
    const types = {
      Note: [
        { name: "text", type: "string" },
        { name: "amounts", type: "uint256[]" },
      ],
    };
    const domain = { name: "notes", version: "1", chainId: 1, verifyingContract: "0x52908400098527886E0F7030069857D2E4169EE7" };
    const domainType = [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
    ];
    const value = { text, amounts: [1, 2] };
    const document = JSON.stringify({ types: { EIP712Domain: domainType, ...types }, domain, primaryType: "Note", message: value });
    const typed = await open.signer.sign({ kind: "typedData", sender, document });
    assert.equal(verifyTypedData(domain, types, value, typed.signature), sender);
    assert.match(await cast("wallet", "verify", "--address", sender, "--data", document, typed.signature), /succeeded/);
    const delegate = domain.verifyingContract as Hex;
    const { authorization: signed } = await open.signer.sign({
      kind: "authorization",
      intentId: digestOf("delegate"),
      sender,
      chainId: 5,
      delegate,
      nonce: 2_000_000,
    });
    assert.equal(recoverAddress(hashAuthorization(signed), { ...signed, yParity: signed.yParity === 0 ? 0 : 1 }), sender);
  });

  it("hashes what ethers hashes", () => {
    fc.assert(
      fc.property(fc.array(leaf, { minLength: 1, maxLength: 5 }), fc.nat(), (leaves, chainId) => {
        const fields = leaves.map(({ type }, index) => ({ name: `member${index}`, type }));
        const inner = Object.fromEntries(leaves.map(({ value }, index) => [`member${index}`, value]));
        const types = { Inner: fields, Outer: [{ name: "inners", type: "Inner[]" }] };
        const message = { inners: [inner, inner] };
        const domain = { name: "law", chainId };
        const domainType = {
          EIP712Domain: [
            { name: "name", type: "string" },
            { name: "chainId", type: "uint256" },
          ],
        };
        const document = JSON.stringify({ types: { ...domainType, ...types }, primaryType: "Outer", domain, message });
        assert.equal(typedDataHash(readTypedData(document)), TypedDataEncoder.hash(domain, types, message));
      }),
      { numRuns: 60 },
    );
  });
});
