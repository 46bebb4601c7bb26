import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { addressOf } from "../keys/private-key.ts";
import { bytesOf } from "../vault/bytes.ts";
import { keccak, signHash } from "./signature.ts";
import { readTypedData, typedDataHash } from "./typed-data.ts";

/** EIP-712's own example. */
const mail = {
  types: {
    EIP712Domain: [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
    ],
    Person: [
      { name: "name", type: "string" },
      { name: "wallet", type: "address" },
    ],
    Mail: [
      { name: "from", type: "Person" },
      { name: "to", type: "Person" },
      { name: "contents", type: "string" },
    ],
  },
  primaryType: "Mail",
  domain: { name: "Ether Mail", version: "1", chainId: 1, verifyingContract: "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC" },
  message: {
    from: { name: "Cow", wallet: "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
    to: { name: "Bob", wallet: "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
    contents: "Hello, Bob!",
  },
};
type Mutable = { [name: string]: Mutable };

function refusal(change: (document: Mutable) => void): string {
  const document = structuredClone(mail) as unknown as Mutable;
  change(document);
  return refusalOf(JSON.stringify(document));
}

function refusalOf(text: string): string {
  try {
    readTypedData(text);
    return "nothing thrown";
  } catch (error) {
    assert.ok(error instanceof MfmError, String(error));
    const { field } = error.details;
    return typeof field === "string" ? field : error.code;
  }
}

const set = (path: string, value: unknown) => (document: Mutable) => {
  const names = path.split("/");
  let at: Mutable = document;
  for (const name of names.slice(0, -1)) at = at[name] as Mutable;
  const last = names.at(-1) ?? "";
  if (value === undefined) delete at[last];
  else at[last] = value as Mutable;
};

describe("typed data", () => {
  it("hashes and signs EIP-712's own example as the EIP does", () => {
    const hash = typedDataHash(readTypedData(JSON.stringify(mail)));
    assert.equal(hash, "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
    const cow = bytesOf(keccak(new TextEncoder().encode("cow")));
    assert.deepEqual(signHash(hash, cow, addressOf(cow)), {
      r: "0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d",
      s: "0x07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562",
      yParity: 1,
    });
  });

  const refused: readonly (readonly [string, (document: Mutable) => void, string])[] = [
    ["a member that the type does not have", set("message/note", "unsigned"), "/message/note"],
    ["a nested member that the type does not have", set("message/to/note", "unsigned"), "/message/to/note"],
    ["a member of the domain that its type leaves out", set("domain/salt", `0x${"00".repeat(32)}`), "/domain/salt"],
    ["a domain whose type leaves out the chain", set("types/EIP712Domain/2", { name: "chain", type: "uint256" }), "/types/EIP712Domain"],
    ["a domain field of another type", set("types/EIP712Domain/2", { name: "chainId", type: "string" }), "/types/EIP712Domain"],
    ["a document without the domain's type", set("types/EIP712Domain", undefined), "/types/EIP712Domain"],
    ["a missing member", set("message/contents", undefined), "/message/contents"],
    ["null for a struct", set("message/to", null), "/message/to"],
    ["a number for a text", set("message/contents", 1), "/message/contents"],
    ["an address with a wrong checksum", set("message/to/wallet", "0xBbBBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"), "/message/to/wallet"],
    ["a type that nothing declares", set("types/Mail/2/type", "Text"), "/types/Mail"],
    ["the alias uint", set("types/Mail/2/type", "uint"), "/types/Mail"],
    ["an integer of 7 bits", set("types/Mail/2/type", "uint7"), "/types/Mail"],
    ["bytes of length 33", set("types/Mail/2/type", "bytes33"), "/types/Mail"],
    ["a type with the name of an elementary one", set("types/uint8", []), "/types/uint8"],
    ["two fields of one name", set("types/Mail/2/name", "to"), "/types/Mail"],
    ["a field without type", set("types/Mail/2/type", undefined), "/types/Mail/2/type"],
    ["a primary type that nothing declares", set("primaryType", "Letter"), "/primaryType"],
    ["the domain as primary type", set("primaryType", "EIP712Domain"), "/primaryType"],
    ["a member of the document that nobody signs", set("comment", "x"), "/comment"],
    ["a document without a message", set("message", undefined), "/message"],
  ];
  for (const [name, change, field] of refused) it(`refuses ${name}`, () => assert.equal(refusal(change), field));

  it("refuses what is no JSON, has a member twice, or a number beyond what JSON numbers hold", () => {
    const text = JSON.stringify(mail);
    for (const given of ["", text.replace('"chainId":1', '"chainId":1,"chainId":2'), text.replace('"chainId":1', '"chainId":1e0')])
      assert.equal(refusalOf(given), "JSON_INVALID");
  });

  /** A document of one member of this type. */
  const single = (type: string, value: unknown): string =>
    JSON.stringify({
      types: { EIP712Domain: [{ name: "name", type: "string" }], Box: [{ name: "value", type }] },
      primaryType: "Box",
      domain: { name: "box" },
      message: { value },
    });

  it("holds values to their types", () => {
    const bad: readonly (readonly [string, unknown])[] = [
      ["uint8", 256],
      ["uint8", -1],
      ["uint8", "0X1"],
      ["uint8", "01"],
      ["uint8", ""],
      ["uint8", true],
      ["int8", 128],
      ["int8", -129],
      ["bytes4", "0x123456"],
      ["bytes", "0x123"],
      ["bool", "true"],
      ["uint8[2]", [1]],
      ["uint8[]", 1],
      ["uint8[][2]", [[1], 2]],
    ];
    for (const [type, value] of bad) assert.match(refusalOf(single(type, value)), /^\/message\/value/, `${type} ${JSON.stringify(value)}`);
  });
});
