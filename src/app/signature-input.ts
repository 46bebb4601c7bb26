/** A signature that was made elsewhere: hex, or a file that holds it. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { failure, reasonOf } from "./failure.ts";
import type { InputSource } from "./op-input.ts";
import type { Place } from "./place.ts";

/** `given`: 0x and hex, a path, or `-` for standard input. @throws FILE_UNREADABLE */
export async function readSignature(place: Place, given: string, source: InputSource): Promise<string> {
  if (given.startsWith("0x")) return given;
  return (given === "-" ? await source.readStdin() : readTextFile(place, given)).trim();
}

/** @throws FILE_UNREADABLE */
export function readTextFile(place: Place, file: string): string {
  return readBytes(place, file).toString("utf8");
}

/** @throws FILE_UNREADABLE */
export function readBytes(place: Place, file: string): Buffer {
  try {
    return readFileSync(resolve(place.folder, file));
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("FILE_UNREADABLE", `${file} cannot be read: ${reason}`, { file, reason });
  }
}
