/**
 * Paths as text. A file name is any bytes but `/` and 0, a canonical string is well-formed Unicode, so bytes that are not UTF-8 are escaped.
 * Between here and the disk a path is a "byte string": one character (0 to 255) per byte, so that `<` is the order of the bytes.
 */
import { MfmError } from "mfm";

/** The text of a byte string. */
export function writePath(bytes: string): string {
  const raw = Buffer.from(bytes, "latin1");
  const text = raw.toString("utf8");
  if (Buffer.from(text, "utf8").equals(raw)) return text.replaceAll("\\", "\\\\");
  return bytes.replaceAll(/[\\\x80-\xff]/g, (byte) => (byte === "\\" ? "\\\\" : `\\x${byte.charCodeAt(0).toString(16)}`));
}

/**
 * The byte string of a text; "" is the path before all others.
 * @throws VALUE_INVALID when `writePath` would not write it like this, or it could lead out of the tree
 */
export function readPath(text: string): string {
  const raw = Buffer.from(text, "utf8").toString("latin1");
  const bytes = raw.replaceAll(/\\(?:\\|x([89a-f][0-9a-f]))/g, (_, hex?: string) =>
    hex === undefined ? "\\" : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const segments = bytes.replace(/\/$/, "").split("/");
  const leads = bytes !== "" && segments.some((segment) => segment === "" || segment === "." || segment === ".." || segment.includes("\0"));
  if (leads || writePath(bytes) !== text) throw new MfmError("VALUE_INVALID", "not a path below the root", { path: text.slice(0, 200) });
  return bytes;
}
