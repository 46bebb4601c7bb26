import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as fc from "fast-check";
import { readVectors } from "../../../test/vectors/plain.ts";
import {
  type Attestation,
  type BalanceQuestion,
  type CallQuestion,
  decodeBalances,
  decodeCalls,
  encodeBalances,
  encodeCalls,
  type ScannedBalance,
  type ScannedCall,
  scannerAddress,
} from "./scanner.ts";

const attestation: Attestation = { number: 20n, timestamp: 1_700_000_000n, chainId: 31337n, parentHash: `0x${"ab".repeat(32)}` };
const account = `0x${"a1".repeat(20)}`;
const token = `0x${"70".repeat(20)}`;

// The answers, written a second time from docs/formats/scanner.md.
const byteOf = (value: number): string => value.toString(16).padStart(2, "0");
const fixed = (value: bigint, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");
const opening = (kind: number, { number, timestamp, chainId, parentHash }: Attestation): string =>
  byteOf(kind) + fixed(number, 8) + fixed(timestamp, 8) + fixed(chainId, 32) + parentHash.slice(2);

function balanceBytes(entry: ScannedBalance): string {
  switch (entry.kind) {
    case "zero":
      return "00";
    case "ok": {
      const digits = entry.value.toString(16);
      const even = digits.length % 2 === 0 ? digits : `0${digits}`;
      return byteOf(even.length / 2) + even;
    }
    case "no_code":
      return "40";
    case "reverted":
      return entry.cause === "revert" ? "41" : "42";
    case "malformed":
      return `43${fixed(BigInt(entry.size), 4)}${entry.head.slice(2)}`;
    case "not_attempted":
      return "44";
  }
}

function callBytes(entry: ScannedCall): string {
  switch (entry.kind) {
    case "no_code":
      return "40";
    case "out_of_gas":
      return "42";
    case "not_attempted":
      return "44";
    case "reverted":
    case "returned":
      return `${entry.kind === "reverted" ? "41" : "45"}${fixed(BigInt(entry.size), 4)}${entry.data.slice(2)}`;
  }
}

/** Entries up to the first that was not attempted: it speaks for all that follow. */
function bytesOf<T extends { readonly kind: string }>(entries: readonly T[], write: (entry: T) => string): string {
  const stop = entries.findIndex(({ kind }) => kind === "not_attempted");
  return entries
    .slice(0, stop < 0 ? undefined : stop + 1)
    .map(write)
    .join("");
}

const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
const sized = (size: fc.Arbitrary<number>, most: number) =>
  size.chain((size) =>
    fc.uint8Array({ minLength: Math.min(size, most), maxLength: Math.min(size, most) }).map((bytes) => ({ size, head: hexOf(bytes) })),
  );
const anyBalance: fc.Arbitrary<ScannedBalance> = fc.oneof(
  fc.constantFrom<ScannedBalance>(
    { kind: "zero" },
    { kind: "no_code" },
    { kind: "reverted", cause: "revert" },
    { kind: "reverted", cause: "out_of_gas" },
  ),
  fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }).map((value): ScannedBalance => ({ kind: "ok", value })),
  fc.integer({ min: 1, max: 256 }).map((bits): ScannedBalance => ({ kind: "ok", value: 2n ** BigInt(bits) - 1n })),
  sized(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }).filter((size) => size !== 32),
    32,
  ).map(({ size, head }): ScannedBalance => ({ kind: "malformed", size, head })),
  sized(fc.integer({ min: 0, max: 31 }), 32).map(({ size, head }): ScannedBalance => ({ kind: "malformed", size, head })),
);
const maxReturn = 40;
const anyCall: fc.Arbitrary<ScannedCall> = fc.oneof(
  fc.constantFrom<ScannedCall>({ kind: "no_code" }, { kind: "out_of_gas" }),
  fc
    .tuple(fc.constantFrom("returned" as const, "reverted" as const), sized(fc.oneof(fc.nat(60), fc.nat(2 ** 32 - 1)), maxReturn))
    .map(([kind, { size, head }]): ScannedCall => ({ kind, size, data: head })),
);

/** Recorded from a development chain. */
interface Vector {
  /** As JSON text, as the page has it. */
  readonly question: string;
  readonly calldata: string;
  readonly answer: string;
  readonly says: string;
}

/** A list whose end, from anywhere on, may not have been attempted. */
const list = <T>(entry: fc.Arbitrary<T>, length: number): fc.Arbitrary<(T | { readonly kind: "not_attempted" })[]> =>
  fc
    .tuple(fc.array(entry, { minLength: length, maxLength: length }), fc.oneof(fc.constant(length), fc.nat(length)))
    .map(([entries, stop]) => entries.map((entry, index) => (index < stop ? entry : ({ kind: "not_attempted" } as const))));

const scans = fc
  .record({ accounts: fc.integer({ min: 1, max: 4 }), tokens: fc.nat(6), native: fc.boolean() })
  .chain(({ accounts, tokens, native }) =>
    list(anyBalance, accounts * (tokens + (native ? 1 : 0))).map((entries) => ({
      expected: { accounts: Array<string>(accounts).fill(account), tokens: Array<string>(tokens).fill(token), native },
      entries,
      answer: `0x${opening(1, attestation)}${bytesOf(entries, balanceBytes)}`,
    })),
  );

describe("scanner", () => {
  it("stands at an address that nobody chose", () => {
    const digest = Buffer.from(keccak_256(Buffer.from("mfm.evm/scanner@1"))).toString("hex");
    assert.equal(scannerAddress.toLowerCase(), `0x${digest.slice(-40)}`);
  });

  it("asks for balances in 10 bytes, and 20 for each account and token", () => {
    const asked = encodeBalances({ accounts: [account], tokens: [token, token], native: true, gasPerCall: 500_000 });
    assert.equal(asked, `0x01010007a12000010002${"a1".repeat(20)}${"70".repeat(20)}${"70".repeat(20)}`);
  });

  it("makes calls in 11 bytes, and 22 and the data for each", () => {
    const asked = encodeCalls({ calls: [{ to: token, data: "0x95d89b41" }], gasPerCall: 100_000, maxReturn: 256 });
    assert.equal(asked, `0x02000186a0000001000001${"70".repeat(20)}000495d89b41`);
  });

  it("writes and reads the vectors that its page shows", () => {
    const { balances, calls } = readVectors<Readonly<Record<"balances" | "calls", Vector>>>("scanner");
    const asText = (value: unknown): string =>
      JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? String(member) : member));
    const asked = JSON.parse(balances.question) as BalanceQuestion;
    assert.equal(encodeBalances(asked), balances.calldata);
    assert.equal(asText(decodeBalances(balances.answer, asked)), balances.says);
    const called = JSON.parse(calls.question) as CallQuestion;
    assert.equal(encodeCalls(called), calls.calldata);
    assert.equal(asText(decodeCalls(calls.answer, called)), calls.says);
  });

  it("reads every answer about balances as it was written", () => {
    fc.assert(
      fc.property(scans, ({ expected, entries, answer }) => {
        const width = expected.accounts.length;
        const rows = Array.from({ length: entries.length / width }, (_, row) => entries.slice(row * width, (row + 1) * width));
        const [native, tokens] = expected.native ? [rows[0], rows.slice(1)] : [[], rows];
        assert.deepEqual(decodeBalances(answer, expected), { kind: "decoded", attestation, native, tokens });
      }),
    );
  });

  it("reads every answer to calls as it was written", () => {
    fc.assert(
      fc.property(
        fc.nat(8).chain((length) => list(anyCall, length)),
        (calls) => {
          const answer = `0x${opening(2, attestation)}${bytesOf(calls, callBytes)}`;
          const expected = { calls: calls.map(() => ({ to: token, data: "0x" })), maxReturn };
          assert.deepEqual(decodeCalls(answer, expected), { kind: "decoded", attestation, calls });
        },
      ),
    );
  });

  it("refuses an answer that is a byte shorter or longer, anywhere", () => {
    fc.assert(
      fc.property(scans, fc.nat(), ({ expected, entries, answer }, place) => {
        const cut = answer.slice(0, 2 + 2 * (place % (answer.length / 2 - 1)));
        assert.equal(decodeBalances(cut, expected).kind, "malformed_answer");
        const longer = decodeBalances(`${answer}00`, expected);
        assert.deepEqual(
          longer,
          { kind: "malformed_answer", why: "too_long", offset: answer.length / 2 - 1 },
          JSON.stringify(entries.length),
        );
      }),
    );
  });

  it("refuses, or reads as what is written, an answer of which a byte was changed", () => {
    fc.assert(
      fc.property(scans, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ expected, answer }, place, change) => {
        const at = 2 + 2 * (place % (answer.length / 2 - 1));
        const other = byteOf(Number(`0x${answer.slice(at, at + 2)}`) ^ change);
        const changed = `${answer.slice(0, at)}${other}${answer.slice(at + 2)}`;
        const found = decodeBalances(changed, expected);
        if (found.kind === "malformed_answer") return;
        const entries = [...found.native, ...found.tokens.flat()];
        assert.equal(`0x${opening(1, found.attestation)}${bytesOf(entries, balanceBytes)}`, changed);
      }),
    );
  });

  const refused: readonly (readonly [string, string, string])[] = [
    ["nothing at all, as from a node that ignores overrides", "0x", "too_short"],
    ["half a byte", `0x${opening(1, attestation)}000`, "not_hex"],
    ["upper case", `0x${opening(1, attestation).toUpperCase()}00`, "not_hex"],
    ["no hex", "what?!", "not_hex"],
    ["an answer to another question", `0x${opening(2, attestation)}00`, "wrong_kind"],
    ["a value with a zero in front", `0x${opening(1, attestation)}020001`, "leading_zero"],
    ["a value of more than a word", `0x${opening(1, attestation)}21${"11".repeat(33)}`, "unknown_status"],
    ["a malformed balance that has the right size", `0x${opening(1, attestation)}4300000020${"00".repeat(32)}`, "wrong_size"],
    ["the status of a call", `0x${opening(1, attestation)}4500000000`, "unknown_status"],
  ];
  for (const [what, data, why] of refused) {
    it(`refuses ${what}`, () => {
      const found = decodeBalances(data, { accounts: [account], tokens: [token], native: false });
      assert.deepEqual([found.kind, found.kind === "malformed_answer" && found.why], ["malformed_answer", why]);
    });
  }

  it("does not ask what it cannot write", () => {
    const question = { accounts: [account], tokens: [token], native: false, gasPerCall: 100_000 };
    const wrong: readonly (() => unknown)[] = [
      () => encodeBalances({ ...question, accounts: ["0x12"] }),
      () => encodeBalances({ ...question, gasPerCall: 9_999 }),
      () => encodeBalances({ ...question, gasPerCall: 2 ** 32 }),
      () => encodeBalances({ ...question, tokens: Array<string>(65_536).fill(token) }),
      () => encodeCalls({ calls: [{ to: token, data: "0x123" }], gasPerCall: 100_000, maxReturn: 32 }),
      () => encodeCalls({ calls: [], gasPerCall: 100_000, maxReturn: 65_536 }),
    ];
    for (const ask of wrong) assert.throws(ask, { code: "INTERNAL" });
  });
});
