/** Exact arithmetic on decimal strings: no floats, no rounding. A sum or product of two finite decimals is one. */

interface Scaled {
  readonly digits: bigint;
  /** How many of the digits stand behind the point. */
  readonly scale: number;
}

/** A whole number of the smallest unit in units of `decimals` places: 1500000 with 6 is 1.5. */
export function fromUnits(value: bigint, decimals: number): string {
  return write({ digits: value, scale: decimals });
}

export function multiply(left: string, right: string): string {
  const [a, b] = [read(left), read(right)];
  return write({ digits: a.digits * b.digits, scale: a.scale + b.scale });
}

export function add(left: string, right: string): string {
  const [a, b] = [read(left), read(right)];
  const scale = Math.max(a.scale, b.scale);
  return write({ digits: a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale), scale });
}

function read(text: string): Scaled {
  const point = text.indexOf(".");
  return point < 0 ? { digits: BigInt(text), scale: 0 } : { digits: BigInt(text.replace(".", "")), scale: text.length - point - 1 };
}

/** In the one canonical spelling: no exponent, no zeros at the end, no minus before zero. */
function write({ digits, scale }: Scaled): string {
  const sign = digits < 0n ? "-" : "";
  const padded = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = padded.slice(0, padded.length - scale);
  const fraction = padded.slice(padded.length - scale).replace(/0+$/, "");
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
