import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metadataTail } from "./metadata-tail.ts";
import { compareCode, describeCode, findSelf } from "./runtime-code.ts";

type Hex = `0x${string}`;
const own = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
const library = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const digits = (address: string) => address.slice(2).toLowerCase();
/** solc's map: an IPFS hash, and the version of the compiler. */
const tail = (hash: string) => `a2646970667358221220${hash.repeat(32)}64736f6c63430008230033`;
/** 10 bytes, an immutable of 32, 5 bytes, a library's address, the metadata. */
const code = (
  parts: { readonly immutable?: string; readonly library?: string; readonly program?: string; readonly tail?: string } = {},
): Hex =>
  `0x${parts.program ?? "60".repeat(10)}${parts.immutable ?? "00".repeat(32)}${"5b".repeat(5)}${parts.library ?? "00".repeat(20)}${parts.tail ?? tail("11")}`;
const places = { immutables: [{ at: 10, length: 32 }], libraries: [{ at: 47, contract: "math" }], self: [] };
const expected = describeCode(code(), places);
const compare = (found: Hex) => compareCode(expected, { code: found, address: own, addresses: { math: library } });
const linked = { immutable: "ab".repeat(32), library: digits(library) };

describe("code at an address", () => {
  it("is equal whatever its immutables are, where it is linked to the right library", () => {
    assert.equal(expected.metadata, 53);
    assert.deepEqual(compare(code(linked)), { kind: "equal" });
  });

  it("that differs in nothing but its metadata is said to, also where that is of another length or gone", () => {
    for (const other of [tail("22"), "a164736f6c634300081c000a", ""])
      assert.deepEqual(compare(code({ ...linked, tail: other })), { kind: "metadata_differs" }, other);
  });

  it("that differs in its program is another, with any metadata", () => {
    for (const other of [tail("11"), tail("22")]) {
      const found = code({ ...linked, program: "61".repeat(10), tail: other });
      assert.deepEqual(compare(found), { kind: "differs", size: 120 });
    }
    assert.deepEqual(compare("0x6000"), { kind: "differs", size: 2 });
    assert.deepEqual(compare("0x"), { kind: "no_code" });
  });

  it("that is linked to another library is found out", () => {
    assert.deepEqual(compare(code({ ...linked, library: digits(own) })), {
      kind: "other_address",
      at: 47,
      expected: library,
      found: own.toLowerCase(),
    });
  });

  it("of a library names its own address", () => {
    const compiled: Hex = `0x73${"00".repeat(20)}301460${tail("11")}`;
    const self = findSelf(compiled);
    const asDeployed = (address: string): Hex => `0x73${digits(address)}301460${tail("11")}`;
    const rules = describeCode(compiled, { immutables: [], libraries: [], self });
    const compareTo = (found: Hex) => compareCode(rules, { code: found, address: own, addresses: {} }).kind;
    assert.deepEqual([compareTo(asDeployed(own)), compareTo(asDeployed(library))], ["equal", "other_address"]);
    assert.deepEqual(findSelf(code()), []);
  });
});

describe("a metadata tail", () => {
  for (const [found, length] of [
    [`0x6000${tail("11")}`, 53],
    ["0x6000a164736f6c634300081c000a", 12],
    ["0x", 0],
    ["0x60006000", 0],
    // Its length reaches beyond the code, or what it leads to is no map.
    ["0x6000ffff", 0],
    [`0x${"60".repeat(40)}0020`, 0],
  ] as const)
    it(`of ${found.slice(0, 20)} is of ${length} bytes`, () => assert.equal(metadataTail(found), length));
});
