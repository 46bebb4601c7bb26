import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import * as z from "zod";
import * as schemas from "./codecs.ts";
import { type Codec, type CodecName, codecs, codecNameOf, formatInstant, isCodecName, parseInstant } from "./codecs.ts";
import { limits } from "./json.ts";

const schemaOf: { readonly [name in CodecName]: z.ZodType } = {
  address: schemas.address,
  bigint: schemas.bigint,
  bytes: schemas.bytes,
  decimal: schemas.decimal,
  digest: schemas.digest,
  hash: schemas.hash,
  instant: schemas.instant,
  network: schemas.networkId,
  uint256: schemas.uint256,
};

const maxUint256 = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
const digits = (count: number): string => "9".repeat(count);

/** Accepted data and what code sees. */
const accepted: { readonly [name in CodecName]: readonly (readonly [unknown, unknown])[] } = {
  address: [
    ["0x52908400098527886e0f7030069857d2e4169ee7", "0x52908400098527886E0F7030069857D2E4169EE7"],
    ["0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"],
    [`0x${"0".repeat(40)}`, `0x${"0".repeat(40)}`],
  ],
  bigint: [
    ["0", 0n],
    ["-1", -1n],
    ["10", 10n],
    [maxUint256, 2n ** 256n - 1n],
    [digits(400), BigInt(digits(400))],
    [`-${digits(400)}`, -BigInt(digits(400))],
    [5, 5n],
    [-5, -5n],
    [7n, 7n],
  ],
  bytes: [
    ["0x", "0x"],
    ["0x00", "0x00"],
    ["0xDEADbeef", "0xdeadbeef"],
  ],
  decimal: (
    "0 0; 0.0 0; -0 0; -0.000 0; 1.50 1.5; 1.0 1; 100 100; -0.5 -0.5; 0.000001 0.000001; " +
    "123456789012345678901234567890.12345678901234567890 123456789012345678901234567890.1234567890123456789"
  )
    .split("; ")
    .map((pair) => pair.split(" ") as [string, string]),
  digest: [[`sha256:${"0f".repeat(32)}`, `sha256:${"0f".repeat(32)}`]],
  hash: [[`0x${"AB".repeat(32)}`, `0x${"ab".repeat(32)}`]],
  instant: "2026-03-01T12:00:00.000Z 2024-02-29T23:59:59.999Z 0000-01-01T00:00:00.000Z 9999-12-31T23:59:59.999Z 1969-12-31T23:59:59.999Z"
    .split(" ")
    .map((same) => [same, same]),
  network: [
    ["eip155:1", "eip155:1"],
    ["eip155:11155111", "eip155:11155111"],
    ["eip155:9007199254740991", "eip155:9007199254740991"],
  ],
  uint256: [
    ["0", 0n],
    [maxUint256, 2n ** 256n - 1n],
    [0, 0n],
    [3n, 3n],
  ],
};

const never = [undefined, null, true, "", " ", [], {}, ["0"], Symbol("s"), Number.NaN];
const text = "0x52908400098527886E0F7030069857D2E4169EE7";
const refused: { readonly [name in CodecName]: readonly unknown[] } = {
  // Mixed case with a wrong checksum: what a checksum is for.
  address: [
    "0x52908400098527886E0F7030069857D2E4169Ee7",
    text.slice(2),
    `${text}0`,
    text.slice(0, -1),
    text.replace("0x", "0X"),
    ` ${text}`,
    `${text}\n`,
    text.replace("E", "G"),
    0n,
    1,
  ],
  bigint: [
    "-0",
    "01",
    "-01",
    "+1",
    "1.0",
    "1e3",
    "0x10",
    " 1",
    "1 ",
    "1_000",
    "١",
    "-",
    digits(401),
    `-${digits(401)}`,
    10n ** 400n,
    -(10n ** 400n),
    1.5,
    -0,
    2 ** 53,
    Number.POSITIVE_INFINITY,
  ],
  bytes: ["0", "0x0", "0xzz", "0X00", "00", "0x 00", "0x00\n", 0, `0x${"00".repeat(limits.valueBytes / 2)}`],
  decimal: [..."1. .5 1e3 1E-3 +1 01 -01.5 0x1 1,5 1_0 Infinity NaN --1 - 1.5.5".split(" "), `1.${digits(400)}`, "1\n", 1, 1.5, 1n],
  digest: [
    `sha256:${"0F".repeat(32)}`,
    "0f".repeat(32),
    `sha512:${"0f".repeat(32)}`,
    `sha256:${"0f".repeat(31)}`,
    `sha256:${"0f".repeat(32)}\n`,
  ],
  hash: ["ab".repeat(32), `0x${"ab".repeat(31)}`, `0x${"ab".repeat(33)}`, `0x${"ag".repeat(32)}`, `0X${"ab".repeat(32)}`, 0n],
  instant: [
    ...(
      "2026-03-01T12:00:00Z 2026-03-01T12:00:00.00Z 2026-03-01T12:00:00.0000Z 2026-03-01T12:00:00.000z 2026-03-01T12:00:00.000+00:00 " +
      "2026-03-01 2026-02-29T00:00:00.000Z 2026-02-30T00:00:00.000Z 2026-04-31T00:00:00.000Z 1900-02-29T00:00:00.000Z 2026-13-01T00:00:00.000Z " +
      "2026-00-01T00:00:00.000Z 2026-01-00T00:00:00.000Z 2026-01-32T00:00:00.000Z 2026-01-01T24:00:00.000Z 2026-01-01T23:60:00.000Z " +
      "2026-01-01T23:59:60.000Z +002026-01-01T00:00:00.000Z"
    ).split(" "),
    "2026-03-01 12:00:00.000Z",
    0,
    new Date(0),
  ],
  network: [
    ..."eip155:0 eip155:01 eip155: eip155:-1 eip155:1.0 eip155:0x1 EIP155:1 1 ethereum bip122:1 eip155:9007199254740992".split(" "),
    "eip155:1 ",
    1,
  ],
  uint256: ["-1", (2n ** 256n).toString(), "01", "1.0", "0x1", -1, -1n, 2n ** 256n, 1.5],
};

const names = Object.keys(codecs) as CodecName[];

for (const name of names) {
  const codec: Codec = codecs[name];
  const schema = schemaOf[name];

  describe(`codec ${name}`, () => {
    it("accepts and normalises", () => {
      for (const [data, value] of accepted[name]) {
        assert.equal(codec.decode(data), value);
        assert.equal(codec.encode(value), typeof value === "bigint" ? value.toString() : value);
      }
    });

    it("refuses", () => {
      for (const data of [...never, ...refused[name]]) {
        assert.equal(codec.decode(data), undefined, String(data));
        assert.equal(z.safeDecode(schema, data as never).success, false, String(data));
      }
      for (const value of never) assert.equal(codec.encode(value), undefined);
    });

    it("zod's decode and encode of the schema agree", () => {
      for (const [data, value] of accepted[name]) {
        assert.equal(z.decode(schema, data as never), value);
        assert.equal(z.encode(schema, value as never), codec.encode(value));
      }
      for (const value of [...never, ...refused[name], ...accepted[name].flat()]) {
        const encoded = z.safeEncode(schema, value);
        assert.equal(encoded.success ? encoded.data : undefined, codec.encode(value));
      }
    });

    it("is known by its schema, also after describe and meta, and not after a refinement", () => {
      assert.equal(isCodecName(name), true);
      for (const same of [schema, schema.describe("x"), schema.meta({ title: "x" }), schema.describe("x").meta({ id: `${name}-x` })])
        assert.equal(codecNameOf(same), name);
      for (const other of [schema.refine(() => true), schema.optional(), schema.nullable(), schema.readonly()])
        assert.equal(codecNameOf(other), undefined);
    });
  });
}

describe("codec laws", () => {
  const hex = (min: number, max: number) =>
    fc.uint8Array({ minLength: min, maxLength: max }).map((data) => `0x${Buffer.from(data).toString("hex")}`);
  const cased = (value: fc.Arbitrary<string>) => value.chain((lower) => fc.constantFrom(lower, `0x${lower.slice(2).toUpperCase()}`));
  const wide = fc.bigInt({ min: -(10n ** 400n) + 1n, max: 10n ** 400n - 1n });
  const decimal = fc
    .tuple(fc.constantFrom("", "-"), fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.stringMatching(/^(?:\.[0-9]{1,20})?$/))
    .map((parts) => parts.join(""));
  const instant = fc
    .integer({ min: -62_167_219_200, max: 253_402_300_799 })
    .chain((seconds) => fc.nat(999).map((ms) => formatInstant(seconds * 1000 + ms)));
  const data: { readonly [name in CodecName]: fc.Arbitrary<unknown> } = {
    address: cased(hex(20, 20)),
    bigint: fc.oneof(wide, wide.map(String), fc.maxSafeInteger()),
    bytes: cased(hex(0, 40)),
    decimal,
    digest: hex(32, 32).map((digest) => `sha256:${digest.slice(2)}`),
    hash: cased(hex(32, 32)),
    instant,
    network: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((id) => `eip155:${id}`),
    uint256: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(String),
  };
  for (const name of names) {
    const codec: Codec = codecs[name];
    it(`${name}: decode after encode is the value, and data is normalised once and for all`, () => {
      fc.assert(
        fc.property(data[name], (given) => {
          const value = codec.decode(given);
          const written = codec.encode(value);
          assert.notEqual(written, undefined);
          assert.equal(codec.decode(written), value);
          assert.equal(codec.encode(codec.decode(written)), written);
          if (codec.length !== undefined)
            assert.ok((written ?? "").length >= codec.length.min && (written ?? "").length <= codec.length.max);
        }),
      );
    });
  }

  it("no codec throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true }), (given) => {
        for (const name of names) codecs[name].encode(codecs[name].decode(given));
      }),
      { numRuns: 300 },
    );
  });
});

describe("codec address", () => {
  // The test cases of EIP-55, whole.
  const published =
    "0x52908400098527886E0F7030069857D2E4169EE7 0x8617E340B3D01FA5F11F306F4090FD50E238070D 0xde709f2102306220921060314715629080e2fb77 " +
    "0x27b1fdb04752bbc536007a920d24acb045561c26 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359 " +
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB 0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb";

  it("EIP-55's own test cases, from lower, upper and checksummed form, first time and again", () => {
    for (const written of published.split(" ")) {
      for (const form of [written, written.toLowerCase(), `0x${written.slice(2).toUpperCase()}`, written])
        assert.equal(codecs.address.decode(form), written);
    }
  });

  it("refuses every single letter in the wrong case", () => {
    const written = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";
    for (let at = 2; at < written.length; at++) {
      const letter = written.charAt(at);
      const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
      if (other !== letter) assert.equal(codecs.address.decode(written.slice(0, at) + other + written.slice(at + 1)), undefined);
    }
  });

  it("stays right when more addresses were read than are kept", () => {
    const last = published.split(" ").at(-1);
    for (let count = 0; count < 8300; count++) codecs.address.decode(`0x${count.toString(16).padStart(40, "0")}`);
    assert.equal(codecs.address.decode(last?.toLowerCase()), last);
  });
});

describe("codecs in code", () => {
  it("bigint quantities are bigints, the rest are strings of their form", () => {
    const wei: bigint = z.decode(schemas.uint256, "5") satisfies z.output<typeof schemas.uint256>;
    const signed: bigint = z.decode(schemas.bigint, "-5") satisfies z.output<typeof schemas.bigint>;
    const account: `0x${string}` = z.decode(schemas.address, text) satisfies z.output<typeof schemas.address>;
    const network: `eip155:${string}` = z.decode(schemas.networkId, "eip155:1") satisfies z.output<typeof schemas.networkId>;
    const input: z.input<typeof schemas.uint256> = "5" satisfies string;
    // @ts-expect-error an address is not any text
    const wrong: z.output<typeof schemas.address> = "somebody";
    assert.deepEqual([wei, signed, account, network, input, wrong], [5n, -5n, text, "eip155:1", "5", "somebody"]);
  });

  it("isCodecName knows only codecs", () => {
    for (const other of ["constructor", "__proto__", "toString", "", "Address"]) assert.equal(isCodecName(other), false);
  });

  it("instants and milliseconds are two forms of one time", () => {
    for (const time of [0, 1, -1, 1_772_366_400_123, parseInstant("0000-01-01T00:00:00.000Z"), parseInstant("9999-12-31T23:59:59.999Z")]) {
      assert.equal(parseInstant(formatInstant(time)), time);
    }
    for (const time of [Number.NaN, 0.5, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_167_219_200_001])
      assert.throws(() => formatInstant(time), { code: "INTERNAL" });
  });
});
