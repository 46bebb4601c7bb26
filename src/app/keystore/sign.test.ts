import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { codeOf } from "../../../test/keystore/code-of.ts";
import { SignerHome } from "../../../test/keystore/signer-home.ts";
import type { InputSource } from "../op-input.ts";
import type { Place } from "../place.ts";
import { addAddress, listAddresses, removeAddress } from "./book.ts";
import { setPolicy, showPolicy, testPolicy } from "./policies.ts";
import { type SignTransaction, signMessage, signTransaction, signTypedData } from "./sign.ts";
import type { SignerChoice } from "./signers.ts";
import { verifySignature } from "./verify-signature.ts";

const recipient = "0x52908400098527886E0F7030069857D2E4169EE7";
const alike = "0x5290000000000000000000000000000000009Ee7".toLowerCase();
/** Of the key that is 32 times 0x01. */
const treasury = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";

const policy = {
  format: "mfm-policy/1",
  chains: [{ chainId: 5, maxValue: "100", maxValuePerDay: "150", maxFeePerGas: "50", maxGas: "100000" }],
  messages: "text",
};

describe("signing with the keystore", () => {
  let home: SignerHome;
  let place: Place;
  let source: InputSource;
  let choice: SignerChoice;
  let out = 0;

  before(async () => {
    home = await SignerHome.open([
      { label: "treasury", privateKey: new Uint8Array(32).fill(1) },
      { label: "petty cash", privateKey: new Uint8Array(32).fill(2) },
    ]);
    place = {
      folder: home.folder,
      env: { HOME: home.folder, XDG_DATA_HOME: home.path("data") },
      configFile: undefined,
      storeUrl: undefined,
    };
    source = { folder: home.folder, readStdin: async () => "hello" };
    choice = { keystore: undefined, unlock: { kind: "file", path: home.path("passphrase.txt") }, isNamed: true, agree: async () => true };
  });
  after(() => home.remove());

  /** Flags as somebody types them. */
  const flags = (change: Partial<SignTransaction["transaction"]> = {}): SignTransaction["transaction"] => ({
    type: undefined,
    chainId: "1",
    nonce: "0",
    gasLimit: "21000",
    to: recipient,
    create: false,
    value: "1",
    data: undefined,
    gasPrice: undefined,
    maxFeePerGas: "30",
    maxPriorityFeePerGas: "0x1",
    maxFeePerBlobGas: undefined,
    blobHashes: [],
    accessListFile: undefined,
    authorizationsFile: undefined,
    ...change,
  });
  const request = (change: Partial<SignTransaction["transaction"]>, more: Partial<SignTransaction> = {}): SignTransaction => ({
    account: "treasury",
    transaction: flags(change),
    role: "first",
    intentId: undefined,
    out: `tx-${out++}.raw`,
    existing: "keep",
    ...more,
  });
  const sign = (change: Partial<SignTransaction["transaction"]> = {}, more: Partial<SignTransaction> = {}) =>
    signTransaction(place, choice, request(change, more));

  it("writes a raw transaction of each type to a file of this user's alone, and says only what it is", async () => {
    const json = (name: string, value: object): string => {
      writeFileSync(home.path(name), JSON.stringify(value));
      return name;
    };
    const accessListFile = json("access.json", [{ address: recipient, storageKeys: [`0x${"1".repeat(64)}`] }]);
    const authorizationsFile = json("authorizations.json", [
      { chainId: 1, address: recipient, nonce: 1, r: `0x${"1".repeat(64)}`, s: `0x${"1".repeat(64)}`, yParity: 0 },
    ]);
    const priced = { gasPrice: "30", maxFeePerGas: undefined, maxPriorityFeePerGas: undefined };
    const types: readonly (readonly [string, Partial<SignTransaction["transaction"]>])[] = [
      ["legacy", priced],
      ["eip2930", { ...priced, accessListFile }],
      ["eip1559", { accessListFile }],
      ["eip4844", { maxFeePerBlobGas: "3", blobHashes: [`0x01${"2".repeat(62)}`] }],
      ["eip7702", { authorizationsFile }],
      ["eip1559", { to: undefined, create: true, data: "0x60FF" }],
    ];
    for (const [nonce, [type, change]] of types.entries()) {
      const asked = request({ nonce: String(100 + nonce), ...change });
      const signed = await signTransaction(place, choice, asked);
      assert.deepEqual([signed.type, signed.from, signed.nonce, signed.recorded], [type, treasury, 100 + nonce, false]);
      assert.equal(statSync(home.path(asked.out)).mode & 0o777, 0o600);
      const raw = readFileSync(home.path(asked.out), "utf8");
      assert.match(raw, /^0x[0-9a-f]+\n$/);
      assert.ok(!JSON.stringify(signed).includes(raw.trim().slice(-64)), "no signature beside the file");
      const verified = await verifySignature(place, {
        address: treasury.toLowerCase(),
        transaction: asked.out,
        signature: undefined,
        message: { text: undefined, file: undefined, hex: undefined },
        typedData: undefined,
        source,
      });
      assert.equal(verified.digest, signed.transactionHash);
    }
    assert.ok(!readdirSync(home.folder).some((name) => name.includes(".tmp-")));
  });

  it("takes the same transaction typed again for the same intent, and raises its fees only when asked to", async () => {
    const first = await sign({ nonce: "7" });
    const again = await sign({ nonce: "7", maxFeePerGas: "40" });
    assert.deepEqual([again.recorded, again.transactionHash, again.intentId], [true, first.transactionHash, first.intentId]);
    const higher = await sign({ nonce: "7", maxFeePerGas: "40", maxPriorityFeePerGas: "2" }, { role: "replacement" });
    assert.deepEqual([higher.recorded, higher.intentId], [false, first.intentId]);
    assert.equal(await codeOf(sign({ nonce: "7", value: "2" })), "NONCE_TAKEN");
    assert.equal(await codeOf(sign({ nonce: "7" }, { role: "cancel" })), "USAGE");
    const nothing = { nonce: "7", to: treasury, value: "0", maxFeePerGas: "80", maxPriorityFeePerGas: "4" };
    const cancelled = await sign(nothing, { role: "cancel", intentId: first.intentId });
    assert.deepEqual([cancelled.to, cancelled.recorded], [treasury, false]);
  });

  const refusals: readonly (readonly [string, Partial<SignTransaction["transaction"]>, string])[] = [
    ["a quantity in another notation", { value: "1e18" }, "INTENT_INVALID"],
    ["an upper-case 0X", { value: "0X1" }, "INTENT_INVALID"],
    ["upper-case hex digits", { value: "0xA" }, "INTENT_INVALID"],
    ["a leading zero", { nonce: "07" }, "INTENT_INVALID"],
    ["a separator", { gasLimit: "21_000" }, "INTENT_INVALID"],
    ["a space", { gasLimit: " 21000" }, "INTENT_INVALID"],
    ["a sign", { value: "-1" }, "INTENT_INVALID"],
    ["2^256", { value: `0x1${"0".repeat(64)}` }, "INTENT_INVALID"],
    ["a nonce beyond numbers", { nonce: "9007199254740992" }, "INTENT_INVALID"],
    ["a tip over the fee", { maxPriorityFeePerGas: "31" }, "INTENT_INVALID"],
    ["half a byte of data", { data: "0x123" }, "INTENT_INVALID"],
    ["chain 0", { chainId: "0" }, "VALUE_INVALID"],
    ["a recipient with a wrong checksum", { to: recipient.replace("E4", "e4") }, "VALUE_INVALID"],
    ["no recipient", { to: undefined }, "USAGE"],
    ["a contract without code", { to: undefined, create: true }, "INTENT_INVALID"],
    ["fees of two types", { gasPrice: "1" }, "USAGE"],
    ["a type without its fees", { type: "legacy" }, "USAGE"],
    ["blobs without hashes", { maxFeePerBlobGas: "1" }, "USAGE"],
    ["a blob hash of another version", { maxFeePerBlobGas: "1", blobHashes: [`0x02${"2".repeat(62)}`] }, "INTENT_INVALID"],
    ["a list that is not there", { accessListFile: "nowhere.json" }, "FILE_UNREADABLE"],
  ];
  for (const [name, change, code] of refusals)
    it(`refuses ${name}`, async () => assert.equal(await codeOf(sign({ nonce: "50", ...change })), code));

  it("refuses an account that is not there, and files that are not its own to write", async () => {
    assert.equal(await codeOf(sign({}, { account: "nobody" })), "SIGNER_ACCOUNT_UNKNOWN");
    assert.equal(await codeOf(sign({}, { account: "" })), "SIGNER_ACCOUNT_UNKNOWN");
    writeFileSync(home.path("there"), "mine");
    assert.equal(await codeOf(sign({ nonce: "60" }, { out: "there" })), "FILE_EXISTS");
    assert.equal(readFileSync(home.path("there"), "utf8"), "mine");
    symlinkSync(home.path("there"), home.path("link"));
    mkdirSync(home.path("open"), { mode: 0o777 });
    mkdirSync(home.path("folder"));
    symlinkSync(home.path("folder"), home.path("linked"));
    for (const at of ["link", "folder", "linked/tx", "nowhere/tx"])
      assert.match(await codeOf(sign({ nonce: "60" }, { out: at, existing: "overwrite" })), /^FILE_UN(?:SAFE|WRITABLE)$/, at);
    await sign({ nonce: "60" }, { out: "there", existing: "overwrite" });
    assert.match(readFileSync(home.path("there"), "utf8"), /^0x02/);
    assert.equal(statSync(home.path("there")).mode & 0o777, 0o600);
  });

  it("signs messages and documents, and verifies who did", async () => {
    const message = { text: "hello", file: undefined, hex: undefined };
    const signed = await signMessage(place, choice, { account: treasury, message, source });
    const piped = await signMessage(place, choice, { account: "treasury", message: { ...message, text: undefined, file: "-" }, source });
    assert.equal(piped.signature, signed.signature);
    const verify = { address: treasury, signature: signed.signature, message, typedData: undefined, transaction: undefined, source };
    assert.equal((await verifySignature(place, verify)).digest, signed.digest);
    assert.equal(await codeOf(verifySignature(place, { ...verify, message: { ...message, text: "hallo" } })), "SIGNATURE_INVALID");
    assert.equal(await codeOf(verifySignature(place, { ...verify, address: recipient })), "SIGNATURE_INVALID");
    assert.equal(await codeOf(verifySignature(place, { ...verify, signature: undefined })), "USAGE");
    assert.equal(await codeOf(verifySignature(place, { ...verify, address: "treasury" })), "INTENT_INVALID");
    assert.equal(await codeOf(signMessage(place, choice, { account: "treasury", message: { ...message, hex: "0x00" }, source })), "USAGE");
    const document = {
      types: { EIP712Domain: [{ name: "name", type: "string" }], Note: [{ name: "text", type: "string" }] },
      domain: { name: "notes" },
      primaryType: "Note",
      message: { text: "hello" },
    };
    writeFileSync(home.path("note.json"), JSON.stringify(document));
    const typed = await signTypedData(place, choice, { account: "treasury", file: "note.json", source });
    const typedVerify = { ...verify, signature: typed.signature, message: { ...message, text: undefined }, typedData: "note.json" };
    assert.equal((await verifySignature(place, typedVerify)).digest, typed.digest);
  });

  it("keeps to the policy of an entry, and to nobody's word where it has none", async () => {
    const silent = { ...choice, agree: undefined };
    const hello = { account: "petty cash", message: { text: "hello", file: undefined, hex: undefined }, source };
    assert.equal(await codeOf(signMessage(place, silent, hello)), "POLICY_MISSING");
    assert.equal(await codeOf(signMessage(place, { ...choice, agree: async () => false }, hello)), "POLICY_MISSING");
    const wrong = { account: "petty cash", input: { file: undefined, value: "{}", set: [] }, source };
    assert.equal(await codeOf(setPolicy(place, choice, wrong)), "POLICY_INVALID");
    const set = await setPolicy(place, choice, { ...wrong, input: { ...wrong.input, value: JSON.stringify(policy) } });
    assert.deepEqual(await showPolicy(place, choice, "petty cash"), set);
    assert.match(await codeOf(signMessage(place, silent, hello)), /done/);
    const petty = { account: "petty cash" };
    assert.equal(await codeOf(sign({ nonce: "0" }, petty)), "POLICY_REFUSED");
    assert.equal((await sign({ nonce: "0", chainId: "5", value: "100" }, petty)).recorded, false);
    assert.equal(await codeOf(sign({ nonce: "1", chainId: "5", value: "51" }, petty)), "POLICY_REFUSED");
    assert.equal((await sign({ nonce: "0", chainId: "5", value: "100" }, petty)).recorded, true);
    assert.equal((await setPolicy(place, choice, { account: "petty cash", input: undefined, source })).policy, null);
    assert.equal(await codeOf(signMessage(place, silent, hello)), "POLICY_MISSING");
  });

  it("says what a policy would, with what was spent today, and with a file alone", async () => {
    await setPolicy(place, choice, { account: "petty cash", input: { file: undefined, value: JSON.stringify(policy), set: [] }, source });
    const sender = (await showPolicy(place, choice, "petty cash")).entry.address;
    const transaction = {
      type: "eip1559",
      chainId: 5,
      nonce: 9,
      gas: "21000",
      to: recipient,
      value: "51",
      data: "0x",
      maxFeePerGas: "1",
      maxPriorityFeePerGas: "1",
    };
    const intent = { kind: "transaction", intentId: `sha256:${"1".repeat(64)}`, sender, role: "first", transaction };
    writeFileSync(home.path("intent.json"), JSON.stringify(intent));
    writeFileSync(home.path("policy.json"), JSON.stringify(policy));
    const rules = async (policyFile: string | undefined): Promise<readonly string[]> =>
      (await testPolicy(place, choice, { intentFile: "intent.json", policyFile, source })).refusals.map(({ rule }) => rule);
    assert.deepEqual(await rules(undefined), ["chains.maxValuePerDay"]);
    assert.deepEqual(await rules("policy.json"), []);
    writeFileSync(home.path("intent.json"), JSON.stringify({ ...intent, sender: treasury }));
    assert.deepEqual(await rules(undefined), ["policy"]);
  });

  it("refuses what looks like a known address, until somebody has compared it", async () => {
    await addAddress(place, choice, { name: "exchange", address: recipient, compared: "unknown" });
    assert.equal(await codeOf(sign({ nonce: "70", to: alike })), "ADDRESS_LOOKS_ALIKE");
    const similar = { name: "other", address: alike, compared: "unknown" } as const;
    assert.equal(await codeOf(addAddress(place, choice, similar)), "ADDRESS_LOOKS_ALIKE");
    assert.equal(await codeOf(addAddress(place, choice, { ...similar, name: "exchange", compared: "all" })), "BOOK_CONFLICT");
    await addAddress(place, choice, { ...similar, compared: "all" });
    assert.equal((await sign({ nonce: "70", to: alike })).recorded, false);
    assert.deepEqual(
      (await listAddresses(place, choice)).entries.map(({ name }) => name),
      ["exchange", "other"],
    );
    assert.equal((await removeAddress(place, choice, alike)).name, "other");
    assert.equal(await codeOf(removeAddress(place, choice, "other")), "BOOK_UNKNOWN");
    assert.equal(await codeOf(addAddress(place, choice, { name: "x", address: "0x00", compared: "all" })), "VALUE_INVALID");
  });
});
