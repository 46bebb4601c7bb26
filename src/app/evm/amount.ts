/** Amounts as people write them, to the smallest unit and back: exactly, without rounding. */

import { usage } from "../failure.ts";
import { fromUnits } from "../../states/portfolio/decimals.ts";

export type ReadAmount = { readonly ok: bigint } | { readonly refused: string };

const largest = 2n ** 256n;

/** A decimal number such as `1250.75`, in units of `decimals` places. Words that say why it is none. */
export function readAmount(text: string, decimals: number): ReadAmount {
  if (text === "") return { refused: "the amount is missing" };
  if (text.startsWith("-")) return { refused: "the amount is negative" };
  const [, whole, fraction = ""] = /^([0-9]{1,78})(?:\.([0-9]{1,78}))?$/.exec(text) ?? [];
  if (whole === undefined)
    return {
      refused: `the amount ${JSON.stringify(text.slice(0, 40))} is no decimal number: digits and a point, without signs, spaces, thousands separators or exponent`,
    };
  // Zeros at the end say nothing.
  const kept = fraction.replace(/0+$/, "");
  if (kept.length > decimals) return { refused: `the amount has ${kept.length} decimals, and there are ${decimals}` };
  const units = BigInt(whole) * 10n ** BigInt(decimals) + BigInt(`0${kept.padEnd(decimals, "0")}`);
  return units < largest ? { ok: units } : { refused: "the amount is larger than any there can be" };
}

/** What `--value` says of the network's own asset, such as 0.5; nothing where it is absent. @throws USAGE */
export function readValue(text: string | undefined, decimals: number): bigint {
  const read = readAmount(text ?? "0", decimals);
  if ("ok" in read) return read.ok;
  throw usage(`--value: ${read.refused}`, { option: "--value" });
}

/** Wei, or with `gwei`; undefined where it is neither. */
export function parseFee(text: string): bigint | undefined {
  const [, digits = "", unit = ""] = /^([0-9.]+)(gwei)?$/.exec(text) ?? [];
  const read = readAmount(digits, unit === "gwei" ? 9 : 0);
  return "ok" in read ? read.ok : undefined;
}

/** A whole number of the smallest unit, as people write it: without zeros at the end. */
export function decimalOf(units: string, decimals: number): string {
  return fromUnits(BigInt(units), decimals);
}
