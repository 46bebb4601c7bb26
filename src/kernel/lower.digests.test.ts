import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { digestOf, toCanonical } from "./canonical.ts";
import { address, bigint, bytes, decimal, digest, hash, instant, networkId, uint256 } from "./codecs.ts";
import { MfmError } from "./errors.ts";
import { lowerSchema } from "./lower.ts";

const textOf = (schema: z.ZodType): string => toCanonical(lowerSchema(schema));

const blockRef = z.strictObject({ network: networkId, number: uint256, hash });
const balance = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ok"), amount: uint256, at: blockRef }),
  z.strictObject({ kind: z.literal("zero"), at: blockRef }),
  z.strictObject({ kind: z.literal("source_failed"), code: z.string().max(64) }),
]);

describe("lowerSchema: digests", () => {
  // What is stored under these digests stays valid for ever: a change here breaks every recorded history that names one.
  const pinned: readonly [string, z.ZodType, string][] = [
    ["boolean", z.boolean(), "bfab92eeda21b51b5f81b6382eb0047d51cd24d0099191bc0f693b84f5206c01"],
    ["string", z.string(), "b7df863bd9c50e9cfe9d7e133a6f083618209172ea1b26c59adb33598a060c51"],
    ["bounded string", z.string().min(1).max(100), "f28f50dda398f014572dc3f9c3821ef67a172c2660da2b3e43d0e95e5392e9d3"],
    ["integer", z.int(), "08827a6139ff1c7aaade623205f4abfd26071ed9e9d34753496811fda4662561"],
    ["bounded integer", z.int().min(-5).max(5), "e0ab37f92c4845154c9836bae701ec0a83bf420eab726f90daae98df293f73a0"],
    ["uint32", z.uint32(), "04478036eaccf887fee5c0b8eef7d4cc5f07c8e78052bb0e83396dd5f109bfd3"],
    ["enum", z.enum(["safe", "latest", "finalized"]), "972f0813f62345582f3935d7c5264e36e3bc7f1270317a925447578c97d23d2b"],
    ["literal", z.literal(null), "2ad49cae21f2f0424a3c1f14397fa175d007d49e9a2b8c099f5cc82ace59a6ea"],
    ["array", z.array(address).min(1), "927d8840a637cae1051ddd96144c5262c0208baee130aea0b4e994dec82e3895"],
    ["record", z.record(z.string(), decimal), "e987ae65115129e52d00a6cbe5880c7bddd859e745ca9b2dd3414aa953d2b63f"],
    ["empty object", z.strictObject({}), "365a001ed9882de8d3e49451b3086689cc98594f4bfc7f6a4ea28dc71abcfb36"],
    [
      "object",
      z.strictObject({ at: instant, source: digest.optional() }),
      "46f331f085bd67031d52436f8986592e2341a243219e8ac2f65f175b73c59693",
    ],
    [
      "codecs",
      z.strictObject({ address, bigint, bytes, decimal, digest, hash, instant, networkId }),
      "6fcc4d03ace0967b276ec73ec071268ccef24c2e28fc16babe5a4e4bf3c032a6",
    ],
    ["uint256", uint256, "1e24c0c2da46b60614866eddf18fb657d375d507a01448c237a76e59ef9c22f9"],
    ["block reference", blockRef, "14e357048451553754e522a744e8262a8174d1324963acde9fef0328b8f7d3fa"],
    ["sum type", balance, "04233a87555433a31871e45c19a0b375ed25f7569e24b7eb6fee7ce29fc648a9"],
  ];
  for (const [name, schema, expected] of pinned) it(`pinned: ${name}`, () => assert.equal(digestOf(textOf(schema)), `sha256:${expected}`));

  it("are over this text", () => {
    assert.equal(
      textOf(z.strictObject({ to: address, amount: uint256.optional(), memo: z.string().max(9) })),
      '{"fields":{"amount":{"kind":"codec","name":"uint256"},"memo":{"kind":"string","max":9,"min":0},"to":{"kind":"codec","name":"address"}},' +
        '"kind":"object","optional":["amount"]}',
    );
  });

  it("do not move with the order in which the author wrote, nor with words, brands or error texts", () => {
    const written = z.strictObject({
      kind: z.enum(["x", "y"]),
      b: z.int().min(0).max(9).optional(),
      a: z.string().max(5).min(2).optional(),
      pay: z.discriminatedUnion("how", [z.strictObject({ how: z.literal("in") }), z.strictObject({ how: z.literal("out"), to: address })]),
    });
    const otherwise = z
      .object({
        pay: z.discriminatedUnion("how", [
          z.object({ to: address.describe("who"), how: z.literal("out") }).strict(),
          z.strictObject({ how: z.literal("in", "?") }),
        ]),
        a: z.string("text, please").length(5).or(z.never()).options[0].check(z.minLength(2)).brand("a").exactOptional(),
        b: z.number().int().lte(9).gte(0).gt(-1).optional().meta({ title: "b" }),
        kind: z.enum({ second: "y", first: "x" }),
      })
      .strict()
      .describe("the same");
    const lengthFive = written.extend({ a: z.string().min(2).length(5).optional() });
    assert.equal(textOf(otherwise), textOf(lengthFive));
    assert.notEqual(textOf(otherwise), textOf(written));
  });
});

describe("lowerSchema: names that say secret", () => {
  const secret =
    "privateKey private_key PRIVATE_KEY private-key privateKeys privateKeyHex ownerPrivateKey privKey secret clientSecret secrets secretKey secretAccessKey apiSecret " +
    "signingKey apiKey api_keys rpcApiKey accessKey authKey encryptionKey masterKey mnemonic mnemonics mnemonicPhrase mnemonicWords seedPhrase seed_phrase recoveryPhrase " +
    "walletSeed passphrase password Password dbPassword passwords passwd pwd passcode credential credentials bearer bearerToken authToken auth_token accessToken access_token " +
    "refreshToken apiToken sessionToken authorizationToken authorizationHeader jwt xprv keystorePassword";
  const free =
    "token tokens tokenId key keys stepKey publicKey publicKeys secretary keyword keywords apiKeyId passwordRequired account signer signature seed seeds authorization " +
    "authorizations authorizationList feeBearer nonce hash secretHash author access primary monkey cryptic pinned";

  for (const name of secret.split(" ")) {
    it(`refuses ${name}, at the root and nested`, () => {
      const shapes: readonly [z.ZodType, string][] = [
        [z.strictObject({ [name]: z.string() }), `/${name}`],
        [z.strictObject({ [name]: z.string().optional() }), `/${name}`],
        [z.strictObject({ list: z.array(z.record(z.string(), z.strictObject({ [name]: hash }))) }), `/list/*/*/${name}`],
        [z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("x"), [name]: z.string() })]), `/${name}`],
      ];
      for (const [schema, path] of shapes) {
        assert.throws(
          () => lowerSchema(schema),
          (error) => error instanceof MfmError && error.code === "DEFINITION_INVALID" && error.details["path"] === path,
        );
      }
    });
  }

  it("leaves the words of the field alone", () => {
    for (const name of free.split(" ")) assert.doesNotThrow(() => lowerSchema(z.strictObject({ [name]: z.string() })), name);
  });
});
