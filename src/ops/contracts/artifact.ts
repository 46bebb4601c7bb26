/** Build artifacts: what a compiler made of one contract, in one form whichever tool wrote it. */
import { MfmError } from "../../kernel/errors.ts";
import { type Json, type JsonObject, isJsonObject } from "../../kernel/json.ts";
import type { AbiItem } from "../../states/abi/abi-item.ts";
import { readAbi, readErrors } from "../../states/abi/abi-json.ts";
import { bytesIn } from "../../states/abi/template.ts";

type Hex = `0x${string}`;

export interface Artifact {
  readonly name: string;
  /** The source file, where the artifact says it. */
  readonly source: string | undefined;
  readonly abi: readonly AbiItem[];
  /** What it reverts with, a signature each. */
  readonly errors: readonly string[];
  /** What is sent to create it. */
  readonly creation: LinkableCode;
  /** What then stands at its address. */
  readonly runtime: LinkableCode & {
    /** Where the constructor writes. Undefined where the format does not tell: Hardhat 2 and Truffle leave it out. */
    readonly immutables: readonly Range[] | undefined;
  };
}

/** Zeros stand where an address of a library belongs. */
export interface LinkableCode {
  readonly code: Hex;
  readonly links: readonly Link[];
}

/** `library` is fully qualified, `contracts/Math.sol:Math`; `at` in bytes. */
export interface Link {
  readonly at: number;
  readonly library: string;
}

export interface Range {
  readonly at: number;
  readonly length: number;
}

/** The members of a format, before anything is believed. */
export interface RawArtifact {
  readonly name: string;
  readonly source: string | undefined;
  readonly abi: unknown;
  readonly creation: RawCode;
  readonly runtime: RawCode & { readonly immutableReferences: unknown };
}

export interface RawCode {
  readonly object: unknown;
  readonly linkReferences: unknown;
}

/**
 * @throws ARTIFACT_INVALID where a member is not what its format has there
 * @throws ARTIFACT_HAS_NO_CODE where there is nothing to deploy: an interface or an abstract contract
 */
export function checkArtifact(raw: RawArtifact): Artifact {
  const { name, source } = raw;
  const abi = readAbi(raw.abi as Json);
  const errors = readErrors(raw.abi as Json);
  if (isEmpty(raw.creation.object))
    throw new MfmError("ARTIFACT_HAS_NO_CODE", `${name} is an interface or an abstract contract: it has no code to deploy`, {
      contract: name,
    });
  const creation = readCode(name, raw.creation);
  const runtime = readCode(name, raw.runtime);
  const immutables = readImmutables(name, raw.runtime.immutableReferences, bytesIn(runtime.code));
  return { name, source, abi, errors, creation, runtime: { ...runtime, immutables } };
}

function isEmpty(object: unknown): boolean {
  return object === "" || object === "0x";
}

/** A link's place: two underscores and 38 more characters, `__$<34 hex digits>$__`, or the library's name before solc 0.5. */
const placeholder = /__[^_].{37}/g;

function readCode(contract: string, { object, linkReferences }: RawCode): LinkableCode {
  if (typeof object !== "string") return invalid(contract, "its code is not a text");
  const digits = object.startsWith("0x") ? object.slice(2) : object;
  const links = readLinks(contract, linkReferences);
  const places = [...digits.matchAll(placeholder)].map(({ index }) => index / 2);
  const known = new Set(links.map(({ at }) => at));
  if (places.some((at) => !known.has(at)) || places.length !== links.length)
    return invalid(contract, "its code has places for libraries that linkReferences does not name, or the other way round");
  const code = digits.replaceAll(placeholder, "0".repeat(40)).toLowerCase();
  if (!/^(?:[0-9a-f]{2})*$/.test(code)) return invalid(contract, "its code is not hexadecimal");
  return { code: `0x${code}`, links };
}

/** `{ file: { library: [{ start, length }] } }` */
function readLinks(contract: string, references: unknown): Link[] {
  return Object.entries(objectOrNothing(contract, references)).flatMap(([file, libraries]) =>
    Object.entries(objectOrNothing(contract, libraries)).flatMap(([library, ranges]) =>
      readRanges(contract, ranges).map(({ at, length }) =>
        length === 20 ? { at, library: `${file}:${library}` } : invalid(contract, "a link is not of 20 bytes"),
      ),
    ),
  );
}

/** `{ id of the variable: [{ start, length }] }` */
function readImmutables(contract: string, references: unknown, size: number): Range[] | undefined {
  if (references === undefined) return undefined;
  const ranges = Object.values(objectOrNothing(contract, references)).flatMap((found) => readRanges(contract, found));
  if (ranges.some(({ at, length }) => at + length > size)) invalid(contract, "an immutable is outside of its code");
  return ranges.toSorted((one, other) => one.at - other.at);
}

function readRanges(contract: string, ranges: unknown): Range[] {
  if (!Array.isArray(ranges)) return invalid(contract, "its references are no lists of ranges");
  return ranges.map((range: unknown) => {
    const { start, length } = objectOrNothing(contract, range);
    const isRange = Number.isSafeInteger(start) && Number(start) >= 0 && Number.isSafeInteger(length) && Number(length) > 0;
    return isRange ? { at: Number(start), length: Number(length) } : invalid(contract, "its references are no ranges");
  });
}

function objectOrNothing(contract: string, value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  return isJsonObject(value) ? value : invalid(contract, "its references are no object");
}

function invalid(contract: string, reason: string): never {
  throw new MfmError("ARTIFACT_INVALID", `the artifact of ${contract}: ${reason}`, { contract });
}
