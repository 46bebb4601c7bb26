/**
 * The scanner: many questions to contracts in one eth_call, by code that stands at an address for the time of the call (state override). Here
 * is what is sent to it and how its answers are read; contracts/Scanner.yul is what answers. @see docs/formats/scanner.md
 */
import { invariant } from "../../kernel/errors.ts";
import { type AnswerCursor, type MalformedAnswer, readAnswer } from "./answer-cursor.ts";

/** Where the scanner's code stands during a call: the last 20 bytes of keccak256("mfm.evm/scanner@1"). Nobody has its key. */
export const scannerAddress = "0x99e9E78eEcF8D0fa6923D8CDa8F05d1248B3bbA8";

/** The block that a call ran on, as the call itself found it. */
export interface Attestation {
  readonly number: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly chainId: bigint;
  readonly parentHash: string;
}

export type ScannedBalance =
  | { readonly kind: "zero" }
  | { readonly kind: "ok"; readonly value: bigint }
  | { readonly kind: "no_code" }
  /** `out_of_gas`: it spent 15/16 of its gas or more, whether or not it answered: with less than it needs, a contract may answer anything. */
  | { readonly kind: "reverted"; readonly cause: "revert" | "out_of_gas" }
  /** An answer of another size than one word. */
  | { readonly kind: "malformed"; readonly size: number; readonly head: string }
  /** The call as a whole had too little gas left for it. */
  | { readonly kind: "not_attempted" };

export type ScannedCall =
  /** `size`: of the whole answer; `data`: its beginning, at most `maxReturn` bytes. */
  | { readonly kind: "returned" | "reverted"; readonly size: number; readonly data: string }
  | { readonly kind: "no_code" }
  | { readonly kind: "out_of_gas" }
  | { readonly kind: "not_attempted" };

export interface BalanceQuestion {
  readonly accounts: readonly string[];
  readonly tokens: readonly string[];
  /** Whether the accounts' own balances are asked for too. */
  readonly native: boolean;
  /** What one token's answer for one account may cost. */
  readonly gasPerCall: number;
}

export interface CallQuestion {
  readonly calls: readonly { readonly to: string; readonly data: string }[];
  readonly gasPerCall: number;
  /** Bytes of an answer that are sent back. */
  readonly maxReturn: number;
}

export type DecodedBalances =
  | {
      readonly kind: "decoded";
      readonly attestation: Attestation;
      /** By account; empty where they were not asked for. */
      readonly native: readonly ScannedBalance[];
      /** By token, then by account. */
      readonly tokens: readonly (readonly ScannedBalance[])[];
    }
  | MalformedAnswer;

export type DecodedCalls =
  | { readonly kind: "decoded"; readonly attestation: Attestation; readonly calls: readonly ScannedCall[] }
  | MalformedAnswer;

/** What a question's counts and sizes may be: they stand in two and four bytes. A call with less gas than the least could not tell a failure from starvation. */
export const scannerLimits = {
  entries: 0xffff,
  gasPerCall: { least: 10_000, most: 0xffffffff },
  maxReturn: 0xffff,
  callData: 0xffff,
} as const;

const kinds = { balances: 1, calls: 2 } as const;
const status = {
  /** 0 to 32: a value of so many bytes. */
  longestValue: 32,
  noCode: 0x40,
  reverted: 0x41,
  outOfGas: 0x42,
  malformed: 0x43,
  notAttempted: 0x44,
  returned: 0x45,
} as const;

/** The calldata that asks for balances: 10 bytes and 20 for each account and token. */
export function encodeBalances({ accounts, tokens, native, gasPerCall }: BalanceQuestion): string {
  const counts = word(accounts.length, 2, scannerLimits.entries) + word(tokens.length, 2, scannerLimits.entries);
  const parts = [`0x${word(kinds.balances, 1, 0xff)}${native ? "01" : "00"}${gas(gasPerCall)}${counts}`];
  for (const account of accounts) parts.push(digits(account, 20));
  for (const token of tokens) parts.push(digits(token, 20));
  return parts.join("");
}

/** The calldata that makes calls: 11 bytes, and 22 and its own data for each call. */
export function encodeCalls({ calls, gasPerCall, maxReturn }: CallQuestion): string {
  const head = gas(gasPerCall) + word(maxReturn, 4, scannerLimits.maxReturn) + word(calls.length, 2, scannerLimits.entries);
  const parts = [`0x${word(kinds.calls, 1, 0xff)}${head}`];
  for (const { to, data } of calls) {
    const size = (data.length - 2) / 2;
    parts.push(digits(to, 20), word(size, 2, scannerLimits.callData), digits(data, size));
  }
  return parts.join("");
}

/** What an answer to `encodeBalances` of the same question says; or, when it is not exactly such an answer, where it is not. */
export function decodeBalances(data: string, expected: Pick<BalanceQuestion, "accounts" | "tokens" | "native">): DecodedBalances {
  return decode(data, kinds.balances, (cursor, attestation) => {
    const width = expected.accounts.length;
    const rows = expected.tokens.length + (expected.native ? 1 : 0);
    const entries = readEntries<ScannedBalance>(cursor, width * rows, readBalance);
    const row = (index: number): readonly ScannedBalance[] => entries.slice(index * width, (index + 1) * width);
    const first = expected.native ? 1 : 0;
    const tokens = expected.tokens.map((_, index) => row(first + index));
    return { kind: "decoded", attestation, native: expected.native ? row(0) : [], tokens };
  });
}

/** What an answer to `encodeCalls` of the same question says; or, when it is not exactly such an answer, where it is not. */
export function decodeCalls(data: string, expected: Pick<CallQuestion, "calls" | "maxReturn">): DecodedCalls {
  return decode(data, kinds.calls, (cursor, attestation) => {
    const read = (from: AnswerCursor, status: number): ScannedCall => readCall(from, status, expected.maxReturn);
    return { kind: "decoded", attestation, calls: readEntries(cursor, expected.calls.length, read) };
  });
}

/** How the scanner's answer to this calldata begins on this block. */
export function expectedBeginning(calldata: string, { number, timestamp, chainId, parentHash }: Attestation): string {
  const attested = [hexOf(number, 8), hexOf(timestamp, 8), hexOf(chainId, 32), digits(parentHash, 32)];
  return `0x${calldata.slice(2, 4)}${attested.join("")}`;
}

function hexOf(value: bigint, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, "0");
}

function decode<T>(data: string, kind: number, read: (cursor: AnswerCursor, attestation: Attestation) => T): T | MalformedAnswer {
  return readAnswer(data, (cursor) => {
    if (cursor.byte() !== kind) cursor.refuse("wrong_kind");
    const attestation = {
      number: BigInt(cursor.bytes(8)),
      timestamp: BigInt(cursor.bytes(8)),
      chainId: BigInt(cursor.bytes(32)),
      parentHash: cursor.bytes(32),
    };
    return read(cursor, attestation);
  });
}

const notAttempted = { kind: "not_attempted" } as const;

/** As many entries as were asked for: `not_attempted` stands once, for itself and all that would follow. */
function readEntries<T>(
  cursor: AnswerCursor,
  count: number,
  read: (cursor: AnswerCursor, status: number) => T,
): (T | typeof notAttempted)[] {
  const entries: (T | typeof notAttempted)[] = [];
  while (entries.length < count) {
    const found = cursor.byte();
    if (found === status.notAttempted) break;
    entries.push(read(cursor, found));
  }
  while (entries.length < count) entries.push(notAttempted);
  return entries;
}

const zero = { kind: "zero" } as const;
const noCode = { kind: "no_code" } as const;
const reverted = { kind: "reverted", cause: "revert" } as const;
const starved = { kind: "reverted", cause: "out_of_gas" } as const;
const outOfGas = { kind: "out_of_gas" } as const;

function readBalance(cursor: AnswerCursor, found: number): ScannedBalance {
  if (found === 0) return zero;
  if (found <= status.longestValue) {
    const value = cursor.bytes(found);
    if (value.startsWith("0x00")) cursor.refuse("leading_zero");
    return { kind: "ok", value: BigInt(value) };
  }
  switch (found) {
    case status.noCode:
      return noCode;
    case status.reverted:
      return reverted;
    case status.outOfGas:
      return starved;
    case status.malformed: {
      const size = Number(cursor.bytes(4));
      if (size === 32) cursor.refuse("wrong_size");
      return { kind: "malformed", size, head: cursor.bytes(Math.min(size, 32)) };
    }
    default:
      return cursor.refuse("unknown_status");
  }
}

function readCall(cursor: AnswerCursor, found: number, maxReturn: number): ScannedCall {
  switch (found) {
    case status.noCode:
      return noCode;
    case status.outOfGas:
      return outOfGas;
    case status.returned:
    case status.reverted: {
      const size = Number(cursor.bytes(4));
      return { kind: found === status.returned ? "returned" : "reverted", size, data: cursor.bytes(Math.min(size, maxReturn)) };
    }
    default:
      return cursor.refuse("unknown_status");
  }
}

function gas(perCall: number): string {
  invariant(perCall >= scannerLimits.gasPerCall.least, "a scanned call has some gas");
  return word(perCall, 4, scannerLimits.gasPerCall.most);
}

function word(value: number, bytes: number, most: number): string {
  invariant(Number.isSafeInteger(value) && value >= 0 && value <= most, `${value} is from 0 to ${most}`);
  return value.toString(16).padStart(2 * bytes, "0");
}

/** The digits of `0x...` with so many bytes. */
function digits(hex: string, bytes: number): string {
  invariant(hex.length === 2 + 2 * bytes && /^0x[0-9a-fA-F]*$/.test(hex), `${bytes} bytes in hex`);
  return hex.slice(2).toLowerCase();
}
