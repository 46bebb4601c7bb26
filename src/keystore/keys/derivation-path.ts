/** Derivation paths of BIP-32, and those among them that Ethereum wallets use (BIP-44 with coin type 60, and Ledger's older one). */
import { MfmError } from "../../kernel/errors.ts";

const hardened = 0x8000_0000;
const deepest = 10;
const usual = /^m\/44'\/60'\/\d+'\/\d+(?:\/\d+)?$/;

/** The indices of a path, hardened ones from 2^31 on. @throws DERIVATION_PATH_INVALID when it is none, or, unless `anyPath`, an unusual one */
export function parsePath(path: string, allowed: "usual" | "any"): readonly number[] {
  const parts = path.split("/");
  if (parts[0] !== "m" || parts.length < 2 || parts.length > deepest + 1) throw refuse(path, "a path is m and 1 to 10 indices");
  const indices = parts.slice(1).map((part) => {
    const [, digits = "", mark = ""] = /^(0|[1-9][0-9]{0,9})('?)$/.exec(part) ?? [];
    const index = digits === "" ? hardened : Number(digits);
    if (index >= hardened) throw refuse(path, "an index is a number below 2^31, with ' where it is hardened");
    return index + (mark === "" ? 0 : hardened);
  });
  if (allowed === "usual" && !usual.test(path)) throw refuse(path, "no Ethereum wallet uses it: a key found with it may be lost to them");
  return indices;
}

function refuse(path: string, reason: string): MfmError {
  return new MfmError("DERIVATION_PATH_INVALID", `${JSON.stringify(path.slice(0, 100))}: ${reason}`, { reason });
}
