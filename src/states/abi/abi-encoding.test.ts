import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbiCoder, Interface, id } from "ethers";
import * as fc from "fast-check";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { decodeArguments } from "./abi-decoding.ts";
import { encodeArguments, encodeCall } from "./abi-encoding.ts";
import { formatSignature } from "./abi-item.ts";
import { parseSignature } from "./abi-signature.ts";
import { type AbiType, typeNames } from "./abi-type.ts";
import { bindTemplate, contractsIn } from "./template.ts";

const alice = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
const bob = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const none: ReadonlySet<string> = new Set();

function encoded(signature: string, args: Json, contracts = none) {
  return encodeArguments({ parameters: parseSignature(signature).inputs, args, contracts });
}

/** A type with JSON values of it, as a person would write them. */
interface Drawn {
  readonly type: AbiType;
  readonly value: fc.Arbitrary<Json>;
}

const bits = fc.integer({ min: 1, max: 32 }).map((size) => size * 8);
const hex = (size: { readonly minLength: number; readonly maxLength: number }) =>
  fc.uint8Array(size).map((bytes): Json => `0x${Buffer.from(bytes).toString("hex")}`);
const elementary: fc.Arbitrary<Drawn> = fc.oneof(
  bits.map((size): Drawn => ({
    type: { kind: "uint", bits: size },
    value: fc.bigInt({ min: 0n, max: 2n ** BigInt(size) - 1n }).map(String),
  })),
  bits.map((size): Drawn => {
    const bound = 2n ** BigInt(size - 1);
    return { type: { kind: "int", bits: size }, value: fc.bigInt({ min: -bound, max: bound - 1n }).map(String) };
  }),
  fc.constant<Drawn>({ type: { kind: "address" }, value: fc.constantFrom(alice, bob) }),
  fc.constant<Drawn>({ type: { kind: "bool" }, value: fc.boolean() }),
  fc.constant<Drawn>({ type: { kind: "string" }, value: fc.string({ unit: "binary", maxLength: 80 }) }),
  fc.constant<Drawn>({ type: { kind: "bytes" }, value: hex({ minLength: 0, maxLength: 80 }) }),
  fc
    .integer({ min: 1, max: 32 })
    .map((size): Drawn => ({ type: { kind: "fixedBytes", size }, value: hex({ minLength: size, maxLength: size }) })),
);
const { drawn } = fc.letrec<{ readonly drawn: Drawn; readonly compound: Drawn }>((tie) => ({
  drawn: fc.oneof({ maxDepth: 3, withCrossShrink: true }, elementary, tie("compound")),
  compound: fc.oneof(
    fc.tuple(tie("drawn"), fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })).map(([{ type, value }, length]): Drawn => ({
      type: { kind: "array", items: type, length },
      value: fc.array(value, { minLength: length ?? 0, maxLength: length ?? 3 }),
    })),
    fc.array(tie("drawn"), { minLength: 1, maxLength: 3 }).map((members): Drawn => ({
      type: { kind: "tuple", members: members.map(({ type }) => ({ name: "", type, indexed: false })) },
      value: fc.tuple(...members.map(({ value }) => value)),
    })),
  ),
}));

describe("ABI arguments", () => {
  it("are encoded as ethers does, and decoded to what was given", () => {
    const cases = fc
      .array(drawn, { maxLength: 4 })
      .chain((all) => fc.record({ types: fc.constant(all.map(({ type }) => type)), args: fc.tuple(...all.map(({ value }) => value)) }));
    fc.assert(
      fc.property(cases, ({ types, args }) => {
        const parameters = types.map((type) => ({ name: "", type, indexed: false }));
        const names = types.map((type) => typeNames([{ name: "", type, indexed: false }]).slice(1, -1));
        const { data, holes } = encodeArguments({ parameters, args, contracts: none });
        assert.equal(data, AbiCoder.defaultAbiCoder().encode(names, args));
        assert.deepEqual(holes, []);
        assert.deepEqual(decodeArguments(parameters, data), args);
      }),
      { numRuns: 200 },
    );
  });

  it("go by position or by name, in tuples too", () => {
    const signature = "constructor(address owner, (uint96 cap, string label)[] shares)";
    const byName = encoded(signature, {
      owner: alice,
      shares: [
        { cap: "7", label: "x" },
        { label: "y", cap: 8 },
      ],
    });
    const byPosition = encoded(signature, [
      alice,
      [
        ["7", "x"],
        ["8", "y"],
      ],
    ]);
    assert.deepEqual(byName, byPosition);
    assert.deepEqual(decodeArguments(parseSignature(signature).inputs, byName.data), {
      owner: alice,
      shares: [
        { cap: "7", label: "x" },
        { cap: "8", label: "y" },
      ],
    });
  });

  it("leave a hole for each contract that is not deployed yet, wherever it stands", () => {
    const signature = "constructor(address logic, address[] admins, bytes data)";
    const given = (token: Json, admin: Json) => [token, [alice, admin], { $call: "initialize(address,address)", args: [admin, token] }];
    const template = encoded(signature, given({ $ref: "token" }, { $ref: "admin" }), new Set(["token", "admin"]));
    assert.deepEqual(contractsIn(template), ["admin", "token"]);
    assert.equal(template.holes.length, 4);
    assert.equal(bindTemplate(template, { token: bob, admin: alice }), encoded(signature, given(bob, alice)).data);
    assert.throws(() => bindTemplate(template, { token: bob }), { code: "INTERNAL" });
  });

  it("name a role by its text", () => {
    const text = "function grantRole(bytes32 role, address account)";
    const call = encodeCall(parseSignature(text), { role: { $keccak: "MINTER_ROLE" }, account: alice }, none);
    assert.equal(call.data, new Interface([text]).encodeFunctionData("grantRole", [id("MINTER_ROLE"), alice]));
  });

  const refused: readonly (readonly [type: string, value: Json, path: string])[] = [
    ["uint8", "256", "/0"],
    ["uint8", -1, "/0"],
    ["int8", "128", "/0"],
    ["uint256", "1e18", "/0"],
    ["uint256", true, "/0"],
    ["address", alice.replace("cBB", "CbB"), "/0"],
    ["address", alice.slice(0, -1), "/0"],
    ["address", { $ref: "nobody" }, "/0"],
    ["address", { $ref: "token", more: 1 }, "/0"],
    ["bool", "true", "/0"],
    ["bool", 1, "/0"],
    ["bytes4", "0x010203", "/0"],
    ["bytes4", { $keccak: "x" }, "/0"],
    ["bytes", "0x0", "/0"],
    ["bytes", { $call: "f(uint8)", args: [256] }, "/0/args/0"],
    ["string", "\ud800", "/0"],
    ["uint8[2]", ["1"], "/0"],
    ["uint8[][2]", [["1"], ["2", "300"]], "/0/1/1"],
    ["(uint8 a, bool b)", { a: "1" }, "/0/b"],
    ["(uint8 a, bool b)", { a: "1", b: true, c: 1 }, "/0/c"],
    ["(uint8 a, bool)", { a: "1" }, "/0"],
    ["(uint8 a, bool b)[]", [{ a: "1", b: "no" }], "/0/0/b"],
  ];
  for (const [type, value, path] of refused)
    it(`refuse ${JSON.stringify(value)} for ${type} at ${path}`, () => {
      assert.throws(
        () => encoded(`f(${type})`, [value], new Set(["token"])),
        (error) => {
          assert.ok(error instanceof MfmError && error.code === "ABI_ARGUMENTS_INVALID");
          assert.deepEqual(
            (error.details["issues"] as { path: string }[]).map((issue) => issue.path),
            [path],
          );
          return true;
        },
      );
    });

  it("say everything that is wrong at once", () => {
    const wrong = () => encoded("f(uint8 a, (bool b, bytes2 c) d)", { a: 999, d: { b: 0, c: "0x" } });
    assert.throws(wrong, { code: "ABI_ARGUMENTS_INVALID", message: /^\/a: .*; \/d\/b: .*; \/d\/c: / });
  });
});

describe("signatures", () => {
  const known = [
    "function transfer(address to, uint256 amount) returns (bool)",
    "function getRoles((address account, bytes32[] roles)[2][] all, bytes) payable returns ((uint8, string) first, bool)",
    "event Transfer(address indexed from, address indexed to, uint256 value)",
    "constructor(address owner) payable",
    "constructor()",
  ];
  for (const text of known) it(`${text} is read and written the same`, () => assert.equal(formatSignature(parseSignature(text)), text));

  it("are read as people and tools write them", () => {
    const item = parseSignature("mint(address to,uint amount) external view returns (uint)");
    assert.equal(formatSignature(item), "function mint(address to, uint256 amount) returns (uint256)");
  });

  for (const text of ["", "f", "f(", "f(uint7)", "f(uint256", "f(uint256) x", "f(tuple)", "f(())", "f(uint8[0])", "f(bytes33)", "(uint8)"])
    it(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseSignature(text), { code: "ABI_INVALID" }));

  it("that nest or run on without end are refused", () => {
    assert.throws(() => parseSignature(`f${"(".repeat(5000)}`), { code: "ABI_INVALID" });
    assert.throws(() => parseSignature(`f${"(".repeat(40)}uint8${")".repeat(40)}`), { code: "ABI_INVALID" });
  });
});
