/** Quantities as people write them in flags and files: decimal or lower-case 0x hex, and nothing else. */
import { MfmError } from "../../kernel/errors.ts";

const grammar = /^(?:0|[1-9][0-9]*|0x(?:0|[1-9a-f][0-9a-f]*))$/;
/** Digits of 2^256 - 1. */
const longest = 78;

/**
 * The number that is written. `1e18`, `1_000`, `+1`, `0X1`, `0xA`, `007` and white space are refused: each is read differently by somebody.
 * @throws INTENT_INVALID naming `what`, when it is written otherwise or is over `max`
 */
export function parseQuantity(written: string, what: string, max: bigint = 2n ** 256n - 1n): bigint {
  if (written.length > longest || !grammar.test(written))
    throw new MfmError(
      "INTENT_INVALID",
      `${what} is no quantity: write decimal digits, or 0x and lower-case hex digits, without leading zeros`,
      {
        field: what,
      },
    );
  const value = BigInt(written);
  if (value > max) throw new MfmError("INTENT_INVALID", `${what} is over ${max}`, { field: what });
  return value;
}

/** A quantity that code has as a number: chain ids and nonces. @throws INTENT_INVALID */
export function parseCount(written: string, what: string): number {
  return Number(parseQuantity(written, what, BigInt(Number.MAX_SAFE_INTEGER)));
}
