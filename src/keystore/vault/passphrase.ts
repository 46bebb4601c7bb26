/** Passphrases: what bytes stand for one (UTF-8 in NFKC, `utf8-nfkc` in the format), and which are too weak for a new vault. */
import { MfmError } from "../../kernel/errors.ts";

/** Bytes of UTF-8; more is no passphrase but a wrong file. */
const longestPassphrase = 4096;
const shortest = 12;

/**
 * The bytes to derive from: one line end at the end is taken off, and what is not ASCII is normalised. ASCII never becomes a string, which
 * could not be wiped. The caller wipes both.
 * @throws PASSPHRASE_INVALID when it is empty, too long, no UTF-8, or has control characters (several lines included)
 */
export function normalizePassphrase(raw: Uint8Array): Uint8Array {
  const line = withoutLineEnd(raw);
  if (line.length === 0) throw new MfmError("PASSPHRASE_INVALID", "the passphrase is empty");
  if (line.length > longestPassphrase) throw new MfmError("PASSPHRASE_INVALID", `the passphrase has over ${longestPassphrase} bytes`);
  if (line.some((byte) => byte < 0x20 || byte === 0x7f))
    throw new MfmError("PASSPHRASE_INVALID", "the passphrase holds a control character, or more than one line");
  return line.every((byte) => byte < 0x80) ? Uint8Array.from(line) : inNfkc(line);
}

/** Without the one line end that editors and `echo` add. A view of the same bytes. */
export function withoutLineEnd(raw: Uint8Array): Uint8Array {
  const end = raw.at(-1) === 0x0a ? (raw.at(-2) === 0x0d ? 2 : 1) : 0;
  return raw.subarray(0, raw.length - end);
}

function inNfkc(line: Uint8Array): Uint8Array {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    throw new MfmError("PASSPHRASE_INVALID", "the passphrase is not UTF-8");
  }
  return new TextEncoder().encode(text.normalize("NFKC"));
}

/** Of those that people use most, the ones that are long enough. */
const common = new Set(
  [
    "password1234",
    "passwordpassword",
    "123456789012",
    "1234567890123456",
    "qwerty123456",
    "qwertyuiopasdf",
    "letmein12345",
    "letmein123456",
  ].concat(["changeme1234", "changeme123456", "adminadmin12", "administrator", "iloveyou1234", "correcthorsebatterystaple"]),
);

/** For a new passphrase, normalised. @throws PASSPHRASE_WEAK when it is short, repeats one part, or everybody knows it */
export function assertStrongPassphrase(passphrase: Uint8Array): void {
  const text = new TextDecoder().decode(passphrase);
  const length = Array.from(text).length;
  if (length < shortest) throw weak(`it has ${length} characters, at least ${shortest} are needed`);
  if (/^(.{1,4}?)\1+$/su.test(text)) throw weak("it is a short part repeated");
  if (common.has(text.toLowerCase().replaceAll(/\s/g, ""))) throw weak("it is one that everybody tries first");
}

function weak(reason: string): MfmError {
  return new MfmError("PASSPHRASE_WEAK", `the new passphrase is too weak: ${reason}`, { reason });
}
